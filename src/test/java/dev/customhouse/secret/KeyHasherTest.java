package dev.customhouse.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class KeyHasherTest {
  private final byte[] pepper = pepper(1);
  private final KeyHasher hasher = new KeyHasher(pepper);

  @Test
  void theHashIsHmacSha256UnderThePepper() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(pepper, "HmacSHA256"));

    for (String key : new String[] {"", "k", "schlüssel", "x".repeat(1_000)}) {
      assertThat(hasher.hash(key).toBytes())
          .isEqualTo(mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void equalKeysHaveEqualHashesAndFindEachOtherInAMap() {
    Map<KeyHash, String> names = new HashMap<>();
    names.put(hasher.hash("one"), "first");

    assertThat(names).containsEntry(KeyHash.of(hasher.hash("one").toBytes()), "first");
    assertThat(names).doesNotContainKey(hasher.hash("two"));
    assertThat(new KeyHasher(pepper(2)).hash("one")).isNotEqualTo(hasher.hash("one"));
  }

  @Test
  void aHashCannotBeChangedFromOutsideAndIsNotPrinted() {
    byte[] bytes = hasher.hash("one").toBytes();
    KeyHash hash = KeyHash.of(bytes);
    bytes[0]++;
    hash.toBytes()[1]++;

    assertThat(hash).isEqualTo(hasher.hash("one"));
    assertThat(hash).hasToString("KeyHash[32 bytes]");
  }

  @Test
  void otherLengthsAreRefused() {
    assertThatThrownBy(() -> KeyHash.of(new byte[31]))
        .hasMessageContaining("31 bytes; expected 32");
    assertThatThrownBy(() -> new KeyHasher(new byte[33])).hasMessageContaining("33 bytes");
  }

  @Test
  void manyThreadsHashAtOnce() {
    KeyHash expected = hasher.hash("one");

    assertThat(
            IntStream.range(0, 20_000)
                .parallel()
                .allMatch(i -> hasher.hash("one").equals(expected)))
        .isTrue();
  }

  private static byte[] pepper(long seed) {
    byte[] bytes = new byte[KeyHasher.PEPPER_BYTES];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
