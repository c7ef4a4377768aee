package dev.customhouse.provider.compatible;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A host of the table.
 *
 * @param anthropicBaseUrl where the host serves Anthropic's dialect, when that is another address;
 *     null: below the base URL
 * @param bearer true: {@code Authorization: Bearer}; false: {@code x-api-key} (Anthropic's own)
 * @param chatVersion the version segment that a bare base URL lacks; empty: none is put in
 */
record CompatibleHost(
    String type,
    String providerName,
    @Nullable URI baseUrl,
    @Nullable URI anthropicBaseUrl,
    Set<DialectId> dialects,
    boolean bearer,
    String chatVersion,
    boolean takesStreamOptions)
    implements Host {

  /** Hosts that may be OpenAI's own behind another name; no vendor's counts the tokens of input. */
  private static final Set<String> COUNTING = Set.of("compatible", "openai-compatible");

  private static final int VERSION_PREFIX = "/v1".length();

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    boolean counts = operation == Operation.COUNT_TOKENS;
    return dialects.contains(dialect)
        && operation != Operation.RESPONSE_COMPACT
        && (!counts || dialect != DialectId.OPENAI_RESPONSES || COUNTING.contains(type));
  }

  @Override
  public URI uri(URI base, Call call, String model) {
    String path = call.path().substring(VERSION_PREFIX);
    URI chat = Urls.completed(base, baseUrl);
    if (call.dialect() == DialectId.ANTHROPIC_MESSAGES) {
      boolean usual = baseUrl != null && Urls.trimmed(chat).equals(Urls.trimmed(baseUrl));
      URI own = usual && anthropicBaseUrl != null ? anthropicBaseUrl : chat;
      return Urls.joinVersioned(own, "v1", path, call.query());
    }
    if (chatVersion.isEmpty()) {
      String query = call.query() == null ? "" : "?" + call.query();
      return URI.create(Urls.trimmed(chat) + path + query);
    }
    return Urls.join(chat, chatVersion, path, call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    if (bearer) {
      headers.set("authorization", "Bearer " + key);
    } else {
      headers.set("x-api-key", key);
    }
  }
}
