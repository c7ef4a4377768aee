package dev.customhouse.store;

import java.time.Instant;

/**
 * Ids of rows that are in the order of time: the milliseconds since 1970 and, in the lowest 20
 * bits, a number that tells rows of one millisecond apart. It reaches from the year 1692 to 2248;
 * what is beyond counts as the last moment.
 */
final class RowId {
  /** How many rows one millisecond may have. */
  static final int NUMBERS = 1 << 20;

  private static final int NUMBER_BITS = 20;
  private static final long LAST_MILLIS = Long.MAX_VALUE >> NUMBER_BITS;
  private static final long FIRST_MILLIS = Long.MIN_VALUE >> NUMBER_BITS;

  private RowId() {}

  /** The id of a moment's row; of the number only the lowest bits count. */
  static long of(Instant at, long number) {
    return firstOf(at.toEpochMilli()) | number & NUMBERS - 1;
  }

  /** The lowest id of a millisecond, beyond the bounds that of the nearest. */
  static long firstOf(long millis) {
    return Math.clamp(millis, FIRST_MILLIS, LAST_MILLIS) << NUMBER_BITS;
  }

  /** The milliseconds of an id. */
  static long millis(long rowId) {
    return rowId >> NUMBER_BITS;
  }

  /** The number of an id. */
  static long number(long rowId) {
    return rowId & NUMBERS - 1;
  }
}
