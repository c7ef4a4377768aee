package dev.customhouse.admin;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.provider.Fleet;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Exchange;
import java.time.Clock;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The admin API. A request passes the gate first, so that without the token nobody learns which
 * paths there are; then the table of routes has it, or nobody. Errors have OpenAI's shape.
 */
public final class AdminApi {
  static final String PREFIX = "/admin/";

  private final AdminGate gate;
  private final List<Route> routes;

  /**
   * An API that waits for requests.
   *
   * @param fleet the providers of the configuration now in use
   * @param status made anew for each request
   * @param nanoTime {@link System#nanoTime()}, as the providers use it
   */
  public AdminApi(
      AdminGate gate,
      KeyService keys,
      Storage storage,
      Supplier<Fleet> fleet,
      Supplier<GatewayStatus> status,
      Clock clock,
      LongSupplier nanoTime) {
    this.gate = gate;
    KeyRoutes key = new KeyRoutes(keys, storage.keys(), clock);
    UsageRoutes usage = new UsageRoutes(storage.usage(), keys, clock);
    ProviderRoutes providers = new ProviderRoutes(fleet, nanoTime);
    this.routes =
        List.of(
            new Route("POST", "/admin/v1/keys", key::create),
            new Route("GET", "/admin/v1/keys", key::list),
            new Route("GET", "/admin/v1/keys/{id}", key::get),
            new Route("DELETE", "/admin/v1/keys/{id}", key::revoke),
            new Route("GET", "/admin/v1/requests", usage::list),
            new Route("GET", "/admin/v1/requests/{id}", usage::get),
            new Route("GET", "/admin/v1/requests/{id}/explain", usage::explain),
            new Route("GET", "/admin/v1/usage", usage::totals),
            new Route("GET", "/admin/v1/providers", providers::list),
            new Route("GET", "/admin/v1/status", ask -> status(ask, status)));
  }

  /** Whether a path is for this API to answer, be it with an error. */
  public static boolean isAdminPath(String rawPath) {
    return rawPath.equals("/admin") || rawPath.startsWith(PREFIX);
  }

  /** Answers one request. Runs on its own thread, which is interrupted when the client leaves. */
  public void handle(Exchange exchange) {
    Answering.serve(exchange, () -> answer(exchange));
  }

  private Answer answer(Exchange exchange) throws InterruptedException {
    gate.admit(exchange);
    TreeSet<String> methods = new TreeSet<>();
    for (Route route : routes) {
      String id = route.match(exchange.rawPath());
      if (id != null && route.method().equals(exchange.method())) {
        return route.handler().answer(new Ask(exchange, id));
      }
      if (id != null) {
        methods.add(route.method());
      }
    }
    if (methods.isEmpty()) {
      throw new Refusal(
          ErrorKind.NOT_FOUND, "unknown_url", "Nothing is served at this path of the admin API.");
    }
    String allowed = String.join(", ", methods);
    return Answer.error(
            new Refusal(
                ErrorKind.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The method is not possible here; expected %s.".formatted(allowed)))
        .with("allow", allowed);
  }

  private static Answer status(Ask ask, Supplier<GatewayStatus> status) {
    ask.query();
    return Answer.json(200, status.get().view());
  }

  /** All that is served. */
  List<Route> routes() {
    return routes;
  }
}
