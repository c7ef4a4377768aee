package dev.customhouse.provider.sandbox;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;

/** The sandbox as a host among others: it speaks every dialect and needs no key. */
public final class SandboxHost implements Host {
  /** The type, and the id of the provider that is there without being configured. */
  public static final String TYPE = "sandbox";

  /** An address that leads nowhere (RFC 6761): requests are answered in process. */
  public static final URI ADDRESS = URI.create("http://sandbox.invalid");

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String providerName() {
    return TYPE;
  }

  @Override
  public URI baseUrl() {
    return ADDRESS;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return dialect != DialectId.BEDROCK && operation != Operation.RESPONSE_COMPACT;
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    if (call.dialect() == DialectId.GEMINI) {
      return Urls.gemini(baseUrl, call.path(), model, call.query());
    }
    return Urls.join(baseUrl, "v1", call.path().substring("/v1".length()), call.query());
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("authorization", "Bearer " + key);
  }
}
