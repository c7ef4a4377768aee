package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Everything ends in time, whatever the upstream and the client do. */
class DeadlinesTest {
  private static final String CHAT = "/v1/chat/completions";

  /** Begins and says no more. */
  private static FakeUpstream begins() {
    return FakeUpstream.of((request, connection) -> {
      if (Speech.streams(request)) {
        connection.beginEvents();
        connection.chunk(Speech.CHAT.content("begun"));
      }
      connection.awaitDeparture();
    });
  }

  private static String provider(FakeUpstream upstream) {
    return """
    providers:
      p: { type: openai-compatible, base_url: "%s" }
    models:
      m: { provider: p, retry: { attempts: 5, backoff: 1ms } }
    """
        .formatted(upstream.root());
  }

  private static void checkBrokenOff(House house, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).startsWith(Speech.CHAT.content("begun"));
    assertThat(Speech.CHAT.endsInError(answer.body())).isTrue();
    assertThat(answer.body()).contains("The request took longer than it may.");
    RequestRecord record = house.record(answer.headers().firstValue("x-request-id").orElse(""));
    assertThat(record.error()).isEqualTo(ErrorKind.TIMEOUT);
    assertThat(record.errorCode()).isEqualTo("deadline_exceeded");
    assertThat(record.clientGone()).isFalse();
  }

  @Test
  void theWholeRequestsTimeEndsAStream() {
    try (FakeUpstream upstream = begins();
        House house =
            House.of("  limits: { total_timeout: 700ms, idle_timeout: 30s }", provider(upstream))) {
      checkBrokenOff(house, house.post(CHAT, Speech.CHAT.request("m", true)));
      upstream.departureNanos();
    }
  }

  @Test
  void theWholeRequestsTimeHoldsForAllAttemptsTogether() {
    try (FakeUpstream upstream = begins();
        House house =
            House.of(
                "  limits: { total_timeout: 1s, first_byte_timeout: 400ms }", provider(upstream))) {
      long began = System.nanoTime();
      HttpResponse<String> answer = house.post(CHAT, Speech.CHAT.request("m", false));
      Duration took = Duration.ofNanos(System.nanoTime() - began);

      assertThat(answer.statusCode()).isEqualTo(504);
      assertThat(answer.headers().firstValue("x-customhouse-attempts")).hasValue("3");
      assertThat(took).isBetween(Duration.ofMillis(900), Duration.ofSeconds(4));
    }
  }

  @Test
  void aProvidersOwnTimeEndsItsRequestsAndItsStreams() {
    try (FakeUpstream upstream = begins();
        House house =
            House.of(
                """
                  downstream:
                    openai_api_key_env: TEST_KEY
                    openai_base_url: "%s"
                    timeout_seconds: 1
                """
                    .formatted(upstream.root()),
                """
                models:
                  m: { provider: openai }
                """)) {
      checkBrokenOff(house, house.post(CHAT, Speech.CHAT.request("m", true)));
      HttpResponse<String> whole = house.post(CHAT, Speech.CHAT.request("m", false));
      assertThat(whole.statusCode()).isEqualTo(504);
      assertThat(whole.body()).contains("The provider 'openai' did not answer in time.");
    }
  }

  @Test
  void aProvidersOwnTimeLeavesTheFallbackItsOwn() {
    try (FakeUpstream upstream = begins();
        FakeUpstream well =
            FakeUpstream.of(
                (request, connection) -> connection.json(200, Speech.CHAT.whole("well")));
        House house =
            House.of(
                """
                  downstream:
                    openai_api_key_env: TEST_KEY
                    openai_base_url: "%s"
                    timeout_seconds: 1
                """
                    .formatted(upstream.root()),
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  m: { strategy: ordered, targets: [ { provider: openai }, { provider: p } ] }
                """
                    .formatted(well.root()))) {
      HttpResponse<String> answer = house.post(CHAT, Speech.CHAT.request("m", false));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-customhouse-attempts")).hasValue("2");
    }
  }

  @Test
  void aReaderThatStopsForGoodIsLeftWhenTheTimeIsOver() {
    String event = Speech.CHAT.content("x".repeat(16_000));
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.beginEvents();
              for (int i = 0; i < 4_000; i++) {
                connection.chunk(event);
              }
              connection.end();
            });
        House house = House.of("  limits: { total_timeout: 1500ms }", provider(upstream));
        RawClient slow = new RawClient(house, 16 * 1024)) {
      slow.ask(CHAT, Speech.CHAT.request("m", true));
      slow.readUntil("xxx");

      upstream.departureNanos();
      RequestRecord record = house.anyRecord();
      assertThat(record.clientGone()).isTrue();
      assertThat(Duration.ofNanos(1_000 * record.durationMicros()))
          .isBetween(Duration.ofMillis(1_400), Duration.ofSeconds(5));
    }
  }

  @Test
  void anAnswerTooLargeToBeHeldIsPassedOnAsItComes() {
    String filling = "x".repeat(100_000);
    String body = Speech.CHAT.whole(filling);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              connection.begin("application/json");
              for (int i = 0; i < body.length(); i += 9_973) {
                connection.chunk(body.substring(i, Math.min(body.length(), i + 9_973)));
              }
              connection.end();
            });
        House house = House.of("  limits: { answer_bytes: 20000 }", provider(upstream))) {
      HttpResponse<String> answer = house.post(CHAT, Speech.CHAT.request("m", false));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(body);
      assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    }
  }
}
