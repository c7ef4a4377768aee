package dev.customhouse.provider.sandbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves a sandbox over HTTP on a loopback port, so that official SDKs can call it. */
final class SandboxDoor implements AutoCloseable {
  private final Sandbox sandbox;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  SandboxDoor(Sandbox sandbox) throws IOException {
    this.sandbox = sandbox;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers.Builder headers = Headers.builder();
      exchange
          .getRequestHeaders()
          .forEach((name, values) ->
              values.forEach(value -> headers.add(name.toLowerCase(Locale.ROOT), value)));
      UpstreamRequest request =
          new UpstreamRequest(
              exchange.getRequestMethod(),
              URI.create("http://sandbox.invalid" + exchange.getRequestURI()),
              headers.build(),
              exchange.getRequestBody().readAllBytes(),
              Duration.ofSeconds(30));
      try (UpstreamAnswer answer = sandbox.send(request);
          OutputStream out = exchange.getResponseBody()) {
        answer
            .headers()
            .forEach(field -> exchange.getResponseHeaders().add(field.getKey(), field.getValue()));
        exchange.sendResponseHeaders(answer.status(), 0);
        for (byte[] chunk = answer.next(Duration.ofSeconds(30));
            chunk != null;
            chunk = answer.next(Duration.ofSeconds(30))) {
          out.write(chunk);
          out.flush();
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
