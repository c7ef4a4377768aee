package dev.customhouse;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretResolver;
import dev.customhouse.store.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A gateway for a test: real sockets on a free port, a real database in a folder of its own. */
public final class House implements AutoCloseable {
  /** The key that every house of a test knows. */
  public static final String KEY = "sk-test-0123456789abcdef0123456789abcdef";

  private static final long RECORD_WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final Path folder;
  private final Customhouse gateway;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, RequestRecord> records = new HashMap<>();
  private final ByteArrayOutputStream log;
  private boolean stopped;

  private House(Path folder, Customhouse gateway, ByteArrayOutputStream log) {
    this.folder = folder;
    this.gateway = gateway;
    this.log = log;
    gateway.watch(this::note);
  }

  private void note(RequestRecord record) {
    synchronized (records) {
      if (records.put(record.requestId(), record) != null) {
        throw new IllegalStateException("a second record of one request");
      }
      records.notifyAll();
    }
  }

  /** The record of the request with that {@code x-request-id}; waits for the request's end. */
  public RequestRecord record(String requestId) {
    return await(() -> records.remove(requestId));
  }

  /** The record of any request that nobody has taken yet; waits for its end. */
  public RequestRecord anyRecord() {
    return await(() -> {
      var rest = records.values().iterator();
      if (!rest.hasNext()) {
        return null;
      }
      RequestRecord record = rest.next();
      rest.remove();
      return record;
    });
  }

  private RequestRecord await(Supplier<@Nullable RequestRecord> taking) {
    long untilNanos = System.nanoTime() + RECORD_WAIT_NANOS;
    synchronized (records) {
      while (true) {
        RequestRecord record = taking.get();
        if (record != null) {
          return record;
        }
        long leftMillis = (untilNanos - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          throw new AssertionError("no sign of the request's record");
        }
        try {
          records.wait(leftMillis);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** How many records wait to be taken. */
  public int records() {
    synchronized (records) {
      return records.size();
    }
  }

  /** A house with the sandbox alone. */
  public static House sandbox() {
    return of("");
  }

  /**
   * A house with these sections of a configuration file beside {@code gateway} and {@code keys}.
   */
  public static House of(String sections) {
    return of("", sections);
  }

  /** The same, with more members of {@code gateway}, each on a line with two spaces before it. */
  public static House of(String gatewayMembers, String sections) {
    try {
      Path folder = Files.createTempDirectory("customhouse-test");
      Settings settings = settings(folder, gatewayMembers, sections);
      ByteArrayOutputStream log = new ByteArrayOutputStream();
      return new House(
          folder,
          Customhouse.start(
              new Customhouse.Start(
                  settings,
                  new SecretResolver(Map.of("TEST_KEY", KEY)),
                  Clock.systemUTC(),
                  log,
                  "test")),
          log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Settings settings(Path folder, String gatewayMembers, String sections)
      throws IOException {
    return new SettingsReader()
        .read(
            """
            gateway:
              listen: { address: "127.0.0.1", port: 0 }
              data_dir: "%s"
              allow_literal_secrets: true
            %s
            keys:
              - { name: test, key: "${env:TEST_KEY}" }
            %s
            """
                .formatted(folder, gatewayMembers, sections),
            "test.yaml");
  }

  /** Serves by other sections from the next request on. */
  public void reload(String gatewayMembers, String sections) {
    try {
      gateway.reload(settings(folder, gatewayMembers, sections));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The running gateway. */
  public Customhouse gateway() {
    return gateway;
  }

  /** Its rows. */
  public Storage storage() {
    return gateway.storage();
  }

  /** Where it listens, without a path. */
  public String root() {
    return "http://127.0.0.1:" + gateway.port();
  }

  /** Posts JSON with the test's key. */
  public HttpResponse<String> post(String path, String json, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root() + path))
            .header("content-type", "application/json")
            .header("authorization", "Bearer " + KEY)
            .POST(HttpRequest.BodyPublishers.ofString(json));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  /** Gets with the test's key. */
  public HttpResponse<String> get(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root() + path)).header("authorization", "Bearer " + KEY);
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  /** Sends any request. */
  public HttpResponse<String> send(HttpRequest request) {
    return send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** Sends any request and takes the answer's body as the handler does. */
  public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return client.send(request, handler);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stops the gateway and tells all it has written: its log, then each of its files as bytes. */
  public String remains() {
    stop();
    StringBuilder remains = new StringBuilder(log.toString(StandardCharsets.UTF_8));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        remains.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return remains.toString();
  }

  private void stop() {
    if (!stopped) {
      stopped = true;
      client.close();
      gateway.close();
    }
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
