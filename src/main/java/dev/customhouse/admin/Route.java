package dev.customhouse.admin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of all that is served; what is not in the table is not there.
 *
 * @param path the raw path, in which one segment may be {@link #ID}
 */
record Route(String method, String path, Handler handler) {
  /** Stands for an id: a letter or digit, then at most 127 of letters, digits and {@code ._:-}. */
  static final String ID = "{id}";

  private static final Pattern IDS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

  /** Answers a request of the route. */
  interface Handler {
    Answer answer(Ask ask) throws InterruptedException;
  }

  /** The id in a path of this route; empty when the route has none; null for another path. */
  @Nullable String match(String rawPath) {
    int at = path.indexOf(ID);
    if (at < 0) {
      return rawPath.equals(path) ? "" : null;
    }
    String tail = path.substring(at + ID.length());
    int end = rawPath.length() - tail.length();
    if (end <= at || !rawPath.startsWith(path.substring(0, at)) || !rawPath.endsWith(tail)) {
      return null;
    }
    Matcher id = IDS.matcher(rawPath).region(at, end);
    return id.matches() ? id.group() : null;
  }
}
