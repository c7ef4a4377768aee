package dev.customhouse.canonical;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeadersTest {
  @Test
  void namesAreComparedWithoutCaseAndOrderIsKept() {
    Headers headers = Headers.of("Content-Type", "a", "X-One", "1", "x-one", "2");

    assertThat(headers.get("content-type")).isEqualTo("a");
    assertThat(headers.all("X-ONE")).containsExactly("1", "2");
    assertThat(headers.toBuilder().set("x-One", "3").build().all("x-one")).containsExactly("3");
  }

  @Test
  void whatWasBuiltDoesNotChangeWithItsBuilder() {
    Headers.Builder builder = Headers.builder().add("a", "1");
    Headers first = builder.build();
    Headers second = builder.add("b", "2").remove("a").build();
    Headers third = second.toBuilder().set("b", "3").build();

    assertThat(first.get("a")).isEqualTo("1");
    assertThat(first.size()).isEqualTo(1);
    assertThat(second.get("b")).isEqualTo("2");
    assertThat(second.contains("a")).isFalse();
    assertThat(third.get("b")).isEqualTo("3");
  }

  @Test
  void growsBeyondItsFirstSize() {
    Headers.Builder builder = Headers.builder();
    for (int i = 0; i < 100; i++) {
      builder.add("name-" + i, "value-" + i);
    }

    assertThat(builder.build().get("NAME-99")).isEqualTo("value-99");
  }

  @Test
  void neverPrintsAValue() {
    assertThat(Headers.of("authorization", "secret").toString()).doesNotContain("secret");
  }
}
