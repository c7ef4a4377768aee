package dev.customhouse.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Whatever goes wrong before the client was shown anything, the next target answers and the client
 * notices nothing. A model's name says what is to go wrong with it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BeforeContentTest {
  private static final String RESTING = "status 429";

  private final Map<String, FakeUpstream.Script> faults = new LinkedHashMap<>();
  private final Map<String, FakeUpstream.Script> streamFaults = new LinkedHashMap<>();
  private FakeUpstream bad = FakeUpstream.of(this::fail);
  private FakeUpstream good = FakeUpstream.of((request, connection) -> {});
  private House house = House.sandbox();

  @BeforeAll
  void start() throws IOException {
    house.close();
    good.close();
    faults.put("silence", (request, connection) -> connection.awaitDeparture());
    faults.put("a cut before the head", (request, connection) -> connection.cut());
    faults.put("a cut in the head", raw("HTTP/1.1 200 OK\r\nContent-Ty"));
    faults.put("a cut after the head", raw(head("Content-Length: 300")));
    faults.put("a cut in the body", raw(head("Content-Length: 300") + "{\"id\":\"chatcmpl-1\","));
    faults.put("a cut in a chunk", raw(head("Transfer-Encoding: chunked") + "40\r\n{\"id\":"));
    faults.put("a body that ends too early", raw(head("Connection: close") + "{\"id\":\"x\","));
    faults.put("a body shorter than told", silentAfter(head("Content-Length: 300") + "{\"id\":1"));
    faults.put(
        "a body longer than told", raw(head("Content-Length: 9") + "{\"id\":\"x\",\"y\":1}"));
    faults.put("a body that is no gzip", raw(head("Content-Encoding: gzip", 2) + "{}"));
    faults.put("a status line that is none", raw("garbage\r\n\r\n"));
    faults.put("bytes that are no text", raw("\u0000\u00ff\u0016\u0003\u0001 \r\n\r\n"));
    faults.put("a head without end", raw("HTTP/1.1 200 OK\r\nX: " + "y".repeat(200_000)));
    faults.put("an empty body", whole(200, "application/json", ""));
    faults.put("a web page with status 200", whole(200, "text/html", "<html>hello</html>"));
    faults.put("a web page as JSON", whole(200, "application/json", "<html>hello</html>"));
    faults.put("status 500", whole(500, "application/json", "{\"error\":{\"message\":\"x\"}}"));
    faults.put("status 502 and a web page", whole(502, "text/html", "<html>Bad gateway</html>"));
    faults.put("status 503 and a web page", whole(503, "text/html", "<html>Sorry</html>"));
    faults.put("status 529", whole(529, "application/json", "{}"));
    faults.put("status 503 and a cut", raw("HTTP/1.1 503 X\r\nContent-Length: 99\r\n\r\n{"));
    faults.put("status 500 and nothing", raw("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"));
    faults.put(RESTING, whole(429, "application/json", "{\"error\":{\"message\":\"x\"}}"));
    faults.put(
        "an error with status 200",
        whole(200, "application/json", "{\"error\":{\"code\":502,\"message\":\"down\"}}"));
    faults.put(
        "a redirection",
        (request, connection) ->
            connection.whole(302, "text/html", "", "Location", good.root() + "/stolen"));
    for (Speech speech : Speech.values()) {
      String preamble = String.join("", speech.preamble());
      String name = " (" + speech + ")";
      streamFaults.put("silence after the head" + name, events("", Then.SILENCE));
      streamFaults.put("a cut after the head" + name, events("", Then.CUT));
      streamFaults.put("an empty stream" + name, events("", Then.END));
      streamFaults.put("comments and silence" + name, events(": ok\n\n", Then.SILENCE));
      streamFaults.put("a preamble and silence" + name, events(preamble, Then.SILENCE));
      streamFaults.put("a preamble and a cut" + name, events(preamble, Then.CUT));
      streamFaults.put("a preamble and the end" + name, events(preamble, Then.END));
      streamFaults.put("half a preamble" + name, events(preamble.substring(0, 40), Then.END));
      String error = speech.error("overloaded_error", "busy");
      streamFaults.put("an error as first event" + name, events(error, Then.SILENCE));
      streamFaults.put("a preamble and an error" + name, events(preamble + error, Then.END));
    }
    good =
        FakeUpstream.of(
            (request, connection) -> speech(request).answer(request, connection, "well"));
    house = House.of(limits(), providers());
    Together.earnRetries(house);
  }

  private static String limits() {
    return "  limits: { first_byte_timeout: 1500ms, idle_timeout: 1s, total_timeout: 20s }";
  }

  private String providers() throws IOException {
    StringBuilder text = new StringBuilder("providers:\n");
    for (Speech speech : Speech.values()) {
      text.append(speech.provider("bad-" + speech, bad.root(), "api_keys: [sk-bad]"));
      text.append(speech.provider("good-" + speech, good.root(), "api_keys: [sk-good]"));
    }
    text.append(Speech.CHAT.provider("dead", "http://127.0.0.1:" + deadPort()));
    text.append(Speech.CHAT.provider("nowhere", "http://nowhere.invalid"));
    text.append("models:\n");
    for (String first : List.of("dead", "nowhere")) {
      text.append(model(first, first, "good-CHAT"));
    }
    for (Speech speech : Speech.values()) {
      text.append(model(speech + ":*", "bad-" + speech, "good-" + speech));
    }
    return text.toString();
  }

  private static String model(String name, String first, String second) {
    return """
      "%s":
        strategy: ordered
        retry: { attempts: 1 }
        targets: [ { provider: "%s" }, { provider: "%s" } ]
    """
        .formatted(name, first, second);
  }

  static int deadPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  void stop() {
    house.close();
    bad.close();
    good.close();
  }

  private void fail(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException, InterruptedException {
    String model = Speech.model(request);
    String fault = names().get(Integer.parseInt(model.substring(model.indexOf(':') + 1)));
    FakeUpstream.Script script = faults.getOrDefault(fault, streamFaults.get(fault));
    if (script == null) {
      throw new AssertionError("no fault " + fault);
    }
    script.answer(request, connection);
  }

  private static Speech speech(FakeUpstream.Request request) {
    for (Speech speech : Speech.values()) {
      if (request.target().equals(speech.path(Speech.model(request), Speech.streams(request)))) {
        return speech;
      }
    }
    throw new AssertionError(request.target());
  }

  private String model(Speech speech, String fault) {
    return speech + ":" + names().indexOf(fault);
  }

  private List<String> names() {
    return Stream.concat(faults.keySet().stream(), streamFaults.keySet().stream()).toList();
  }

  private enum Then {
    SILENCE,
    CUT,
    END
  }

  private static FakeUpstream.Script events(String events, Then then) {
    return (request, connection) -> {
      connection.beginEvents();
      connection.chunk(events);
      switch (then) {
        case SILENCE -> connection.awaitDeparture();
        case CUT -> connection.cut();
        case END -> connection.end();
      }
    };
  }

  private static String head(String field) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + field + "\r\n\r\n";
  }

  private static String head(String field, int length) {
    return head(field + "\r\nContent-Length: " + length);
  }

  private static FakeUpstream.Script raw(String text) {
    return (request, connection) -> {
      connection.raw(text.getBytes(ISO_8859_1));
      connection.cut();
    };
  }

  private static FakeUpstream.Script silentAfter(String text) {
    return (request, connection) -> {
      connection.raw(text.getBytes(UTF_8));
      connection.awaitDeparture();
    };
  }

  private static FakeUpstream.Script whole(int status, String type, String body) {
    return (request, connection) -> connection.whole(status, type, body);
  }

  private record Case(String name, Speech speech, boolean stream, String model) {}

  @TestFactory
  Stream<DynamicTest> theNextTargetAnswersAfter() {
    List<Case> cases = new ArrayList<>();
    for (String first : List.of("dead", "nowhere")) {
      cases.add(new Case("a host that is " + first, Speech.CHAT, false, first));
      cases.add(new Case("a host that is " + first + ", streaming", Speech.CHAT, true, first));
    }
    for (String fault : faults.keySet()) {
      cases.add(new Case(fault, Speech.CHAT, false, model(Speech.CHAT, fault)));
      // The key of one provider rests by then.
      Speech speech = fault.equals(RESTING) ? Speech.MESSAGES : Speech.CHAT;
      cases.add(new Case(fault + ", streaming", speech, true, model(speech, fault)));
    }
    for (String fault : streamFaults.keySet()) {
      Speech speech = Speech.valueOf(fault.replaceFirst(".*\\(([A-Z]+)\\)", "$1"));
      cases.add(new Case(fault, speech, true, model(speech, fault)));
    }
    record Asked(Case fault, CompletableFuture<HttpResponse<String>> answer) {}
    // A key rests after 429, so that whoever asks later would not meet the fault: these are the
    // last.
    List<Case> resting = cases.stream().filter(each -> each.name().startsWith(RESTING)).toList();
    cases.removeAll(resting);
    List<Asked> all = new ArrayList<>();
    for (List<Case> together : List.of(cases, resting)) {
      List<Asked> asked =
          together.stream().map(each -> new Asked(each, Together.start(() -> ask(each)))).toList();
      asked.forEach(each -> each.answer().join());
      all.addAll(asked);
    }
    return all.stream()
        .map(asked ->
            DynamicTest.dynamicTest(
                asked.fault().name(), () -> check(asked.fault(), asked.answer().join())));
  }

  private HttpResponse<String> ask(Case each) {
    return house.post(
        each.speech().path(each.model(), each.stream()),
        each.speech().request(each.model(), each.stream()));
  }

  private static void check(Case each, HttpResponse<String> answer) {
    assertThat(answer.body()).contains("well");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(each.stream() ? each.speech().stream("well") : each.speech().whole("well"));
    assertThat(answer.headers().firstValue("x-customhouse-provider"))
        .hasValue("good-" + each.speech());
    assertThat(answer.headers().firstValue("x-customhouse-attempts")).hasValue("2");
  }
}
