package dev.customhouse.flow.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = new RetryBudget();

  private int spend() {
    int spent = 0;
    while (budget.retry()) {
      spent++;
    }
    return spent;
  }

  @Test
  void tenRetriesAreInHandFromTheStart() {
    assertThat(spend()).isEqualTo(10);
  }

  @Test
  void requestsEarnAFifthOfARetryEach() {
    spend();
    for (int i = 0; i < 4; i++) {
      budget.request();
      assertThat(budget.retry()).isFalse();
    }
    budget.request();
    assertThat(budget.retry()).isTrue();
    assertThat(budget.retry()).isFalse();
  }

  @Test
  void inAStormAFifthOfTheRequestsIsTriedAgain() {
    int retries = 0;
    for (int i = 0; i < 10_000; i++) {
      budget.request();
      retries += budget.retry() ? 1 : 0;
    }
    assertThat(retries).isEqualTo(2_000 + 10);
  }

  @Test
  void quietTimesEarnNoMoreThanAHundred() {
    for (int i = 0; i < 10_000; i++) {
      budget.request();
    }
    assertThat(spend()).isEqualTo(100);
  }
}
