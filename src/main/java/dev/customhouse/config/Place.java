package dev.customhouse.config;

import java.util.regex.Pattern;

/** Where a value stands: its path and, counted from 1, its line and column. */
record Place(String path, int line, int column) {
  /** The place of the file as a whole. */
  static final Place FILE = new Place("", 0, 0);

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_*/-]+");

  /** The same line and column under a longer path. */
  Place below(String key) {
    return new Place(join(path, key), line, column);
  }

  /** A path and a key; a key that is no plain word is quoted. */
  static String join(String path, String key) {
    String word = PLAIN.matcher(key).matches() ? key : "\"" + key + "\"";
    return path.isEmpty() ? word : path + "." + word;
  }
}
