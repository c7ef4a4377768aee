package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Once the client has seen content nobody else takes over: what came is kept, and the stream's last
 * event says in the dialect that it is not whole.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AfterContentTest {
  private record Fault(Speech speech, FakeUpstream.Script script, ErrorKind kind) {}

  private final Map<String, Fault> faults = new LinkedHashMap<>();
  private FakeUpstream upstream = FakeUpstream.of(this::play);
  private House house = House.sandbox();

  @BeforeAll
  void start() {
    house.close();
    for (Speech speech : Speech.values()) {
      String begun = String.join("", speech.preamble()) + speech.content("begun");
      String error = speech.error("overloaded_error", "busy");
      String refused = speech.error("invalid_api_key", "sk-bad is not a key");
      String name = " (" + speech + ")";
      add(
          "silence" + name,
          speech,
          ErrorKind.TIMEOUT,
          begun,
          FakeUpstream.Connection::awaitDeparture);
      add("a cut" + name, speech, ErrorKind.NETWORK, begun, FakeUpstream.Connection::cut);
      add(
          "an end without a last event" + name,
          speech,
          ErrorKind.NETWORK,
          begun,
          FakeUpstream.Connection::end);
      add(
          "half an event and the end" + name,
          speech,
          ErrorKind.NETWORK,
          begun + speech.content("more").substring(0, 25),
          FakeUpstream.Connection::end);
      add(
          "an error event" + name,
          speech,
          ErrorKind.OVERLOADED,
          begun + error,
          FakeUpstream.Connection::end);
      add(
          "an error event and silence" + name,
          speech,
          ErrorKind.OVERLOADED,
          begun + error,
          FakeUpstream.Connection::awaitDeparture);
      if (speech != Speech.GEMINI) {
        add(
            "an error about our account" + name,
            speech,
            ErrorKind.UNAVAILABLE,
            begun + refused,
            FakeUpstream.Connection::end);
      }
    }
    StringBuilder text = new StringBuilder("providers:\n");
    for (Speech speech : Speech.values()) {
      text.append(speech.provider("p-" + speech, upstream.root(), "api_keys: [sk-bad]"));
    }
    text.append("models:\n");
    for (Speech speech : Speech.values()) {
      text.append("  \"%s:*\": { provider: \"p-%s\" }\n".formatted(speech, speech));
    }
    house =
        House.of(
            "  limits: { first_byte_timeout: 5s, idle_timeout: 600ms, keep_alive_interval: 200ms }",
            text.toString());
  }

  private interface Then {
    void go(FakeUpstream.Connection connection) throws IOException;
  }

  private void add(String name, Speech speech, ErrorKind kind, String events, Then then) {
    FakeUpstream.Script script =
        (request, connection) -> {
          connection.beginEvents();
          connection.chunk(events);
          then.go(connection);
        };
    faults.put(name, new Fault(speech, script, kind));
  }

  private void play(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException, InterruptedException {
    String model = Speech.model(request);
    int number = Integer.parseInt(model.substring(model.indexOf(':') + 1));
    faults.values().stream().toList().get(number).script().answer(request, connection);
  }

  @AfterAll
  void stop() {
    house.close();
    upstream.close();
  }

  @TestFactory
  Stream<DynamicTest> theLastEventIsAnErrorAfter() {
    record Asked(String name, Fault fault, CompletableFuture<HttpResponse<String>> answer) {}
    List<Asked> all = new ArrayList<>();
    faults.forEach((name, fault) -> {
      Speech speech = fault.speech();
      String model = speech + ":" + all.size();
      all.add(
          new Asked(
              name,
              fault,
              Together.start(
                  () -> house.post(speech.path(model, true), speech.request(model, true)))));
    });
    return all.stream()
        .map(asked ->
            DynamicTest.dynamicTest(
                asked.name(), () -> check(asked.fault(), asked.answer().join())));
  }

  private void check(Fault fault, HttpResponse<String> answer) {
    Speech speech = fault.speech();
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith(String.join("", speech.preamble()) + speech.content("begun"))
        .doesNotContain("more", "sk-bad", "[DONE]", "message_stop", "response.completed");
    assertThat(speech.endsInError(answer.body().replace(": keep-alive\n\n", "")))
        .as(answer.body())
        .isTrue();
    String id = answer.headers().firstValue("x-request-id").orElseThrow();
    RequestRecord record = house.record(id);
    assertThat(record.error()).isEqualTo(fault.kind());
    assertThat(record.clientGone()).isFalse();
  }

  @Test
  void anUnsentBlankLineBehindTheLastEventIsNoFault() {
    try (FakeUpstream terse =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              connection.chunk(Speech.CHAT.stream("well").stripTrailing());
              connection.end();
            });
        House open =
            House.of(
                "providers:\n"
                    + Speech.CHAT.provider("p", terse.root())
                    + "models: { m: { provider: p } }")) {
      HttpResponse<String> answer =
          open.post("/v1/chat/completions", Speech.CHAT.request("m", true));

      assertThat(answer.body()).isEqualTo(Speech.CHAT.stream("well"));
    }
  }
}
