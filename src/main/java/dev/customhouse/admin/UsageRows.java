package dev.customhouse.admin;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Operation;
import dev.customhouse.store.UsageRow;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records of requests as rows of usage. */
public final class UsageRows {
  private UsageRows() {}

  /** The row; empty when the request ended before it was known what it asks for. */
  public static Optional<UsageRow> of(RequestRecord record) {
    Operation operation = record.operation();
    if (operation == null) {
      return Optional.empty();
    }
    return Optional.of(
        new UsageRow(
            record.requestId(),
            record.at(),
            record.keyId(),
            record.project(),
            operation,
            record.dialect(),
            bounded(record.requestedModel()),
            bounded(record.upstreamModel()),
            bounded(record.responseModel()),
            record.provider(),
            record.translation(),
            record.status(),
            record.error(),
            record.finish(),
            record.stream(),
            record.clientGone(),
            record.attempts().size(),
            record.usage(),
            record.firstByteMicros(),
            record.durationMicros()));
  }

  /**
   * What is kept of a text that a client or an upstream chose: at most {@link UsageRow#MODEL_CHARS}
   * characters, with U+FFFD for what is no character (a lone surrogate, a control character).
   */
  static @Nullable String bounded(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (isPlain(text)) {
      return text;
    }
    StringBuilder clean = new StringBuilder();
    text.substring(0, Math.min(text.length(), UsageRow.MODEL_CHARS))
        .codePoints()
        .forEach(point -> clean.appendCodePoint(isCharacter(point) ? point : 0xfffd));
    return clean.toString();
  }

  /** True for what nearly all are: short, and of printable ASCII. */
  private static boolean isPlain(String text) {
    boolean plain = text.length() <= UsageRow.MODEL_CHARS;
    for (int at = 0; plain && at < text.length(); at++) {
      plain = text.charAt(at) >= ' ' && text.charAt(at) < 0x7f;
    }
    return plain;
  }

  private static boolean isCharacter(int point) {
    return !Character.isISOControl(point) && Character.getType(point) != Character.SURROGATE;
  }
}
