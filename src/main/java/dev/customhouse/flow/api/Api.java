package dev.customhouse.flow.api;

import dev.customhouse.audit.Trace;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.wire.Exchange;
import java.time.Duration;
import java.util.List;

/** Opens a door for each request. */
public final class Api {
  private final Dialects dialects;
  private final CrossOrigin crossOrigin;
  private final int bodyBytes;
  private final Duration keepAliveInterval;

  /**
   * An API that reads bodies of at most {@code bodyBytes}, before and after decompression.
   *
   * @param allowedOrigins the browser pages that may call; {@code *} for all
   * @param keepAliveInterval after how much silence a stream gets a comment
   */
  public Api(
      Dialects dialects, List<String> allowedOrigins, int bodyBytes, Duration keepAliveInterval) {
    this.dialects = dialects;
    this.crossOrigin = new CrossOrigin(allowedOrigins);
    this.bodyBytes = bodyBytes;
    this.keepAliveInterval = keepAliveInterval;
  }

  /** The door of this request. Reads nothing but the head and never fails. */
  public Door open(Exchange exchange, Trace trace) {
    return new Door(exchange, trace, dialects, crossOrigin, bodyBytes, keepAliveInterval);
  }
}
