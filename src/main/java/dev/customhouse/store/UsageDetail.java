package dev.customhouse.store;

import org.jspecify.annotations.Nullable;

/**
 * How a request was decided, as far as its row does not say: one JSON object in two parts, each an
 * object. Kept beside the row and never in lists.
 */
@FunctionalInterface
public interface UsageDetail {
  /** What is this request's alone. */
  String own();

  /**
   * What many requests have alike, to the letter: it is kept once for all of them. Null: nothing.
   */
  default @Nullable String shared() {
    return null;
  }

  /**
   * Something small that is equal for details with an equal {@link #shared}, so that this need not
   * be made again. Null: nothing is known of others.
   */
  default @Nullable Object likeness() {
    return null;
  }

  /**
   * How many bytes {@link #own} is made of, about, where that takes long: then the thread that
   * writes makes it, and they are held until then. 0: the request makes it at once.
   */
  default int heldBytes() {
    return 0;
  }

  /** The whole. */
  default String json() {
    return joined(shared(), own());
  }

  /** One object of two. */
  static String joined(@Nullable String shared, String own) {
    if (shared == null || shared.equals("{}")) {
      return own;
    }
    return own.equals("{}")
        ? shared
        : shared.substring(0, shared.length() - 1) + "," + own.substring(1);
  }
}
