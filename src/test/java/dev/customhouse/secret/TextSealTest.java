package dev.customhouse.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Texts that clients carry and only the gateway reads. */
class TextSealTest {
  private static final String TEXT = "what was said, with ünïcode";

  private static TextSeal seal(int pepper) {
    byte[] bytes = new byte[KeyHasher.PEPPER_BYTES];
    Arrays.fill(bytes, (byte) pepper);
    return new TextSeal(new KeyHasher(bytes));
  }

  @Test
  void itsOwnerGetsTheTextBackAndTheSameTextIsSealedTheSame() {
    String sealed = seal(1).seal("project:a", TEXT);

    assertThat(sealed).matches("[A-Za-z0-9_-]+").doesNotContain("said");
    assertThat(seal(1).open("project:a", sealed)).isEqualTo(TEXT);
    assertThat(seal(1).seal("project:a", TEXT)).isEqualTo(sealed);
    assertThat(seal(1).seal("project:b", TEXT)).isNotEqualTo(sealed);
    assertThat(seal(1).open("project:a", seal(1).seal("project:a", ""))).isEmpty();
  }

  @Test
  void nobodyElseDoesNorAnybodyWhenItWasChanged() {
    String sealed = seal(1).seal("project:a", TEXT);
    char other = sealed.charAt(20) == 'A' ? 'B' : 'A';

    assertThat(seal(1).open("project:b", sealed)).isNull();
    assertThat(seal(2).open("project:a", sealed)).isNull();
    assertThat(seal(1).open("project:a", sealed.substring(0, 20) + other + sealed.substring(21)))
        .isNull();
    for (String wrong : new String[] {"", "AAAA", "not base64!", sealed.substring(0, 24)}) {
      assertThat(seal(1).open("project:a", wrong)).isNull();
    }
  }
}
