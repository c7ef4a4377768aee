package dev.customhouse.provider.anthropic;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;

/** Anthropic: Messages and its token count. */
public final class AnthropicHost implements Host {
  private static final URI BASE_URL = URI.create("https://api.anthropic.com");

  @Override
  public String type() {
    return "anthropic";
  }

  @Override
  public String providerName() {
    return "anthropic";
  }

  @Override
  public URI baseUrl() {
    return BASE_URL;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return dialect == DialectId.ANTHROPIC_MESSAGES;
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    return Urls.joinVersioned(baseUrl, "v1", call.path().substring("/v1".length()), call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("x-api-key", key);
  }
}
