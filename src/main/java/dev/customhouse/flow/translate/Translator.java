package dev.customhouse.flow.translate;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.wire.UpstreamRequest;
import java.time.Duration;
import java.util.Objects;

/**
 * Writes a call for a leg's provider. Both ends speak one dialect, so that the bytes pass as they
 * are but for the model's name. Nothing of one attempt gets into the next: each is written from the
 * call anew.
 */
public final class Translator {
  /** How this way of writing is named in {@code explain}, rows and metrics. */
  public static final String BYTES = "bytes";

  private static final String ANTHROPIC_VERSION = "2023-06-01";

  private final Dialects dialects;
  private final String userAgent;

  /** A translator that names the gateway so to providers. */
  public Translator(Dialects dialects, String userAgent) {
    this.dialects = dialects;
    this.userAgent = userAgent;
  }

  /**
   * The request for the leg's provider, still without its key.
   *
   * @param traceparent the header for the caller's distributed trace
   */
  public UpstreamRequest towards(
      Call call, Leg leg, Fleet fleet, String traceparent, Duration firstByteTimeout) {
    Provider provider = Objects.requireNonNull(fleet.get(leg.provider()));
    byte[] body =
        dialects.get(call.dialect()).body(call, leg.model(), provider.host().takesStreamOptions());
    return new UpstreamRequest(
        call.method(),
        provider.uri(call, leg.model()),
        headers(call, provider, traceparent),
        body,
        firstByteTimeout);
  }

  private Headers headers(Call call, Provider provider, String traceparent) {
    Headers.Builder headers = Headers.builder();
    Headers given = call.headers();
    for (int i = 0; i < given.size(); i++) {
      if (Outbound.passes(given.nameAt(i))) {
        headers.add(given.nameAt(i), given.valueAt(i));
      }
    }
    if (call.body().length > 0 && !given.contains("content-type")) {
      headers.add("content-type", "application/json");
    }
    if (call.dialect() == DialectId.ANTHROPIC_MESSAGES && !given.contains("anthropic-version")) {
      headers.add("anthropic-version", ANTHROPIC_VERSION);
    }
    headers.set("traceparent", traceparent);
    headers.add("user-agent", userAgent);
    headers.add("accept-encoding", "identity");
    Headers configured = provider.headers();
    for (int i = 0; i < configured.size(); i++) {
      if (configured.nameAt(i).equalsIgnoreCase("anthropic-beta")) {
        // A list: what the client wants of it stays.
        headers.add(configured.nameAt(i), configured.valueAt(i));
      } else {
        headers.set(configured.nameAt(i), configured.valueAt(i));
      }
    }
    return headers.build();
  }
}
