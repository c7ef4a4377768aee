package dev.customhouse.flow.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Glob;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Health;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouterTest {
  private static final Caller ANYBODY = new Caller("k", "test", null, List.of(), null, 10);
  private static final Transport NOWHERE =
      request -> {
        throw new IllegalStateException("nothing is sent here");
      };

  @TempDir Path folder = Path.of("");
  private final Fleet fleet =
      new Fleet(
          List.of(
              provider("a", DialectId.OPENAI_CHAT),
              provider("b", DialectId.OPENAI_CHAT),
              provider("c", DialectId.OPENAI_CHAT),
              provider("messages", DialectId.ANTHROPIC_MESSAGES)));
  private @Nullable Storage storage;

  @BeforeEach
  void open() {
    storage = Storage.open(folder, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    if (storage != null) {
      storage.close();
    }
  }

  private static Provider provider(String id, DialectId dialect) {
    return new Provider(
        id,
        CompatibleHosts.speaking(dialect),
        URI.create("http://" + id + ".example"),
        Headers.EMPTY,
        List.of(),
        List.of(),
        NOWHERE,
        null,
        10,
        10);
  }

  private Router router(String models) {
    Settings settings =
        new SettingsReader()
            .read(
                """
                providers:
                  a: { type: openai-compatible, base_url: "http://a.example" }
                  b: { type: openai-compatible, base_url: "http://b.example" }
                  c: { type: openai-compatible, base_url: "http://c.example" }
                  messages: { type: anthropic-compatible, base_url: "http://d.example" }
                models:
                """
                    + models.indent(2),
                "test.yaml");
    Storage store = storage;
    assertThat(store).isNotNull();
    return new Router(
        settings.models(), List.of(), fleet, store.origins(), new Random(7), Clock.systemUTC());
  }

  private static Call call(String model) {
    return call(model, null);
  }

  private static Call call(String model, @Nullable String conversation) {
    return call(model, conversation, Operation.CHAT);
  }

  private static Call call(String model, @Nullable String conversation, Operation operation) {
    return new Call(
        "r",
        operation,
        DialectId.OPENAI_CHAT,
        "POST",
        "/v1/chat/completions",
        null,
        Headers.EMPTY,
        new byte[0],
        model,
        null,
        false,
        false,
        Call.Marks.NONE,
        conversation,
        null);
  }

  private static Plan.Journey journey(Router router, Call call) {
    return (Plan.Journey) router.plan(ANYBODY, call);
  }

  private static List<String> ways(Router router, Call call) {
    return journey(router, call).legs().stream()
        .map(leg -> leg.provider() + "/" + leg.model())
        .toList();
  }

  @Test
  void anExactNameGoesBeforeGlobsAndOfThoseTheMostLiteralOneFirst() {
    Router router =
        router(
            """
            "*": { provider: a, model: rest }
            "gpt-*": { provider: a, model: globbed }
            "gpt-5*": { provider: b, model: closer }
            gpt-5.5: { provider: c, model: exact }
            """);

    assertThat(ways(router, call("gpt-5.5"))).containsExactly("c/exact");
    assertThat(ways(router, call("gpt-5.6"))).containsExactly("b/closer");
    assertThat(ways(router, call("gpt-4"))).containsExactly("a/globbed");
    assertThat(ways(router, call("other"))).containsExactly("a/rest");
  }

  @Test
  void anAliasHasItsOwnNameUpstreamAndAStarPassesOnWhatItMatched() {
    Router router =
        router(
            """
            smart: { provider: a, model: gpt-5.5 }
            "team/*": { provider: b, model: "*" }
            "raw-*": { provider: c }
            """);

    assertThat(ways(router, call("smart"))).containsExactly("a/gpt-5.5");
    assertThat(ways(router, call("team/org/gpt-5.5"))).containsExactly("b/org/gpt-5.5");
    assertThat(ways(router, call("raw-x"))).containsExactly("c/raw-x");
  }

  @Test
  void weightsAreSharesOfTheTrafficAndTheLighterOnesAreTheReserve() {
    Router router =
        router(
            """
            m:
              targets:
                - { provider: a, weight: 90 }
                - { provider: b, weight: 9 }
                - { provider: c, weight: 1 }
            """);
    Map<String, Integer> first = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      List<String> ways = ways(router, call("m"));
      assertThat(ways).hasSize(3).doesNotHaveDuplicates();
      first.merge(ways.getFirst(), 1, Integer::sum);
    }
    assertThat(first.get("a/m")).isCloseTo(18_000, Offset.offset(200));
    assertThat(first.get("b/m")).isCloseTo(1_800, Offset.offset(200));
    assertThat(first.get("c/m")).isCloseTo(200, Offset.offset(60));
  }

  @Test
  void aTargetOfWeightZeroIsSetAside() {
    Router router =
        router("m: { targets: [ { provider: a, weight: 0 }, { provider: b, weight: 5 } ] }");

    for (int i = 0; i < 100; i++) {
      assertThat(ways(router, call("m"))).containsExactly("b/m");
    }
  }

  @Test
  void aConversationStaysAtItsTargetAndTheConversationsAreSharedByWeight() {
    Router router =
        router("m: { targets: [ { provider: a, weight: 3 }, { provider: b, weight: 1 } ] }");
    int atA = 0;
    for (int i = 0; i < 4_000; i++) {
      List<String> ways = ways(router, call("m", "session-" + i));
      assertThat(ways(router, call("m", "session-" + i))).isEqualTo(ways);
      atA += ways.getFirst().equals("a/m") ? 1 : 0;
    }
    assertThat(atA).isCloseTo(3_000, Offset.offset(120));
  }

  @Test
  void anOrderedRouteKeepsItsOrder() {
    Router router =
        router(
            """
            m:
              strategy: ordered
              targets: [ { provider: c }, { provider: a, model: x }, { provider: b } ]
            """);

    assertThat(ways(router, call("m"))).containsExactly("c/m", "a/x", "b/m");
  }

  @Test
  void theQuickerTargetIsPreferredAndTheSlowerOneStillMeasuredNowAndThen() {
    Router router =
        router("m: { strategy: least_latency, targets: [ { provider: a }, { provider: b } ] }");
    measure("a", 300);
    // What was never measured is measured first.
    assertThat(count(router, "b/m")).isGreaterThan(900);
    measure("b", 100);
    assertThat(count(router, "b/m")).isBetween(900, 990);
    for (int i = 0; i < 30; i++) {
      measure("b", 900);
    }
    assertThat(count(router, "a/m")).isBetween(900, 990);
  }

  private void measure(String provider, int millis) {
    Provider known = fleet.get(provider);
    assertThat(known).isNotNull();
    Health.Turn turn = known.health("m").enter(System.nanoTime());
    assertThat(turn).isNotNull();
    turn.succeeded(millis * 1_000_000L);
  }

  private static int count(Router router, String first) {
    int count = 0;
    for (int i = 0; i < 1_000; i++) {
      count += ways(router, call("m")).getFirst().equals(first) ? 1 : 0;
    }
    return count;
  }

  @Test
  void aChatGoesToTargetsOfOtherDialectsTooInTheOrderOfTheStrategy() {
    Router router =
        router("m: { strategy: ordered, targets: [ { provider: messages }, { provider: b } ] }");

    assertThat(journey(router, call("m")).legs())
        .extracting(Leg::dialect)
        .containsExactly(DialectId.ANTHROPIC_MESSAGES, DialectId.OPENAI_CHAT);
  }

  @Test
  void targetsThatCannotDoWhatIsAskedAreLeftOut() {
    Router router =
        router(
            """
            m: { strategy: ordered, targets: [ { provider: messages }, { provider: b } ] }
            only: { provider: messages }
            led: { provider: messages, fallbacks: [m] }
            """);

    Call embeddings = call("m", null, Operation.EMBEDDINGS);
    assertThat(ways(router, embeddings)).containsExactly("b/m");
    assertThat(ways(router, call("led", null, Operation.EMBEDDINGS))).containsExactly("b/m");
    assertThatThrownBy(() -> router.plan(ANYBODY, call("only", null, Operation.EMBEDDINGS)))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
              assertThat(refusal.getMessage()).contains("'only'", "'messages'", "openai-chat");
            });
  }

  @Test
  void fallbacksFollowInOrderThenTheirOwnEachWayOnceAndOnlyWhereTheKeyMayGo() {
    Router router =
        router(
            """
            m: { provider: a, fallbacks: [second, third] }
            second: { provider: b, fallbacks: [fourth, closed, third] }
            third: { provider: c }
            fourth: { provider: a, model: m, fallbacks: [fifth] }
            fifth: { provider: a }
            closed: { provider: b }
            """);
    Caller caller =
        new Caller(
            "k",
            "test",
            null,
            Stream.of("m", "second", "third", "fo*", "fifth").map(Glob::new).toList(),
            null,
            10);
    Plan.Journey journey = (Plan.Journey) router.plan(caller, call("m"));

    assertThat(journey.legs())
        .extracting(Leg::provider, Leg::model, Leg::route)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", "m", "m"),
            org.assertj.core.groups.Tuple.tuple("b", "second", "second"),
            org.assertj.core.groups.Tuple.tuple("c", "third", "third"),
            org.assertj.core.groups.Tuple.tuple("a", "fifth", "fifth"));
  }

  @Test
  void anUnknownModelIsNotFoundWithTheNearestNamesAndAClosedOneForbidden() {
    Router router = router("{ gpt-5.5: { provider: a }, gpt-secret: { provider: b } }");
    Caller caller = new Caller("k", "test", null, List.of(new Glob("gpt-5*")), null, 10);

    assertThatThrownBy(() -> router.plan(caller, call("gpt-5.6")))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.NOT_FOUND);
              assertThat(refusal.code()).isEqualTo("model_not_found");
              assertThat(refusal.getMessage()).contains("'gpt-5.5'").doesNotContain("secret");
            });
    assertThatThrownBy(() -> router.plan(caller, call("gpt-secret")))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.FORBIDDEN);
              assertThat(refusal.code()).isEqualTo("model_not_permitted");
            });
  }

  @Test
  void aShareOfTheRequestsIsCopied() {
    Router router =
        router(
            """
            m: { provider: a, shadow: { model: candidate, percent: 25 } }
            always: { provider: a, shadow: { model: candidate, percent: 100 } }
            never: { provider: a, shadow: { model: candidate, percent: 0 } }
            candidate: { provider: b, model: x }
            """);
    int copies = 0;
    for (int i = 0; i < 4_000; i++) {
      copies += journey(router, call("m")).shadow() == null ? 0 : 1;
      assertThat(journey(router, call("never")).shadow()).isNull();
      assertThat(journey(router, call("always")).shadow())
          .isEqualTo(new Leg("candidate", "b", "x", 2, null, DialectId.OPENAI_CHAT));
    }
    assertThat(copies).isCloseTo(1_000, Offset.offset(120));
  }

  private static Call answering(DialectId dialect, Headers headers, @Nullable String boundTo) {
    return new Call(
        "r",
        Operation.CHAT,
        dialect,
        "POST",
        "/",
        null,
        headers,
        new byte[0],
        "m",
        null,
        false,
        false,
        Call.Marks.NONE,
        null,
        boundTo);
  }

  @Test
  void anAnswerIsRememberedOnlyWhereTheProviderKeepsItInTheClientsDialect() {
    Router router = router("m: { provider: a }");
    Call call = answering(DialectId.OPENAI_RESPONSES, Headers.EMPTY, null);
    Leg own = new Leg("m", "a", "m", 1, null, DialectId.OPENAI_RESPONSES);
    Leg other = new Leg("m", "a", "m", 1, null, DialectId.OPENAI_CHAT);
    router.remember(ANYBODY, call, own, "key", "resp_1");
    router.remember(ANYBODY, call, other, "key", "resp_2");

    Storage store = storage;
    assertThat(store).isNotNull();
    assertThat(store.origins().find("k", "resp_1")).isPresent();
    assertThat(store.origins().find("k", "resp_2")).isEmpty();
  }

  @Test
  void whatAProviderKeepsIsNotGoneOnFromInAnotherDialect() {
    Router router = router("m: { provider: a }");
    Headers threads = Headers.of("anthropic-beta", "message-threads-2026-08-12");
    Call thread = answering(DialectId.ANTHROPIC_MESSAGES, threads, "msg_1");
    router.remember(
        ANYBODY,
        thread,
        new Leg("m", "a", "m", 1, null, DialectId.ANTHROPIC_MESSAGES),
        "key",
        "msg_1");

    assertThatThrownBy(() -> router.plan(ANYBODY, thread))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.NOT_FOUND);
              assertThat(refusal.code()).isEqualTo("thread_not_found");
            });
  }
}
