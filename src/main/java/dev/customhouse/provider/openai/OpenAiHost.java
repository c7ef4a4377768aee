package dev.customhouse.provider.openai;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import java.util.List;

/** OpenAI: Chat Completions with its sister operations, and Responses. */
public final class OpenAiHost implements Host {
  private static final URI BASE_URL = URI.create("https://api.openai.com/v1");

  @Override
  public String type() {
    return "openai";
  }

  @Override
  public String providerName() {
    return "openai";
  }

  @Override
  public URI baseUrl() {
    return BASE_URL;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return operation != Operation.RERANK
        && (dialect == DialectId.OPENAI_CHAT || dialect == DialectId.OPENAI_RESPONSES);
  }

  /** Responses keep the reasoning of one turn for the next. */
  @Override
  public List<DialectId> preferred() {
    return List.of(DialectId.OPENAI_RESPONSES, DialectId.OPENAI_CHAT);
  }

  @Override
  public List<DialectId> counting(String model) {
    return List.of(DialectId.OPENAI_RESPONSES);
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    return Urls.join(baseUrl, "v1", call.path().substring("/v1".length()), call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("authorization", "Bearer " + key);
  }
}
