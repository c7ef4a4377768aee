package dev.customhouse.flow.upstream;

import java.math.BigDecimal;
import java.time.Duration;

/** Values in messages. */
final class Words {
  private Words() {}

  /** Such as {@code 60 s} or {@code 0.25 s}. */
  static String seconds(Duration time) {
    return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
  }
}
