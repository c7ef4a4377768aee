package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretResolver;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Starts a gateway that nobody sees and sends it some requests, so that the JVM can write a cache
 * of what a start and the first requests need. The build runs it.
 */
@Command(name = "train", hidden = true, description = "Runs a short exercise for the AOT cache.")
final class Training implements Callable<Integer> {
  private static final int ROUNDS = 60;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String KEY = "sk-training-0123456789abcdef0123456789";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("customhouse-training");
    try (House house = new House(folder)) {
      long endNanos = System.nanoTime() + LIMIT.toNanos();
      for (int round = 0; round < ROUNDS && System.nanoTime() < endNanos; round++) {
        house.exercise();
      }
    } finally {
      delete(folder);
    }
    return 0;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** A gateway with one that is its own upstream: requests go through sockets both ways. */
  private static final class House implements AutoCloseable {
    private final Customhouse gateway;
    private final Customhouse upstream;
    private final HttpClient client = HttpClient.newHttpClient();

    House(Path folder) throws IOException, InterruptedException {
      upstream = start(folder.resolve("upstream"), "");
      gateway =
          start(
              folder.resolve("gateway"),
              """
              providers:
                inner:
                  type: openai-compatible
                  base_url: "http://127.0.0.1:%d/v1"
                  api_keys: ["${env:KEY}"]
              models:
                inner: { provider: inner, model: sandbox/echo }
              """
                  .formatted(upstream.port()));
    }

    private static Customhouse start(Path data, String sections)
        throws IOException, InterruptedException {
      Settings settings =
          new SettingsReader()
              .read(
                  """
                  gateway:
                    listen: { address: "127.0.0.1", port: 0 }
                    data_dir: "%s"
                  keys:
                    - { name: training, key: "${env:KEY}" }
                  %s
                  """
                      .formatted(data, sections),
                  "training.yaml");
      SecretResolver secrets = new SecretResolver(Map.of("KEY", KEY));
      return Customhouse.start(
          new Customhouse.Start(
              settings, secrets, Clock.systemUTC(), OutputStream.nullOutputStream(), "training"));
    }

    void exercise() throws IOException, InterruptedException {
      for (String model : new String[] {"inner", "sandbox/echo"}) {
        for (boolean stream : new boolean[] {false, true}) {
          post("/v1/chat/completions", chat(model, stream));
        }
      }
      post("/v1/responses", "{\"model\":\"sandbox/echo\",\"input\":\"Hello\",\"stream\":true}");
      post("/v1/messages", chat("sandbox/echo", true).replace("{", "{\"max_tokens\":9,"));
      post("/v1/chat/completions", chat("unknown", false));
      get("/v1/models");
      get("/metrics");
      get("/readyz");
    }

    private static String chat(String model, boolean stream) {
      return "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
          .formatted(model, stream);
    }

    private void post(String path, String body) throws IOException, InterruptedException {
      send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private void get(String path) throws IOException, InterruptedException {
      send(request(path).GET());
    }

    private HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
          .timeout(LIMIT)
          .header("content-type", "application/json")
          .header("authorization", "Bearer " + KEY);
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
      client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
      client.close();
      gateway.close();
      upstream.close();
    }
  }
}
