package dev.customhouse.flow.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.audit.Events;
import dev.customhouse.audit.Trace;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.dialect.anthropicmessages.AnthropicMessages;
import dev.customhouse.dialect.gemini.Gemini;
import dev.customhouse.dialect.openaichat.OpenAiChat;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.secret.Secret;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One attempt after another, with a transport that is told what to bring and pauses that do not.
 */
class UpstreamTest {
  private static final Set<ErrorKind> ALL =
      EnumSet.of(
          ErrorKind.RATE_LIMITED,
          ErrorKind.OVERLOADED,
          ErrorKind.TIMEOUT,
          ErrorKind.NETWORK,
          ErrorKind.BAD_GATEWAY);

  private static final String WELL =
      "{\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}";

  private final Deque<Outcome> outcomes = new ArrayDeque<>();
  private final List<UpstreamRequest> sent = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private int open;

  /** What the transport brings: an answer, or a failure to bring one when the status is 0. */
  private record Outcome(int status, Headers headers, String body) {
    static Outcome well() {
      return new Outcome(200, Headers.of("content-type", "application/json"), WELL);
    }

    static Outcome of(int status, String... headers) {
      return new Outcome(
          status,
          Headers.of(headers).toBuilder().add("content-type", "application/json").build(),
          "{\"error\":{\"message\":\"m\"}}");
    }
  }

  private final class Answer implements UpstreamAnswer {
    private final Outcome outcome;
    private boolean read;

    Answer(Outcome outcome) {
      this.outcome = outcome;
      open++;
    }

    @Override
    public int status() {
      return outcome.status();
    }

    @Override
    public Headers headers() {
      return outcome.headers();
    }

    @Override
    public byte @Nullable [] next(Duration timeout) {
      if (read) {
        return null;
      }
      read = true;
      return outcome.body().getBytes(UTF_8);
    }

    @Override
    public void close() {
      open--;
    }
  }

  private final Transport transport =
      request -> {
        sent.add(request);
        Outcome next = outcomes.isEmpty() ? Outcome.well() : outcomes.remove();
        if (next.status() == 0) {
          throw new TransportException(TransportException.Reason.CONNECT, "refused");
        }
        return new Answer(next);
      };

  private final Events noted =
      new Events() {
        @Override
        public void keySetAside(String provider, String upstreamKey, ErrorKind why) {
          events.add("set aside " + upstreamKey + " " + why);
        }

        @Override
        public void circuitOpened(String provider, String model) {
          events.add("opened " + provider + "/" + model);
        }

        @Override
        public void shadowed(String provider, String model, int status, long durationMicros) {
          events.add("shadowed " + status);
        }

        @Override
        public void shadowSkipped(String provider, String model) {
          events.add("skipped");
        }

        @Override
        public void shed(String where) {
          events.add("shed " + where);
        }
      };

  private final Upstream upstream =
      new Upstream(
          new Dialects(
              new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new Gemini()),
          new Timeouts(
              Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(15), 1_000_000),
          pauses::add,
          new Random(3),
          Clock.systemUTC(),
          noted);

  private Provider provider(String id, int keys) {
    return new Provider(
        id,
        CompatibleHosts.speaking(DialectId.OPENAI_CHAT),
        URI.create("http://" + id + ".example"),
        Headers.EMPTY,
        IntStream.rangeClosed(1, keys).mapToObj(i -> new Secret("sk-" + id + i)).toList(),
        java.util.Collections.nCopies(keys, 1),
        transport,
        null,
        1,
        0);
  }

  private final Fleet fleet = new Fleet(List.of(provider("a", 1), provider("b", 3)));

  private static Leg leg(String provider, int attempts) {
    return new Leg("route", provider, "m", attempts, null, DialectId.OPENAI_CHAT);
  }

  private Trace trace = newTrace();

  private static Trace newTrace() {
    return new Trace(
        record -> {},
        "req_1",
        Instant.EPOCH,
        System.nanoTime(),
        TraceContext.of(null, new Random(1)),
        "127.0.0.1",
        "POST",
        "/v1/chat/completions");
  }

  private Delivery send(Duration backoff, Leg... legs) throws InterruptedException {
    trace = newTrace();
    Call call =
        new Call(
            "req_1",
            Operation.CHAT,
            DialectId.OPENAI_CHAT,
            "POST",
            "/v1/chat/completions",
            null,
            Headers.EMPTY,
            new byte[] {'{', '}'},
            "m",
            null,
            false,
            false,
            Call.Marks.NONE,
            null,
            null);
    return upstream.send(
        new Plan.Journey(List.of(legs), ALL, backoff, null, "ordered", OnUnsupported.LISTED),
        call,
        fleet,
        (leg, traceparent, timeout) ->
            new Outgoing(
                call,
                new UpstreamRequest(
                    "POST",
                    URI.create("http://" + leg.provider()),
                    Headers.of("traceparent", traceparent),
                    call.body(),
                    timeout),
                losses()),
        trace);
  }

  private static Losses losses() {
    return new Losses(
        LossTable.load(),
        DialectId.OPENAI_CHAT,
        DialectId.OPENAI_CHAT,
        new Target("a", "openai", "m"),
        OnUnsupported.LISTED);
  }

  private List<String> keysSent() {
    return sent.stream()
        .map(request ->
            String.valueOf(request.headers().get("authorization")).replace("Bearer ", ""))
        .toList();
  }

  @Test
  void pausesGrowUpToABoundAndTheCircuitEndsTheTriesOfTheRequestThatOpensIt()
      throws InterruptedException {
    for (int i = 0; i < 9; i++) {
      outcomes.add(Outcome.of(500));
    }
    try (Delivery last = send(Duration.ofSeconds(3), leg("a", 10))) {
      assertThat(last.isError()).isTrue();
      assertThat(last.status()).isEqualTo(500);
    }
    assertThat(sent).hasSize(5);
    assertThat(events).containsExactly("opened a/m");
    long[] most = {3_000, 6_000, 10_000, 10_000};
    assertThat(pauses).hasSize(4);
    for (int i = 0; i < most.length; i++) {
      assertThat(pauses.get(i).toMillis()).isBetween(most[i] / 2, most[i]);
    }
  }

  @Test
  void anotherProviderIsAskedWithoutAPause() throws InterruptedException {
    outcomes.add(Outcome.of(500));
    try (Delivery delivery = send(Duration.ofSeconds(3), leg("a", 1), leg("b", 1))) {
      assertThat(delivery.leg().provider()).isEqualTo("b");
    }
    assertThat(pauses).isEmpty();
    assertThat(keysSent()).containsExactly("sk-a1", "sk-b1");
  }

  @Test
  void aTryIsNeverSoonerThanTheUpstreamAsksFor() throws InterruptedException {
    outcomes.add(Outcome.of(503, "retry-after-ms", "199"));
    send(Duration.ofMillis(200), leg("a", 2)).close();
    assertThat(pauses).hasSize(1);
    assertThat(pauses.getFirst().toMillis()).isBetween(199L, 200L);

    outcomes.add(Outcome.of(503, "retry-after", "1"));
    try (Delivery delivery = send(Duration.ofMillis(200), leg("a", 2))) {
      assertThat(delivery.status()).isEqualTo(503);
      assertThat(delivery.headers().get("retry-after")).isEqualTo("1");
    }
    assertThat(pauses).hasSize(1);
  }

  @Test
  void keysThatAreRefusedOrSlowedDownCostNoAttempt() throws InterruptedException {
    outcomes.add(Outcome.of(401));
    outcomes.add(Outcome.of(429));
    outcomes.add(Outcome.of(500));
    try (Delivery delivery = send(Duration.ofMillis(10), leg("b", 2))) {
      assertThat(delivery.isError()).isFalse();
      assertThat(delivery.upstreamKeyId()).isEqualTo("b#3");
    }
    assertThat(keysSent()).containsExactly("sk-b1", "sk-b2", "sk-b3", "sk-b3");
    assertThat(pauses).hasSize(1);
    assertThat(events).containsExactly("set aside b#1 UNAUTHORIZED");
    assertThat(trace.attempts())
        .extracting(Attempt::error)
        .containsExactly(
            ErrorKind.UNAUTHORIZED, ErrorKind.RATE_LIMITED, ErrorKind.BAD_GATEWAY, null);
  }

  @Test
  void whatOneLegSaidIsNotHiddenByAnotherThatCouldNotBeAsked() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      outcomes.add(Outcome.of(500));
    }
    send(Duration.ZERO, leg("b", 5)).close();
    outcomes.add(Outcome.of(502));
    try (Delivery delivery = send(Duration.ZERO, leg("a", 1), leg("b", 1))) {
      assertThat(delivery.status()).isEqualTo(502);
      assertThat(delivery.leg().provider()).isEqualTo("a");
    }
  }

  @Test
  void everythingIsGivenBackWhenTheClientLeavesInAPause() throws InterruptedException {
    Upstream impatient =
        new Upstream(
            new Dialects(
                new OpenAiChat(), new OpenAiResponses(), new AnthropicMessages(), new Gemini()),
            new Timeouts(
                Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(15), 1_000_000),
            time -> {
              throw new InterruptedException();
            },
            new Random(3),
            Clock.systemUTC(),
            noted);
    outcomes.add(Outcome.of(500));
    Call call =
        new Call(
            "req_1",
            Operation.CHAT,
            DialectId.OPENAI_CHAT,
            "POST",
            "/v1/chat/completions",
            null,
            Headers.EMPTY,
            new byte[0],
            "m",
            null,
            false,
            false,
            Call.Marks.NONE,
            null,
            null);
    assertThatThrownBy(() ->
            impatient.send(
                new Plan.Journey(
                    List.of(leg("a", 2)),
                    ALL,
                    Duration.ofSeconds(1),
                    null,
                    "x",
                    OnUnsupported.LISTED),
                call,
                fleet,
                (leg, traceparent, timeout) ->
                    new Outgoing(
                        call,
                        new UpstreamRequest(
                            "POST", URI.create("http://a"), Headers.EMPTY, call.body(), timeout),
                        losses()),
                newTrace()))
        .isInstanceOf(InterruptedException.class);
    assertThat(open).isZero();
    // The provider has one place and nobody may wait for it: it is free.
    send(Duration.ZERO, leg("a", 1)).close();
    assertThat(open).isZero();
  }

  @Test
  void aProbeThatCouldNotBeMadeLeavesItsTurnToTheNext() throws InterruptedException {
    Provider provider = fleet.get("a");
    assertThat(provider).isNotNull();
    for (int i = 0; i < 5; i++) {
      var turn = provider.health("m").enter(0);
      assertThat(turn).isNotNull();
      turn.failed(System.nanoTime() - 6_000_000_000L);
    }
    provider.keys().getFirst().rest(System.nanoTime() + 500_000_000_000L);
    assertThatThrownBy(() -> send(Duration.ZERO, leg("a", 1)))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.RATE_LIMITED));
    assertThat(provider.health("m").enter(System.nanoTime())).isNotNull();
  }

  @Test
  void aFullProviderIsNoAttemptAndTheNextOneIsAsked() throws InterruptedException {
    try (Delivery first = send(Duration.ZERO, leg("a", 1))) {
      assertThat(first.isError()).isFalse();
      try (Delivery second = send(Duration.ZERO, leg("a", 1), leg("b", 1))) {
        assertThat(second.leg().provider()).isEqualTo("b");
        assertThat(trace.attempts()).hasSize(1);
      }
      assertThatThrownBy(() -> send(Duration.ZERO, leg("a", 1)))
          .isInstanceOfSatisfying(
              Refusal.class,
              e -> {
                assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
                assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(1));
              });
    }
    assertThat(events).containsExactly("shed a", "shed a");
  }
}
