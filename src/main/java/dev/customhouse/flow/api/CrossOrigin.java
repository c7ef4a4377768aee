package dev.customhouse.flow.api;

import dev.customhouse.canonical.Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which browser pages may call (CORS, the Fetch standard): the origins of the configuration. */
final class CrossOrigin {
  private static final String EXPOSED =
      "x-request-id, request-id, retry-after, retry-after-ms, x-should-retry,"
          + " x-customhouse-model, x-customhouse-provider, x-customhouse-attempts";

  private final List<String> origins;

  CrossOrigin(List<String> origins) {
    this.origins = origins;
  }

  private @Nullable String allowed(@Nullable String origin) {
    if (origin == null || origins.isEmpty()) {
      return null;
    }
    return origins.contains("*") ? "*" : origins.contains(origin) ? origin : null;
  }

  /** Adds what a browser needs to let the page see the answer. */
  void mark(Headers request, Headers.Builder answer) {
    String origin = allowed(request.get("origin"));
    if (origin != null) {
      answer.add("access-control-allow-origin", origin);
      answer.add("access-control-expose-headers", EXPOSED);
    }
    if (!origins.isEmpty() && !origins.contains("*")) {
      answer.add("vary", "origin");
    }
  }

  /** What answers a preflight beside {@link #mark}; null when the origin may not call. */
  @Nullable Headers preflight(Headers request) {
    if (allowed(request.get("origin")) == null) {
      return null;
    }
    String asked = request.get("access-control-request-headers");
    return Headers.of(
        "access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS",
        "access-control-allow-headers", asked == null ? "*" : asked,
        "access-control-max-age", "86400",
        "vary", "access-control-request-headers");
  }
}
