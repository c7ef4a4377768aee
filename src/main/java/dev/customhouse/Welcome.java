package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.secret.Secret;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code up} tells a person: where the gateway is, with which key, and how to call it. */
final class Welcome {
  private final PrintWriter out;

  Welcome(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints it.
   *
   * @param key a key just made; null when there are keys already
   */
  void print(
      Settings settings,
      String source,
      int port,
      @Nullable Secret key,
      Optional<String> adminToken,
      Path log) {
    String scheme = settings.gateway().listen().tls() == null ? "http" : "https";
    String root = scheme + "://127.0.0.1:" + port;
    String shown = key == null ? "YOUR_KEY" : key.reveal();
    out.printf("%nCustomhouse %s is up.%n%n", Version.text());
    line("Base URL", root + "/v1", "Anthropic and Gemini clients: " + root);
    if (key != null) {
      line("API key", key.reveal(), "shown this once");
    } else {
      line("API key", "as made before", "another one: up --new-key");
    }
    adminToken.ifPresent(token -> line("Admin token", token, "shown this once"));
    line("Providers", providers(settings), "from " + source);
    line("Access log", log.toString(), "one JSON line for each request");
    out.printf(
        """

        Try it:

          curl %s/v1/chat/completions \\
            -H "Authorization: Bearer %s" -H "Content-Type: application/json" \\
            -d '{"model":"sandbox/echo","messages":[{"role":"user","content":"Hello"}]}'

        Point your tools here:

          OpenAI SDKs   OPENAI_BASE_URL=%s/v1 OPENAI_API_KEY=%s
          Claude Code   ANTHROPIC_BASE_URL=%s ANTHROPIC_AUTH_TOKEN=%s
          Gemini CLI    GOOGLE_GEMINI_BASE_URL=%s GEMINI_API_KEY=%s
          Codex CLI     base_url = "%s/v1", wire_api = "responses", env_key = the key's variable
          Chat apps     OpenAI base URL %s/v1 (NextChat: without /v1)

        Ctrl-C stops it; answers under way are finished first.
        """,
        root, shown, root, shown, root, shown, root, shown, root, root);
    out.flush();
  }

  private void line(String name, String value, String note) {
    out.printf("  %-12s %s   (%s)%n", name, value, note);
  }

  private static String providers(Settings settings) {
    StringBuilder names = new StringBuilder(String.join(", ", settings.providers().keySet()));
    if (settings.gateway().sandbox()) {
      names.append(names.isEmpty() ? "" : ", ").append("sandbox");
    }
    return names.isEmpty() ? "none" : names.toString();
  }
}
