package dev.customhouse.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A client that leaves takes its request with it: the upstream is hung up on, and the places it had
 * are free. Each house lets one request through at once, for its key and at its provider, so that
 * the next one shows whether they are.
 */
class ClientGoneTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String NARROW = "sk-narrow-123456789abcdef0123456789abcdef";

  /** The figure wanted is 100 ms; a busy machine may take its time. */
  private static final long BOUND_NANOS = 1_000_000_000L;

  private static House house(FakeUpstream upstream, String limits) {
    return House.of(
        limits,
        """
          - { name: narrow, key: "%s", limits: { concurrent_streams: 1 } }
        providers:
          p: { type: openai-compatible, base_url: "%s", max_concurrent: 1 }
        models:
          "m*": { provider: p, retry: { attempts: 2, backoff: 20s } }
        """
            .formatted(NARROW, upstream.root()));
  }

  /** Takes the record of its own request too, so that those who look for another find that. */
  private static HttpResponse<String> ask(House house) {
    HttpResponse<String> answer =
        house.post(CHAT, Speech.CHAT.request("m-well", false), "authorization", "Bearer " + NARROW);
    var unused = house.record(answer.headers().firstValue("x-request-id").orElseThrow());
    return answer;
  }

  private static void answerWell(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException {
    Speech.CHAT.answer(request, connection, "well");
  }

  /** Both clocks are this process's. */
  private static void checkCancelled(String when, FakeUpstream upstream, long leftNanos) {
    long took = upstream.departureNanos() - leftNanos;
    System.out.printf("client gone %s: upstream cancelled after %.1f ms%n", when, took / 1e6);
    assertThat(took).isLessThan(BOUND_NANOS);
  }

  /** The record comes last, when everything else has been given back. */
  private static RequestRecord checkFree(House house) {
    RequestRecord record = house.anyRecord();
    assertThat(record.clientGone()).isTrue();
    assertThat(ask(house).statusCode()).isEqualTo(200);
    return record;
  }

  @Test
  void beforeTheUpstreamsHead() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
              } else {
                connection.awaitDeparture();
              }
            });
        House house = house(upstream, "")) {
      for (boolean stream : new boolean[] {false, true}) {
        RawClient client = new RawClient(house, 0);
        client.ask(CHAT, Speech.CHAT.request("m", stream), NARROW);
        upstream.next();
        checkCancelled("before the head", upstream, client.leave());
        RequestRecord record = checkFree(house);
        upstream.next();
        assertThat(record.status()).isEqualTo(499);
        assertThat(record.attempts()).hasSize(1);
        assertThat(record.error()).isNull();
      }
      assertThat(house.records()).isZero();
    }
  }

  @Test
  void whileAKeptAliveStreamWaitsForTheUpstreamsHead() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
              } else {
                connection.awaitDeparture();
              }
            });
        House house = house(upstream, "  limits: { keep_alive_interval: 20ms }")) {
      RawClient client = new RawClient(house, 0);
      client.ask(CHAT, Speech.CHAT.request("m", true), NARROW);
      client.readUntil(": keep-alive");
      checkCancelled("while it waits for the head", upstream, client.leave());
      checkFree(house);
    }
  }

  @Test
  void inTheMiddleOfAStreamWhileTheUpstreamIsSilent() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
              } else {
                connection.beginEvents();
                connection.chunk(Speech.CHAT.content("begun"));
                connection.awaitDeparture();
              }
            });
        House house = house(upstream, "")) {
      RawClient client = new RawClient(house, 0);
      client.ask(CHAT, Speech.CHAT.request("m", true), NARROW);
      client.readUntil("begun");
      checkCancelled("in a silent stream", upstream, client.leave());
      RequestRecord record = checkFree(house);
      assertThat(record.status()).isEqualTo(200);
      assertThat(record.usage()).isNotNull();
    }
  }

  @Test
  void inTheMiddleOfAStreamThatFlows() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
              } else {
                connection.beginEvents();
                while (true) {
                  connection.chunk(Speech.CHAT.content("flowing"));
                }
              }
            });
        House house = house(upstream, "")) {
      RawClient client = new RawClient(house, 0);
      client.ask(CHAT, Speech.CHAT.request("m", true), NARROW);
      client.readUntil("flowing");
      client.readBytes(100_000);
      checkCancelled("in a flowing stream", upstream, client.leave());
      checkFree(house);
    }
  }

  @Test
  void whileTheGatewayPausesBetweenTwoAttempts() {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
              } else {
                connection.whole(500, "text/plain", "x", "Connection", "close");
                connection.cut();
              }
            });
        House house = house(upstream, "")) {
      RawClient client = new RawClient(house, 0);
      client.ask(CHAT, Speech.CHAT.request("m", false), NARROW);
      upstream.next();
      // The upstream's own side is over before the pause of 10 s or more begins.
      upstream.departureNanos();
      long left = client.leave();
      RequestRecord record = house.anyRecord();
      long took = System.nanoTime() - left;
      System.out.printf("client gone in a pause: over after %.1f ms%n", took / 1e6);
      assertThat(took).isLessThan(BOUND_NANOS);
      assertThat(record.clientGone()).isTrue();
      assertThat(record.attempts()).hasSize(1);
      assertThat(ask(house).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whileItsRequestIsQueued() {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              go.await();
              answerWell(request, connection);
            });
        House house = house(upstream, "  limits: { keep_alive_interval: 20ms }")) {
      RawClient first = RawClient.asking(house, CHAT, Speech.CHAT.request("m", false));
      upstream.next();
      RawClient second = new RawClient(house, 0);
      second.ask(CHAT, Speech.CHAT.request("m", true), NARROW);
      second.readUntil(": keep-alive");
      long left = second.leave();
      RequestRecord record = house.anyRecord();
      long took = System.nanoTime() - left;
      System.out.printf("client gone in the queue: over after %.1f ms%n", took / 1e6);
      assertThat(took).isLessThan(BOUND_NANOS);
      assertThat(record.clientGone()).isTrue();
      assertThat(record.attempts()).isEmpty();
      go.countDown();
      first.readUntil("well");
      first.close();
      assertThat(house.anyRecord().clientGone()).isFalse();
      assertThat(ask(house).statusCode()).isEqualTo(200);
      upstream.next();
      assertThat(upstream.pending()).isZero();
    }
  }

  @Test
  void fiveHundredClientsThatLeaveLeaveNothingBehind() throws IOException, InterruptedException {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-silent")) {
                connection.awaitDeparture();
              }
              connection.beginEvents();
              connection.chunk(Speech.CHAT.content("begun"));
              connection.awaitDeparture();
            });
        House house =
            House.of(
                "  limits: { concurrent_streams_per_key: 20 }",
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s", max_concurrent: 20 }
                models:
                  "m*": { provider: p }
                """
                    .formatted(upstream.root()))) {
      cancelled(house, upstream, 100);
      long before = openFiles();
      long[] took = cancelled(house, upstream, 500);
      long after = openFiles();

      Arrays.sort(took);
      System.out.printf(
          "500 clients gone, 10 at once: upstream cancelled after %.1f ms (median), %.1f ms (99 %%),"
              + " %.1f ms (most); open files %d before, %d after%n",
          took[250] / 1e6, took[494] / 1e6, took[499] / 1e6, before, after);
      assertThat(took[499]).isLessThan(BOUND_NANOS);
      assertThat(after).isLessThan(before + 20);
    }
  }

  /** Ten at once; how long each took to reach the upstream, in nanoseconds. */
  private static long[] cancelled(House house, FakeUpstream upstream, int count)
      throws InterruptedException {
    BlockingQueue<Long> all = new LinkedBlockingQueue<>();
    for (int round = 0; round < count / 10; round++) {
      AtomicLong left = new AtomicLong();
      RawClient[] clients = new RawClient[10];
      for (int i = 0; i < 10; i++) {
        boolean silent = i % 2 == 0;
        String model = silent ? "m-silent" : "m-begun";
        clients[i] = RawClient.asking(house, CHAT, Speech.CHAT.request(model, true));
        upstream.next();
        if (!silent) {
          clients[i].readUntil("begun");
        }
      }
      left.set(System.nanoTime());
      Stream.of(clients).forEach(RawClient::close);
      for (int i = 0; i < 10; i++) {
        all.add(upstream.departureNanos() - left.get());
        assertThat(house.anyRecord().clientGone()).isTrue();
      }
    }
    long[] took = new long[count];
    for (int i = 0; i < count; i++) {
      took[i] = all.poll(1, TimeUnit.SECONDS);
    }
    return took;
  }

  private static long openFiles() throws IOException {
    Path files = Path.of("/proc/self/fd");
    if (!Files.isDirectory(files)) {
      return 0;
    }
    try (Stream<Path> open = Files.list(files)) {
      return open.count();
    }
  }

  @Test
  void aClientThatStopsReadingHoldsItsUpstreamBackAndNobodyElse() throws InterruptedException {
    AtomicLong written = new AtomicLong();
    CountDownLatch stuck = new CountDownLatch(1);
    String event = Speech.CHAT.content("x".repeat(16_000));
    int events = 4_000;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (Speech.model(request).equals("m-well")) {
                answerWell(request, connection);
                return;
              }
              connection.beginEvents();
              for (int i = 0; i < events; i++) {
                connection.chunk(event);
                written.addAndGet(event.length());
              }
              stuck.countDown();
              connection.chunk(String.join("", Speech.CHAT.ending()));
              connection.end();
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: openai-compatible, base_url: "%s" }
                models:
                  "m*": { provider: p }
                """
                    .formatted(upstream.root()));
        RawClient slow = new RawClient(house, 16 * 1024)) {
      slow.ask(CHAT, Speech.CHAT.request("m", true));
      slow.readUntil("xxx");
      // Everybody else goes on, and meanwhile no more is taken than buffers hold.
      for (int i = 0; i < 200; i++) {
        assertThat(house.post(CHAT, Speech.CHAT.request("m-well", true)).body())
            .isEqualTo(Speech.CHAT.stream("well"));
      }
      assertThat(stuck.await(0, TimeUnit.SECONDS)).isFalse();
      assertThat(written.get()).isLessThan(16_000_000);

      slow.readUntilQuiet("[DONE]");
      assertThat(written.get()).isEqualTo((long) events * event.length());
    }
  }

  @Test
  void aClientThatHangsUpBehindTheLastEventHasNotLeftEarly() {
    for (Speech speech : Speech.values()) {
      try (FakeUpstream upstream =
              FakeUpstream.of((request, connection) -> {
                connection.beginEvents();
                connection.chunk(speech.stream("well"));
                // The answer is whole, but its end does not come.
                connection.awaitDeparture();
              });
          House house =
              House.of(
                  "providers:\n"
                      + speech.provider("p", upstream.root())
                      + "models: { m: { provider: p } }")) {
        RawClient client =
            RawClient.asking(house, speech.path("m", true), speech.request("m", true));
        client.readUntil(speech.ending().getLast().strip());
        checkCancelled("behind the last event", upstream, client.leave());

        RequestRecord record = house.anyRecord();
        assertThat(record.clientGone()).isFalse();
        assertThat(record.error()).isNull();
        assertThat(record.finish()).isNotNull();
      }
    }
  }
}
