package dev.customhouse.provider.gemini;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import java.util.List;

/** Google's Gemini API with an API key; also its layer that speaks OpenAI's chat dialect. */
public final class GeminiHost implements Host {
  private static final URI BASE_URL = URI.create("https://generativelanguage.googleapis.com");

  @Override
  public String type() {
    return "gemini";
  }

  @Override
  public String providerName() {
    return "gcp.gemini";
  }

  @Override
  public URI baseUrl() {
    return BASE_URL;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return dialect == DialectId.GEMINI
        || dialect == DialectId.OPENAI_CHAT
            && (operation == Operation.CHAT || operation == Operation.EMBEDDINGS);
  }

  /** Its own dialect holds more than what its layer for OpenAI's clients takes and gives. */
  @Override
  public List<DialectId> preferred() {
    return List.of(DialectId.GEMINI, DialectId.OPENAI_CHAT);
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    if (call.dialect() == DialectId.OPENAI_CHAT) {
      String path = "/openai" + call.path().substring("/v1".length());
      return Urls.joinVersioned(baseUrl, "v1beta", path, call.query());
    }
    return Urls.gemini(baseUrl, call.path(), model, call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    if (dialect == DialectId.OPENAI_CHAT) {
      headers.set("authorization", "Bearer " + key);
    } else {
      headers.set("x-goog-api-key", key);
    }
  }
}
