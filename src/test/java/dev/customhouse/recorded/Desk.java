package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in front of one scripted upstream. Clients ask for {@code gpt}, {@code claude} and
 * {@code gemini}; the upstream knows them as {@code real-gpt}, {@code real-claude} and {@code
 * real-gemini}.
 */
final class Desk implements AutoCloseable {
  /** A second downstream key. */
  static final String OTHER_KEY = "sk-test-ffffffffffffffffffffffffffffffff";

  private static final String SECTIONS =
      """
        - { name: other, key: "sk-test-ffffffffffffffffffffffffffffffff" }
      providers:
        openai: { base_url: "ROOT", api_keys: ["upstream-1", "upstream-2", "upstream-3"] }
        anthropic: { base_url: "ROOT", api_keys: ["upstream-1"] }
        gemini: { base_url: "ROOT", api_keys: ["upstream-1"] }
      models:
        gpt: { targets: [{ provider: openai, model: real-gpt }], retry: { attempts: 1 } }
        claude: { targets: [{ provider: anthropic, model: real-claude }], retry: { attempts: 1 } }
        claude-again: { targets: [{ provider: anthropic, model: real-claude }], retry: { attempts: 3, on: [rate_limited, overloaded], backoff: 1ms } }
        gemini: { targets: [{ provider: gemini, model: real-gemini }], retry: { attempts: 1 } }
      """;

  private final FakeUpstream upstream;
  private final House house;

  private Desk(FakeUpstream upstream, House house) {
    this.upstream = upstream;
    this.house = house;
  }

  static Desk of(FakeUpstream.Script script) {
    return of("", script);
  }

  /** With limits such as {@code idle_timeout: 1s}. */
  static Desk of(String limits, FakeUpstream.Script script) {
    FakeUpstream upstream = FakeUpstream.of(script);
    String gateway = limits.isEmpty() ? "" : "  limits: { %s }".formatted(limits);
    return new Desk(upstream, House.of(gateway, SECTIONS.replace("ROOT", upstream.root())));
  }

  /** An upstream that sends this stream in one piece and ends it properly. */
  static Desk ofEvents(String... events) {
    return of((request, connection) -> {
      connection.beginEvents();
      for (String event : events) {
        connection.chunk(event);
      }
      connection.end();
    });
  }

  /** An upstream that answers with this JSON. */
  static Desk ofJson(int status, String json, String... headers) {
    return of((request, connection) -> connection.json(status, json, headers));
  }

  House house() {
    return house;
  }

  FakeUpstream upstream() {
    return upstream;
  }

  /** A whole answer. */
  record Answer(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    byte[] bytes() {
      return response.body();
    }

    String text() {
      return new String(response.body(), UTF_8);
    }

    @Nullable String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    String requestId() {
      return response.headers().firstValue("x-request-id").orElseThrow();
    }
  }

  /** An answer that is read as it comes. */
  static final class Reading implements AutoCloseable {
    private final HttpResponse<InputStream> response;

    Reading(HttpResponse<InputStream> response) {
      this.response = response;
    }

    int status() {
      return response.statusCode();
    }

    String requestId() {
      return response.headers().firstValue("x-request-id").orElseThrow();
    }

    @Nullable String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    /** The next event with its blank line; what is left at the end of the stream. */
    String event() {
      StringBuilder event = new StringBuilder();
      try {
        for (int b = response.body().read(); b >= 0; b = response.body().read()) {
          event.append((char) b);
          if (event.length() > 1 && event.substring(event.length() - 2).equals("\n\n")) {
            break;
          }
        }
        return event.toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String rest() {
      try {
        return new String(response.body().readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private HttpRequest request(
      String method, String path, byte @Nullable [] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(house.root() + path))
            .header("authorization", "Bearer " + House.KEY)
            .header("content-type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return request.build();
  }

  Answer post(String path, byte[] body, String... headers) {
    return new Answer(house.send(request("POST", path, body, headers), BodyHandlers.ofByteArray()));
  }

  Answer post(String path, String body, String... headers) {
    return post(path, body.getBytes(UTF_8), headers);
  }

  Answer get(String path, String... headers) {
    return new Answer(house.send(request("GET", path, null, headers), BodyHandlers.ofByteArray()));
  }

  Answer delete(String path, String... headers) {
    return new Answer(
        house.send(request("DELETE", path, null, headers), BodyHandlers.ofByteArray()));
  }

  /** A request whose answer is read as it comes. */
  Reading open(String path, String body, String... headers) {
    return new Reading(
        house.send(
            request("POST", path, body.getBytes(UTF_8), headers), BodyHandlers.ofInputStream()));
  }

  /** A client that asks and goes away as soon as the latch is open. */
  void leaveBeforeTheAnswer(String path, String body, CountDownLatch when) {
    URI root = URI.create(house.root());
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      String head =
          "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(path, House.KEY, body.length());
      socket.getOutputStream().write((head + body).getBytes(UTF_8));
      when.await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  RequestRecord record(Answer answer) {
    return house.record(answer.requestId());
  }

  RequestRecord record(Reading reading) {
    return house.record(reading.requestId());
  }

  @Override
  public void close() {
    house.close();
    upstream.close();
  }
}
