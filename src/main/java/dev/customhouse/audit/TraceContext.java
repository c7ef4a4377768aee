package dev.customhouse.audit;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands in its caller's distributed trace (W3C Trace Context, level 1).
 *
 * @param traceId 32 hex digits
 * @param parentSpanId the caller's span; null when the trace begins here
 * @param spanId this request's span, 16 hex digits
 * @param sampled false where the caller has decided that the trace is not kept
 */
public record TraceContext(
    String traceId, @Nullable String parentSpanId, String spanId, boolean sampled) {
  private static final int SAMPLED = 1;

  private static final Pattern TRACEPARENT =
      Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  /** Continues the caller's trace, or begins one when the header is absent or not well-formed. */
  public static TraceContext of(@Nullable String traceparent, RandomGenerator random) {
    if (traceparent != null && TRACEPARENT.matcher(traceparent).matches()) {
      int flags = Integer.parseInt(traceparent, 53, 55, 16);
      return new TraceContext(
          traceparent.substring(3, 35),
          traceparent.substring(36, 52),
          newSpanId(random),
          (flags & SAMPLED) != 0);
    }
    String high = HexFormat.of().toHexDigits(random.nextLong());
    return new TraceContext(high + newSpanId(random), null, newSpanId(random), true);
  }

  /** A new span's id. */
  public static String newSpanId(RandomGenerator random) {
    long id = random.nextLong();
    return HexFormat.of().toHexDigits(id == 0 ? 1 : id);
  }

  /** The header for the next hop, whose parent is the span given. */
  public String traceparent(String parentSpanId) {
    return "00-" + traceId + "-" + parentSpanId + (sampled ? "-01" : "-00");
  }
}
