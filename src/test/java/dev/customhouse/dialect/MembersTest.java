package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Refusal;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Members of what clients of OpenAI's dialects write, and addresses that hold their data. */
class MembersTest {
  private static final String OBJECT =
      "{'t':'x','n':1.50,'w':256.0,'b':true,'l':[1],'o':{'i':'y'},'nil':null,'big':3000000000,"
          + "'empty':'','other':2}";

  private static Members members() {
    return Members.of(Crossing.json(OBJECT), "in[0]");
  }

  @Test
  void whatWasReadIsNotAmongTheRest() {
    Members members = members();
    assertThat(members.text("t")).isEqualTo("x");
    assertThat(members.number("n")).isEqualByComparingTo("1.5");
    assertThat(members.whole("w")).isEqualTo(256);
    assertThat(members.count("w")).isEqualTo(256);
    assertThat(members.positive("w")).isEqualTo(256);
    assertThat(members.flag("b")).isTrue();
    assertThat(members.list("l")).hasSize(1);
    assertThat(Objects.requireNonNull(members.object("o")).requiredText("i")).isEqualTo("y");
    members.forget("other", members.get("other"));
    assertThat(members.rest()).containsOnlyKeys("big", "empty");
    assertThat(members.others(Set.of("t"))).containsKeys("n", "other").doesNotContainKey("nil");
  }

  @Test
  void nullAndAbsentAreTheSame() {
    for (String name : new String[] {"nil", "absent"}) {
      Members members = members();
      assertThat(members.has(name)).isFalse();
      assertThat(members.text(name)).isNull();
      assertThat(members.flag(name)).isNull();
      assertThat(members.number(name)).isNull();
      assertThat(members.count(name)).isNull();
      assertThat(members.positive(name)).isNull();
      assertThat(members.object(name)).isNull();
      assertThat(members.list(name)).isEmpty();
      assertThat(members.peek(name)).isNull();
    }
  }

  @Test
  void aValueOfAnotherTypeIsRefusedByItsPath() {
    assertRefused(members -> members.text("n"), "in[0].n", "a string, but it is a number");
    assertRefused(members -> members.flag("t"), "in[0].t", "true or false, but it is a string");
    assertRefused(members -> members.number("b"), "in[0].b", "a number, but it is a boolean");
    assertRefused(members -> members.whole("n"), "in[0].n", "a whole number");
    assertRefused(members -> members.count("big"), "in[0].big", "at most 32 bits");
    assertRefused(members -> members.list("o"), "in[0].o", "an array, but it is an object");
    assertRefused(members -> members.object("l"), "in[0].l", "an object, but it is an array");
    assertRefused(members -> members.requiredText("empty"), "in[0].empty", "is missing");
    assertRefused(members -> members.requiredObject("nil"), "in[0].nil", "is missing");
  }

  private static void assertRefused(Consumer<Members> reading, String path, String words) {
    assertThatThrownBy(() -> reading.accept(members()))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.param()).isEqualTo(path);
              assertThat(refusal).hasMessageContaining("'" + path + "'");
              assertThat(refusal).hasMessageContaining(words);
            });
  }

  @Test
  void anAddressThatHoldsItsDataIsTakenApart() {
    assertThat(DataUrl.parse("data:image/PNG;charset=x;base64, aGk= "))
        .isEqualTo(new DataUrl("image/png", "aGk="));
    assertThat(DataUrl.parse("DATA:;Base64,aGk=")).isEqualTo(new DataUrl(null, "aGk="));
    assertThat(DataUrl.parse("data:text/plain,hi")).isNull();
    assertThat(DataUrl.parse("https://h/x;base64,aGk=")).isNull();
    assertThat(new DataUrl("image/png", "aGk=").text()).isEqualTo("data:image/png;base64,aGk=");
    assertThat(new DataUrl(null, "aGk="))
        .satisfies(
            url -> assertThat(url.text()).isEqualTo("data:application/octet-stream;base64,aGk="))
        .doesNotHaveToString("aGk=");
    assertThat(DataUrl.imageType("/9j/4AAQ")).isEqualTo("image/jpeg");
    assertThat(DataUrl.imageType("R0lGODlh")).isEqualTo("image/gif");
    assertThat(DataUrl.imageType("UklGRg")).isEqualTo("image/webp");
    assertThat(DataUrl.imageType("iVBORw0K")).isEqualTo("image/png");
  }
}
