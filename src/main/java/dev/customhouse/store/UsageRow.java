package dev.customhouse.store;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one request when it has ended. It holds no prompt and no answer.
 *
 * @param requestId of which there is one row
 * @param at when the request began, which says in which month it is kept; whole milliseconds: more
 *     is cut off
 * @param keyId the downstream key; null when the caller was not recognised
 * @param clientDialect null when the request was not understood that far
 * @param requestedModel what the client asked for; model names are cut to 256 characters
 * @param upstreamModel what the upstream was asked for
 * @param responseModel what the upstream said it was
 * @param provider who answered last; null when nobody was asked
 * @param path {@code bytes}, {@code translated} or {@code local}; null when it was not decided
 * @param status of the answer to the client; 499 when it left before one was begun
 * @param clientGone whether the client left before the end
 * @param attempts requests sent upstream
 * @param usage null when there was nothing to count
 * @param firstByteMicros from the beginning to the first byte of the answer; null: there was none
 * @param durationMicros from the beginning to the end
 */
public record UsageRow(
    String requestId,
    Instant at,
    @Nullable String keyId,
    @Nullable String project,
    Operation operation,
    @Nullable DialectId clientDialect,
    @Nullable String requestedModel,
    @Nullable String upstreamModel,
    @Nullable String responseModel,
    @Nullable String provider,
    @Nullable String path,
    int status,
    @Nullable ErrorKind error,
    @Nullable FinishReason finish,
    boolean stream,
    boolean clientGone,
    int attempts,
    @Nullable Usage usage,
    @Nullable Long firstByteMicros,
    long durationMicros) {

  /** Characters kept of a model's name: the client and the upstream may send any. */
  public static final int MODEL_CHARS = 256;

  /** Cuts what is too long. */
  public UsageRow {
    at = at.truncatedTo(ChronoUnit.MILLIS);
    requestedModel = cut(requestedModel);
    upstreamModel = cut(upstreamModel);
    responseModel = cut(responseModel);
  }

  private static @Nullable String cut(@Nullable String model) {
    return model == null || model.length() <= MODEL_CHARS ? model : model.substring(0, MODEL_CHARS);
  }
}
