package dev.customhouse.audit;

import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Outline;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is kept of one request: never a prompt, an answer or a key.
 *
 * @param path the canonical path
 * @param keyId null when the caller was not identified
 * @param requestedModel null when the request was not understood that far
 * @param provider the one that answered; null when none did
 * @param translation how the request reached the provider: {@code bytes}, {@code translated},
 *     {@code local}; null when it did not get there
 * @param sent the translated request, without what anybody said in it; null when there was none
 * @param dropped what was left out for the provider's dialect, by the names of the client's
 * @param status the HTTP status the client got; 499 when it left before any
 * @param errorCode the machine-readable word of the gateway's refusal or the upstream's kind
 * @param strategy how the order of the legs was found; null when no route was planned
 * @param legs the ways considered, in order
 * @param firstByteMicros from the request's head to the answer's first content; null: none
 */
public record RequestRecord(
    String requestId,
    Instant at,
    TraceContext context,
    String remoteAddress,
    String method,
    String path,
    @Nullable String keyId,
    @Nullable String keyName,
    @Nullable String project,
    @Nullable Operation operation,
    @Nullable DialectId dialect,
    @Nullable String requestedModel,
    @Nullable String route,
    @Nullable String provider,
    @Nullable String upstreamModel,
    @Nullable String responseModel,
    @Nullable String translation,
    int status,
    @Nullable ErrorKind error,
    @Nullable String errorCode,
    @Nullable FinishReason finish,
    boolean stream,
    boolean clientGone,
    @Nullable String strategy,
    List<Leg> legs,
    List<Attempt> attempts,
    List<String> dropped,
    @Nullable Outline sent,
    @Nullable Usage usage,
    long bytesIn,
    long bytesOut,
    @Nullable Long firstByteMicros,
    long durationMicros) {

  /** For who keeps many of them waiting: without the request that was sent, which may be long. */
  public RequestRecord withoutSent() {
    if (sent == null) {
      return this;
    }
    return new RequestRecord(
        requestId,
        at,
        context,
        remoteAddress,
        method,
        path,
        keyId,
        keyName,
        project,
        operation,
        dialect,
        requestedModel,
        route,
        provider,
        upstreamModel,
        responseModel,
        translation,
        status,
        error,
        errorCode,
        finish,
        stream,
        clientGone,
        strategy,
        legs,
        attempts,
        dropped,
        null,
        usage,
        bytesIn,
        bytesOut,
        firstByteMicros,
        durationMicros);
  }
}
