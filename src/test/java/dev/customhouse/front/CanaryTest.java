package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Puts a word of its own into everything a client or an upstream can write, and looks for it in
 * everything the gateway writes for its operator. Only a model's name may be there, since that is
 * what the operator wants to know of a request; and a path that leads nowhere.
 */
class CanaryTest {
  private static final String CANARY = "canary";
  private static final String MODEL = "model-of-a-kind";

  /** Fields that clients send, and some that only somebody curious does. */
  private static final List<String> FIELDS =
      List.of(
          "User-Agent",
          "Cookie",
          "Origin",
          "Referer",
          "X-Forwarded-For",
          "Forwarded",
          "From",
          "X-Custom",
          "Accept",
          "Accept-Language",
          "OpenAI-Organization",
          "OpenAI-Project",
          "OpenAI-Beta",
          "anthropic-beta",
          "x-stainless-lang",
          "Idempotency-Key",
          "traceparent",
          "tracestate",
          "baggage",
          "X-Request-Id",
          "x-goog-user-project",
          "Proxy-Authorization",
          "x-customhouse-model",
          "X-HTTP-Method-Override",
          "session_id",
          "Via");

  private static final String BODY =
      """
      {"model":"%s","messages":[{"role":"system","content":"canary-1","name":"canary-2"},
       {"role":"user","content":[{"type":"text","text":"canary-3"},
        {"type":"image_url","image_url":{"url":"https://canary-4.example/canary-5"}}]}],
       "user":"canary-6","metadata":{"canary-7":"canary-8"},"stop":["canary-9"],
       "tools":[{"type":"function","function":{"name":"canary-10","description":"canary-11",
        "parameters":{"type":"object","properties":{"canary-12":{"type":"string"}}}}}],
       "safety_identifier":"canary-13","prompt_cache_key":"canary-14","canary-15":"canary-16",
       "stream":%s}\
      """;

  private static final String ANSWER =
      """
      {"id":"canary-id","object":"chat.completion","model":"real-model","canary-17":1,
       "choices":[{"index":0,"message":{"role":"assistant","content":"canary-18"},
        "finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}\
      """;

  private static final String[] UPSTREAM_FIELDS = {
    "x-request-id",
    "canary-19",
    "x-canary",
    "canary-20",
    "set-cookie",
    "canary-21",
    "openai-organization",
    "canary-22"
  };

  /** Everything that is logged beside the gateway's own log. */
  private static final class Lines extends Handler {
    private final StringBuffer text = new StringBuffer();

    @Override
    public void publish(LogRecord record) {
      text.append(new SimpleFormatter().format(record)).append('\n');
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static void upstream(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException {
    String body = request.text();
    if (body.contains("\"stream\":true")) {
      connection.beginEvents();
      connection.chunk(
          "data: " + ANSWER.replace("\n", "").replace("message\"", "delta\"") + "\n\n");
      connection.chunk("data: {\"error\":{\"message\":\"canary-23\",\"type\":\"canary-24\"}}\n\n");
      connection.cut();
    } else if (body.contains("bad-")) {
      connection.json(
          400, "{\"error\":{\"message\":\"canary-25\",\"code\":\"canary-26\"}}", UPSTREAM_FIELDS);
    } else if (body.contains("down-")) {
      connection.whole(500, "text/html", "<h1>canary-27</h1>", UPSTREAM_FIELDS);
    } else if (body.contains("locked-")) {
      connection.json(401, "{\"error\":{\"message\":\"Wrong key canary-28\"}}", UPSTREAM_FIELDS);
    } else if (body.contains("odd-")) {
      connection.raw("canary-29 no http at all\r\n\r\n".getBytes(UTF_8));
      connection.cut();
    } else {
      connection.json(200, ANSWER, UPSTREAM_FIELDS);
    }
  }

  private static String request(String target, String key, String body) {
    StringBuilder head = new StringBuilder();
    head.append("POST ").append(target).append(" HTTP/1.1\r\nHost: canary-host.example\r\n");
    for (String field : FIELDS) {
      head.append(field).append(": canary-").append(field).append("\r\n");
    }
    head.append("X-Canary-Name: 1\r\nAuthorization: Bearer ").append(key).append("\r\n");
    head.append("Content-Type: application/json; canary=canary\r\nContent-Length: ");
    return head.append(body.getBytes(UTF_8).length).append("\r\n\r\n").append(body).toString();
  }

  private static List<String> requests() {
    List<String> requests = new ArrayList<>();
    String chat = "/v1/chat/completions?canary-31=canary-32";
    for (String prefix : List.of("", "bad-", "down-", "locked-", "odd-")) {
      requests.add(request(chat, House.KEY, BODY.formatted(prefix + MODEL, false)));
    }
    requests.add(request(chat, House.KEY, BODY.formatted(MODEL, true)));
    requests.add(request(chat, House.KEY, BODY.formatted("unknown", false)));
    requests.add(request(chat, House.KEY, BODY.formatted("sandbox/echo", true)));
    requests.add(request(chat, House.KEY, BODY.formatted("sandbox/error", false)));
    requests.add(request(chat, "sk-ch-canary", BODY.formatted(MODEL, false)));
    requests.add(request("/v1/chat/completions?key=canary-33", "", "{}"));
    requests.add(request(chat, House.KEY, "{\"model\":\"m\",\"canary-34\":canary-35}"));
    requests.add(request(chat, House.KEY, "{\"canary-36\":1,\"canary-36\":2}"));
    requests.add(request(chat, House.KEY, "canary-37"));
    requests.add(request("/v1/messages", House.KEY, BODY.formatted(MODEL, false)));
    requests.add(request("/v1/responses", House.KEY, BODY.formatted("sandbox/echo", false)));
    requests.add(
        request(
            "/v1/embeddings", House.KEY, "{\"model\":\"sandbox/embed\",\"input\":\"canary-38\"}"));
    requests.add(
        request(
            "/v1beta/models/sandbox/echo:generateContent",
            House.KEY,
            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"canary-39\"}]}]}"));
    requests.add(request("/admin/v1/keys?canary-40=canary-41", "canary-42", "{\"canary-43\":1}"));
    requests.add(request(chat, House.KEY, "{}").replace("Content-Type", "Content-Encoding"));
    requests.add("CANARY-44 canary-45 canary-46\r\ncanary-47\r\n\r\n".toLowerCase());
    requests.add("GET / HTTP/1.1\r\nHost: a\r\ncanary-48 : canary-49\r\n\r\n");
    requests.add("GET canary-50 HTTP/1.1\r\nHost: canary\u0000\r\n\r\n");
    return requests;
  }

  @Test
  void nothingThatAClientOrAnUpstreamWroteIsKeptOrToldToTheOperator() throws Exception {
    Lines lines = new Lines();
    Logger root = Logger.getLogger("");
    root.addHandler(lines);
    Logger own = Logger.getLogger("dev.customhouse");
    own.setLevel(Level.ALL);
    StringBuilder written = new StringBuilder();
    try (FakeUpstream upstream = FakeUpstream.of(CanaryTest::upstream);
        FakeUpstream collector =
            FakeUpstream.of(
                (request, connection) -> connection.whole(200, "application/x-protobuf", ""));
        House house =
            House.of(
                "  telemetry: { otlp_endpoint: \"%s/v1/traces\" }".formatted(collector.root()),
                """
                providers:
                  fake: { type: openai-compatible, base_url: "%s/v1", api_keys: ["sk-upstream"] }
                models:
                  "*-of-a-kind": { provider: fake }
                """
                    .formatted(upstream.root()))) {
      String token = house.gateway().freshAdminToken().orElseThrow();
      List<String> ids = new ArrayList<>();
      for (String request : requests()) {
        try (RawHttp client = RawHttp.to(house.gateway().port())) {
          Answer answer = client.send(request.getBytes(ISO_8859_1)).answer();
          ids.add(answer.header("x-request-id"));
        }
      }
      assertThat(ids).hasSize(requests().size()).allMatch(id -> id.startsWith("req_"));
      String[] admin = {"authorization", "Bearer " + token};
      written.append(house.get("/metrics", admin).body());
      written.append(house.get("/admin/v1/requests", admin).body());
      written.append(house.get("/admin/v1/providers", admin).body());
      int explained = 0;
      for (String id : ids) {
        var explain = house.get("/admin/v1/requests/" + id + "/explain", admin);
        explained += explain.statusCode() == 200 ? 1 : 0;
        written.append(explain.body());
      }
      assertThat(explained).isGreaterThan(10);
      String remains = house.remains();
      assertThat(remains).contains("\"event\":\"request\"", MODEL);
      written.append(remains);
      int spans = collector.pending();
      assertThat(spans).isPositive();
      for (int i = 0; i < spans; i++) {
        written.append(plain(collector.next()));
      }
    } finally {
      root.removeHandler(lines);
      own.setLevel(null);
    }
    written.append(lines.text);
    assertThat(written.toString()).contains("chat", MODEL);
    assertThat(surroundings(written.toString())).isEmpty();
  }

  private static String plain(FakeUpstream.Request request) throws IOException {
    byte[] body = request.body();
    if ("gzip".equals(request.headers().get("content-encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    return new String(body, ISO_8859_1);
  }

  private static List<String> surroundings(String text) {
    List<String> found = new ArrayList<>();
    String lower = text.toLowerCase();
    for (int at = lower.indexOf(CANARY); at >= 0; at = lower.indexOf(CANARY, at + 1)) {
      found.add(text.substring(Math.max(0, at - 60), Math.min(text.length(), at + 40)));
    }
    return found;
  }
}
