package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretResolver;
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
import java.util.Map;
import java.util.stream.Stream;

/** A gateway for a test: real sockets on a free port, a real database in a folder of its own. */
public final class House implements AutoCloseable {
  /** The key that every house of a test knows. */
  public static final String KEY = "sk-test-0123456789abcdef0123456789abcdef";

  private final Path folder;
  private final Customhouse gateway;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ByteArrayOutputStream log;
  private boolean stopped;

  private House(Path folder, Customhouse gateway, ByteArrayOutputStream log) {
    this.folder = folder;
    this.gateway = gateway;
    this.log = log;
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
      ByteArrayOutputStream log = new ByteArrayOutputStream();
      Settings settings =
          new SettingsReader()
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

  /** The running gateway. */
  public Customhouse gateway() {
    return gateway;
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
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
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
