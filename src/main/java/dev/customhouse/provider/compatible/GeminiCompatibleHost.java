package dev.customhouse.provider.compatible;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A host that speaks Gemini's dialect at an address of its own. */
final class GeminiCompatibleHost implements Host {
  @Override
  public String type() {
    return "compatible";
  }

  @Override
  public String providerName() {
    return "compatible";
  }

  @Override
  public @Nullable URI baseUrl() {
    return null;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return dialect == DialectId.GEMINI;
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    return Urls.gemini(baseUrl, call.path(), model, call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("x-goog-api-key", key);
  }
}
