package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretResolver;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import sun.misc.Signal;

/**
 * Starts a gateway that nobody sees and sends it some requests, so that the JVM can write a cache
 * of what a start and the first requests need. The build runs it.
 */
@Command(name = "train", hidden = true, description = "Runs a short exercise for the AOT cache.")
final class Training implements Callable<Integer> {
  private static final int ROUNDS = 60;
  private static final int LEFT_STREAMS = 20;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final String KEY = "sk-training-0123456789abcdef0123456789";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("customhouse-training");
    try (Customhouse upstream = upstream(folder.resolve("upstream"))) {
      Path file = folder.resolve("customhouse.yaml");
      Gateway up = new Gateway(file, upstream.port(), folder.resolve("up"));
      try (up) {
        up.run(running -> running.up(null, false, new PrintWriter(Writer.nullWriter())));
        up.exercise();
      }
      Gateway served = new Gateway(file, upstream.port(), folder.resolve("serve"));
      try (served) {
        served.run(Running::serve);
        long endNanos = System.nanoTime() + LIMIT.toNanos();
        for (int round = 0; round < ROUNDS && System.nanoTime() < endNanos; round++) {
          served.exercise();
          if (round == ROUNDS / 2) {
            Files.writeString(file, "# changed\n", StandardOpenOption.APPEND);
          }
        }
      }
    } finally {
      delete(folder);
    }
    return 0;
  }

  /** The sandbox of another gateway: requests go through sockets both ways. */
  private static Customhouse upstream(Path data) throws IOException, InterruptedException {
    Settings settings = new SettingsReader().read(settings(data, 0, ""), "training.yaml");
    SecretResolver secrets = new SecretResolver(System::getenv);
    return Customhouse.start(
        new Customhouse.Start(
            settings, secrets, Clock.systemUTC(), OutputStream.nullOutputStream(), "training"));
  }

  private static String settings(Path data, int port, String sections) throws IOException {
    Path key = Files.writeString(data.resolveSibling("key"), KEY);
    return """
    gateway:
      listen: { address: "127.0.0.1", port: %d }
      data_dir: "%s"
    keys:
      - { name: training, key: "${file:%s}" }
    """
            .formatted(port, data, key)
        + sections;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** One that runs as the command line would have it, by a file. */
  private static final class Gateway implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Path file;
    private final int port;

    Gateway(Path file, int upstreamPort, Path data) throws IOException {
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      this.file = file;
      Files.writeString(
          file,
          settings(
              data,
              port,
              """
              providers:
                inner:
                  type: openai-compatible
                  base_url: "http://127.0.0.1:%d/v1"
                  api_keys: ["${file:%s}"]
              models:
                inner: { provider: inner, model: sandbox/echo }
                inner-slow: { provider: inner, model: sandbox/slow }
              """
                  .formatted(upstreamPort, data.resolveSibling("key"))));
    }

    private interface Command {
      int run(Running running) throws IOException, InterruptedException;
    }

    /** Starts it and waits until it is ready. */
    void run(Command command) throws InterruptedException {
      Thread.ofPlatform()
          .name("training")
          .start(() -> {
            try {
              command.run(new Running(file));
            } catch (IOException | InterruptedException e) {
              throw new IllegalStateException("the training cannot run", e);
            } finally {
              ended.countDown();
            }
          });
      while (!answers() && ended.getCount() > 0) {
        Thread.sleep(PAUSE);
      }
    }

    private boolean answers() throws InterruptedException {
      try {
        get("/readyz");
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    void exercise() throws IOException, InterruptedException {
      for (String model : new String[] {"inner", "sandbox/echo"}) {
        for (boolean stream : new boolean[] {false, true}) {
          post("/v1/chat/completions", chat(model, stream));
        }
      }
      for (String model : new String[] {"inner", "sandbox/echo"}) {
        post(
            "/v1/responses",
            "{\"model\":\"%s\",\"input\":\"Hi\",\"stream\":true}".formatted(model));
        post("/v1/messages", chat(model, true).replaceFirst("\\{", "{\"max_tokens\":9,"));
      }
      leave();
      post("/v1/chat/completions", chat("unknown", false));
      get("/v1/models");
      get("/metrics");
      get("/readyz");
    }

    /** Opens streams and leaves them all at once. */
    private void leave() throws IOException {
      byte[] body =
          chat("inner-slow", true)
              .replaceFirst("\\{", "{\"metadata\":{\"first_byte_ms\":0,\"chunk_ms\":60000},")
              .getBytes(StandardCharsets.US_ASCII);
      byte[] head =
          """
          POST /v1/chat/completions HTTP/1.1\r
          Host: 127.0.0.1\r
          Content-Type: application/json\r
          Authorization: Bearer %s\r
          Content-Length: %d\r
          \r
          """
              .formatted(KEY, body.length)
              .getBytes(StandardCharsets.US_ASCII);
      List<Socket> streams = new ArrayList<>();
      try {
        for (int i = 0; i < LEFT_STREAMS; i++) {
          Socket stream = new Socket(InetAddress.getLoopbackAddress(), port);
          streams.add(stream);
          stream.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
          stream.getOutputStream().write(head);
          stream.getOutputStream().write(body);
        }
        for (Socket stream : streams) {
          if (stream.getInputStream().read() < 0) {
            throw new IOException("a stream of the training ended before it began");
          }
        }
      } finally {
        for (Socket stream : streams) {
          stream.close();
        }
      }
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
      return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
          .timeout(LIMIT)
          .header("content-type", "application/json")
          .header("authorization", "Bearer " + KEY);
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
      client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Stops it as a user would. */
    @Override
    public void close() throws InterruptedException {
      Signal.raise(new Signal("TERM"));
      ended.await();
      client.close();
    }
  }
}
