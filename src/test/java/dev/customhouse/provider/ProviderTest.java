package dev.customhouse.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.secret.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProviderTest {
  private static final long NOW = 7;

  private static Provider provider(int concurrent, int queue, Integer... weights) {
    return new Provider(
        "p",
        CompatibleHosts.speaking(DialectId.OPENAI_CHAT),
        URI.create("http://p.example"),
        Headers.EMPTY,
        IntStream.range(0, weights.length).mapToObj(i -> new Secret("sk-" + i)).toList(),
        List.of(weights),
        request -> {
          throw new IllegalStateException("nothing is sent here");
        },
        null,
        concurrent,
        queue);
  }

  private static Provider keys(Integer... weights) {
    return provider(10, 10, weights);
  }

  private static String pick(Provider provider, @Nullable String conversation) {
    UpstreamKey key = provider.pick(NOW, "m", conversation, null, Set.of());
    return key == null ? "none" : key.id();
  }

  private static List<String> turns(Provider provider, int count) {
    return IntStream.range(0, count).mapToObj(i -> pick(provider, null)).toList();
  }

  private static Map<String, Integer> counts(List<String> turns) {
    Map<String, Integer> counts = new HashMap<>();
    turns.forEach(key -> counts.merge(key, 1, Integer::sum));
    return counts;
  }

  @Test
  void aProviderWithoutKeysHasOneTurnForAll() {
    assertThat(turns(keys(), 3)).containsExactly("p", "p", "p");
  }

  @Test
  void turnsAreExactlyByWeightAndSpread() {
    assertThat(turns(keys(5, 1, 1), 7))
        .containsExactly("p#1", "p#1", "p#2", "p#1", "p#3", "p#1", "p#1");
    assertThat(counts(turns(keys(3, 2, 1), 600)))
        .isEqualTo(Map.of("p#1", 300, "p#2", 200, "p#3", 100));
  }

  @Test
  void largeWeightsAreScaledAndAWeightOfZeroGetsNoTurn() {
    assertThat(counts(turns(keys(900_000, 100_000, 0), 1_000)))
        .isEqualTo(Map.of("p#1", 900, "p#2", 100));
    assertThat(counts(turns(keys(1_000_000, 1), 1_001))).isEqualTo(Map.of("p#1", 1_000, "p#2", 1));
  }

  @Test
  void aRestingKeysTurnsGoToTheOthers() {
    Provider provider = keys(1, 1, 1);
    provider.keys().get(1).rest(NOW + 100);
    assertThat(counts(turns(provider, 30))).containsOnlyKeys("p#1", "p#3");
  }

  @Test
  void aTriedKeyComesLastAgain() {
    Provider provider = keys(1, 1);
    UpstreamKey first = provider.keys().getFirst();
    UpstreamKey second = provider.keys().getLast();
    assertThat(provider.pick(NOW, "m", null, null, Set.of(first))).isSameAs(second);
    second.rest(NOW + 100);
    assertThat(provider.hasReady(NOW, "m", null, Set.of(first))).isFalse();
    assertThat(provider.pick(NOW, "m", null, null, Set.of(first))).isSameAs(first);
    first.setAside(NOW + 900);
    assertThat(provider.pick(NOW, "m", null, null, Set.of())).isNull();
    assertThat(provider.waitNanos(NOW, "m", null)).isEqualTo(100);
    assertThat(provider.isLockedOut(NOW, "m", null)).isFalse();
    second.setAside("m", NOW + 500, NOW);
    assertThat(provider.isLockedOut(NOW, "m", null)).isTrue();
    assertThat(provider.waitNanos(NOW, "m", null)).isEqualTo(500);
    assertThat(provider.waitNanos(NOW, "other", null)).isEqualTo(100);
  }

  @Test
  void aBoundKeyIsTheOnlyOneAndRestsLikeAnyOther() {
    Provider provider = keys(1, 1, 0);
    for (int i = 0; i < 5; i++) {
      UpstreamKey bound = provider.pick(NOW, "m", "conversation", "p#3", Set.of());
      assertThat(bound).isSameAs(provider.keys().get(2));
    }
    provider.keys().get(2).rest(NOW + 40);
    assertThat(provider.pick(NOW, "m", null, "p#3", Set.of())).isNull();
    assertThat(provider.waitNanos(NOW, "m", "p#3")).isEqualTo(40);
    assertThat(provider.isLockedOut(NOW, "m", "p#3")).isFalse();
    // One that was taken out of the configuration gives way to any.
    assertThat(provider.pick(NOW, "m", null, "p#9", Set.of())).isNotNull();
  }

  @Test
  void conversationsAreSharedByWeightAndMoveOnlyWhenTheirKeyIsLost() {
    Provider provider = keys(1, 2, 1);
    Map<String, String> before = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      before.put("c" + i, pick(provider, "c" + i));
    }
    Map<String, Integer> shares = counts(new ArrayList<>(before.values()));
    assertThat(shares.get("p#1")).isCloseTo(1_000, Offset.offset(120));
    assertThat(shares.get("p#2")).isCloseTo(2_000, Offset.offset(120));
    provider.keys().getFirst().rest(NOW + 100);
    before.forEach((conversation, key) -> {
      String now = pick(provider, conversation);
      assertThat(now).isNotEqualTo("p#1");
      assertThat(key.equals("p#1") || now.equals(key)).isTrue();
    });
  }

  @Test
  void placesAreBoundedAndThoseWhoWaitAreBoundedToo() throws InterruptedException {
    Provider provider = provider(1, 1);
    Provider.Permit first = provider.enter(Duration.ofDays(1));
    assertThat(first).isNotNull();
    assertThat(provider.enter(Duration.ofMillis(1))).isNull();
    CompletableFuture<Provider.@Nullable Permit> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return provider.enter(Duration.ofDays(1));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            Thread::startVirtualThread);
    first.close();
    first.close();
    Provider.Permit second = waiting.join();
    assertThat(second).isNotNull();
    assertThat(provider.enterSpare()).isNull();
    second.close();
    assertThat(provider.queued()).isZero();
    Provider.Permit third = provider.enter(Duration.ZERO);
    assertThat(third).isNotNull();
  }

  @Test
  void withoutAQueueAFreePlaceIsFoundAndAFullHouseIsFullAtOnce() throws InterruptedException {
    Provider provider = provider(2, 0);
    assertThat(provider.enter(Duration.ofDays(1))).isNotNull();
    assertThat(provider.enter(Duration.ofDays(1))).isNotNull();
    assertThat(provider.enter(Duration.ofDays(1))).isNull();
  }

  @Test
  void onlyHalfOfThePlacesAreEverSpare() {
    Provider provider = provider(6, 0);
    int spare = 0;
    while (provider.enterSpare() != null) {
      spare++;
    }
    assertThat(spare).isEqualTo(3);
    assertThat(provider(1, 0).enterSpare()).isNull();
  }

  @Test
  void theModelsWhoseHealthIsKeptAreBounded() {
    Provider provider = keys();
    for (int i = 0; i < 3_000; i++) {
      provider.health("m" + i);
    }
    assertThat(provider.knownHealth()).hasSize(1_001);
    assertThat(provider.health("m2999")).isSameAs(provider.health("m2998"));
    assertThat(provider.health("m1")).isNotSameAs(provider.health("m2"));
  }
}
