package dev.customhouse.observe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A collector on the loopback that keeps what it is sent by OTLP over HTTP. */
final class Collector implements AutoCloseable {
  /**
   * A span as it was sent; attributes are text, those of a list joined by commas.
   *
   * @param kind 2 for SERVER, 3 for CLIENT
   * @param statusCode 0 for unset, 2 for an error
   */
  record Sent(
      String traceId,
      String spanId,
      String parentSpanId,
      String name,
      long kind,
      long startNanos,
      long endNanos,
      long statusCode,
      Map<String, String> attributes) {}

  /** A request as it came. */
  record Request(String path, String contentType, String authorization, Protobuf message) {}

  private final HttpServer server;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final int status;

  Collector(int status) throws IOException {
    this.status = status;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::take);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  List<Request> requests() {
    return requests;
  }

  List<Sent> spans() {
    return requests.stream()
        .flatMap(request -> request.message().messages(1).stream())
        .flatMap(resource -> resource.messages(2).stream())
        .flatMap(scope -> scope.messages(2).stream())
        .map(Collector::span)
        .toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      requests.add(
          new Request(
              exchange.getRequestURI().getPath(),
              String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              Protobuf.read(body)));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private static Sent span(Protobuf span) {
    List<Protobuf> statuses = span.messages(15);
    return new Sent(
        span.hex(1),
        span.hex(2),
        span.hex(4),
        span.text(5),
        span.number(6),
        span.number(7),
        span.number(8),
        statuses.isEmpty() ? 0 : statuses.getFirst().number(3),
        attributes(span.messages(9)));
  }

  static Map<String, String> attributes(List<Protobuf> pairs) {
    Map<String, String> attributes = new TreeMap<>();
    for (Protobuf pair : pairs) {
      attributes.put(pair.text(1), value(pair.messages(2).getFirst()));
    }
    return attributes;
  }

  private static String value(Protobuf any) {
    if (any.has(3)) {
      return Long.toString(any.number(3));
    }
    if (any.has(5)) {
      return String.join(
          ",", any.messages(5).getFirst().messages(1).stream().map(Collector::value).toList());
    }
    return any.text(1);
  }
}
