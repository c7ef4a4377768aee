package dev.customhouse.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class KeyFormatTest {
  @Test
  void aKeyIsThePrefixThenFortyThreeThenSixCharactersOfBase62() {
    String key = KeyFormat.generate(new Random(1));

    assertThat(key).matches("sk-ch-[0-9A-Za-z]{49}").hasSize(KeyFormat.LENGTH_CHARS);
    assertThat(KeyFormat.isWellFormed(key)).isTrue();
    assertThat(KeyFormat.generate(new Random(1))).isEqualTo(key);
    assertThat(KeyFormat.generate(new Random(2))).isNotEqualTo(key);
  }

  @Test
  void theSmallestAndTheLargestRandomNumberFit() {
    assertThat(KeyFormat.generate(bytesOf(0)))
        .startsWith("sk-ch-" + "0".repeat(43))
        .matches(KeyFormat::isWellFormed);
    assertThat(KeyFormat.generate(bytesOf(0xff)))
        .hasSize(KeyFormat.LENGTH_CHARS)
        .matches(KeyFormat::isWellFormed);
  }

  @Test
  void everySingleChangedCharacterIsNoticed() {
    String key = KeyFormat.generate(new Random(3));

    for (int i = 0; i < key.length(); i++) {
      char other = key.charAt(i) == 'x' ? 'y' : 'x';
      assertThat(KeyFormat.isWellFormed(key.substring(0, i) + other + key.substring(i + 1)))
          .as("character " + i)
          .isFalse();
    }
  }

  @Test
  void whatIsTooShortTooLongOrOfAnotherAlphabetIsNoKey() {
    String key = KeyFormat.generate(new Random(4));

    assertThat(KeyFormat.isWellFormed("")).isFalse();
    assertThat(KeyFormat.isWellFormed(key.substring(1))).isFalse();
    assertThat(KeyFormat.isWellFormed(key + "0")).isFalse();
    assertThat(KeyFormat.isWellFormed(key.substring(0, 54) + "é")).isFalse();
    assertThat(KeyFormat.isWellFormed(key.substring(0, 54) + "-")).isFalse();
  }

  @Test
  void aHintShowsNineAndFourCharactersOfAKeyAndNothingOfAShortText() {
    String key = KeyFormat.generate(new Random(5));

    assertThat(KeyFormat.hint(key)).isEqualTo(key.substring(0, 9) + "…" + key.substring(51));
    assertThat(KeyFormat.hint("a-short-static-key")).isEqualTo("…");
  }

  private static RandomGenerator bytesOf(int value) {
    return () -> value * 0x0101010101010101L;
  }
}
