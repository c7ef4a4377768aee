package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.Exchange;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What load balancers and monitors ask: {@code /healthz} (200 while the process lives), {@code
 * /readyz} (200 or 503 with reasons) and {@code /metrics} (Prometheus text). The first two are for
 * everybody. Metrics name models, providers and keys, so they are for this machine, or for whoever
 * shows the admin token; to all others they are not there.
 */
public final class OperationsApi {
  private static final Set<String> PATHS = Set.of("/healthz", "/readyz", "/metrics");
  private static final Set<String> METHODS = Set.of("GET", "HEAD");

  /** Prometheus' text format, the version that every scraper reads. */
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final Readiness readiness;
  private final Supplier<String> metrics;
  private final AdminGate gate;

  /** An API that waits for requests; {@code metrics} is the text of one scrape. */
  public OperationsApi(Readiness readiness, Supplier<String> metrics, AdminGate gate) {
    this.readiness = readiness;
    this.metrics = metrics;
    this.gate = gate;
  }

  /** Whether a path is for this API to answer. */
  public static boolean isOperationsPath(String rawPath) {
    return PATHS.contains(rawPath);
  }

  /** Answers one request. */
  public void handle(Exchange exchange) {
    Answering.serve(exchange, () -> answer(exchange));
  }

  private Answer answer(Exchange exchange) {
    String path = exchange.rawPath();
    boolean hidden = path.equals("/metrics") && !gate.permitsReading(exchange);
    if (hidden || !isOperationsPath(path)) {
      throw new Refusal(ErrorKind.NOT_FOUND, "unknown_url", "Nothing is served at this path.");
    }
    if (!METHODS.contains(exchange.method())) {
      return Answer.error(
              new Refusal(
                  ErrorKind.METHOD_NOT_ALLOWED,
                  "method_not_allowed",
                  "The method is not possible here; expected GET or HEAD."))
          .with("allow", "GET, HEAD");
    }
    return switch (path) {
      case "/healthz" -> Answer.json(200, AdminJson.object().put("status", "ok"));
      case "/readyz" -> ready();
      default -> Answer.of(200, PROMETHEUS, metrics.get());
    };
  }

  private Answer ready() {
    List<String> reasons = readiness.reasons();
    ObjectNode node = AdminJson.object().put("status", reasons.isEmpty() ? "ready" : "not_ready");
    ArrayNode array = node.putArray("reasons");
    reasons.forEach(array::add);
    return Answer.json(reasons.isEmpty() ? 200 : 503, node);
  }
}
