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
  void neverPrintsAValue() {
    assertThat(Headers.of("authorization", "secret").toString()).doesNotContain("secret");
  }
}
