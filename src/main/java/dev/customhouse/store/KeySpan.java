package dev.customhouse.store;

/**
 * A time of four seconds in which a key was used: the index of rows by key. An index of each row
 * would grow at as many places as there are keys, and SQLite would write some pages for each of
 * these again with every batch: with 20 keys that cost more than all the rest of writing. Of a time
 * in which a key was used, the rows of all keys are read.
 *
 * @param span the ids of its rows without their lowest {@link #BITS}
 */
record KeySpan(String keyId, long span) {
  /** 12 of milliseconds and those of {@link RowId}'s numbers. */
  static final int BITS = 32;

  /** The span of a row. */
  static KeySpan of(String keyId, long rowId) {
    return new KeySpan(keyId, rowId >> BITS);
  }
}
