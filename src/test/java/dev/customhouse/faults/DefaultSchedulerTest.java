package dev.customhouse.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.wire.Engine;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests run on their event loop, or on the JDK's own scheduler where that is not to be had: the
 * same burst in a process of either kind.
 */
class DefaultSchedulerTest {
  private static final String CHAT = "/v1/chat/completions";

  /** The burst, as a process of its own; says {@code true} or {@code false} for the threads. */
  public static void main(String[] args) {
    burst();
    System.out.println("threads on loop: " + Engine.threadsOnLoop());
    System.exit(0);
  }

  private static void burst() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-silent")) {
                connection.awaitDeparture();
              } else if (Speech.model(request).equals("m-broken")) {
                connection.cut();
              } else {
                Speech.CHAT.answer(request, connection, "well");
              }
            });
        House house =
            House.of(
                "  limits: { first_byte_timeout: 10s }",
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", max_concurrent: 10 }
                models:
                  "m*": { provider: p, retry: { backoff: 1ms } }
                """
                    .formatted(upstream.root()))) {
      List<HttpResponse<String>> answers =
          Together.times(150, i -> house.post(CHAT, Speech.CHAT.request("m" + i % 3, i % 2 == 0)));
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).body())
            .isEqualTo(i % 2 == 0 ? Speech.CHAT.stream("well") : Speech.CHAT.whole("well"));
      }
      for (int i = 0; i < 20; i++) {
        try (RawClient client =
            RawClient.asking(house, CHAT, Speech.CHAT.request("m-silent", true))) {
          while (!Speech.model(upstream.next()).equals("m-silent")) {
            // Those of the burst.
          }
          client.leave();
        }
      }
      assertThat(house.post(CHAT, Speech.CHAT.request("m-broken", true)).statusCode())
          .isEqualTo(502);
      assertThat(house.post(CHAT, Speech.CHAT.request("m", true)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aBurstIsServedOnTheEventLoops() {
    assertThat(Engine.threadsOnLoop()).isTrue();
    burst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Dcustomhouse.default-scheduler=true", "-Dcustomhouse.other=true"})
  void aBurstIsServedInAProcessOfItsOwn(String flag) throws IOException, InterruptedException {
    boolean onLoop = !flag.contains("default-scheduler");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                flag,
                // Without it the way to the event loops is shut, which must be no harm either.
                onLoop ? "--add-opens=java.base/java.lang=ALL-UNNAMED" : "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                DefaultSchedulerTest.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said).contains("threads on loop: " + onLoop);
    } finally {
      process.destroyForcibly();
    }
  }
}
