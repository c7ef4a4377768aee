package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Health;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.UpstreamKey;
import java.net.URI;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /admin/v1/providers}: how the upstreams fare now. */
final class ProviderRoutes {
  private static final double NANOS_PER_MILLI = 1_000_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final Supplier<Fleet> fleet;
  private final LongSupplier nanoTime;

  ProviderRoutes(Supplier<Fleet> fleet, LongSupplier nanoTime) {
    this.fleet = fleet;
    this.nanoTime = nanoTime;
  }

  Answer list(Ask ask) {
    ask.query();
    long now = nanoTime.getAsLong();
    ObjectNode node = AdminJson.object();
    ArrayNode data = node.putArray("data");
    for (Provider provider : fleet.get().all()) {
      data.add(view(provider, now));
    }
    return Answer.json(200, node);
  }

  private static ObjectNode view(Provider provider, long now) {
    ObjectNode node =
        AdminJson.object()
            .put("id", provider.id())
            .put("type", provider.host().type())
            .put("base", base(provider.baseUrl()))
            .put("queued_requests", provider.queued());
    ArrayNode keys = node.putArray("keys");
    for (UpstreamKey key : provider.keys()) {
      long wait = key.waitNanos(now);
      keys.addObject()
          .put("label", key.id())
          .put("state", key.isSetAside(now) ? "set_aside" : wait > 0 ? "resting" : "ready")
          .put("ready_in_seconds", (wait + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND);
    }
    ArrayNode models = node.putArray("models");
    provider.knownHealth().forEach((model, health) -> models.add(view(model, health, now)));
    return node;
  }

  private static ObjectNode view(String model, Health health, long now) {
    double firstByteNanos = health.firstByteNanos();
    return AdminJson.object()
        .put("model", UsageRows.bounded(model))
        .put("circuit", health.isOpen(now) ? "open" : "closed")
        .put("first_byte_ms", firstByteNanos == 0 ? null : rounded(firstByteNanos));
  }

  private static Double rounded(double nanos) {
    return Math.round(1_000 * nanos / NANOS_PER_MILLI) / 1_000.0;
  }

  /** Scheme, host and port: a path, a query or user information may hold a credential. */
  private static @Nullable String base(URI url) {
    return url.getHost() == null
        ? null
        : url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
  }
}
