package dev.customhouse.flow.recall;

import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The items of a JSON array as the bytes they are, with the commas between them and without the
 * brackets: put together again, every byte of an item is as it was, which prompt caches live by.
 */
final class Items {
  static final byte[] NONE = {};

  private static final Names RESPONSE = Names.of("output");
  private static final Names ITEM = Names.of("id", "type");

  private Items() {}

  /** What lies between the brackets of an array, or within any other range that has brackets. */
  static Range within(byte[] json, Range array) {
    int start = array.start() + 1;
    int end = array.end() - 1;
    while (start < end && isSpace(json[start])) {
      start++;
    }
    while (start < end && isSpace(json[end - 1])) {
      end--;
    }
    return new Range(start, end);
  }

  /** Where the output items of a response object lie. */
  static Range ofOutput(byte[] response) {
    Range output = JsonScan.of(response, RESPONSE).range("output");
    return output == null || response[output.start()] != '['
        ? new Range(0, 0)
        : within(response, output);
  }

  /** Where each item lies. The JSON is known to be valid. */
  static List<Range> each(byte[] json, Range items) {
    List<Range> found = new ArrayList<>();
    int start = items.start();
    int depth = 0;
    for (int at = items.start(); at < items.end(); at++) {
      switch (json[at]) {
        case '"' -> at = endOfString(json, at);
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case ',' -> {
          if (depth == 0) {
            found.add(trimmed(json, start, at));
            start = at + 1;
          }
        }
        default -> {}
      }
    }
    if (items.length() > 0) {
      found.add(trimmed(json, start, items.end()));
    }
    return found;
  }

  /** The offset of the string's closing quote. */
  private static int endOfString(byte[] json, int openingQuote) {
    int at = openingQuote + 1;
    while (json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return at;
  }

  private static Range trimmed(byte[] json, int from, int to) {
    int start = from;
    int end = to;
    while (start < end && isSpace(json[start])) {
      start++;
    }
    while (start < end && isSpace(json[end - 1])) {
      end--;
    }
    return new Range(start, end);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** The item's id; null when it has none. */
  static @Nullable String id(byte[] json, Range item) {
    return JsonScan.of(json, item.start(), item.end(), ITEM).string("id");
  }

  /** The item's type; null when it names none. */
  static @Nullable String type(byte[] json, Range item) {
    return JsonScan.of(json, item.start(), item.end(), ITEM).string("type");
  }

  /** The ids of those that have one. */
  static List<String> ids(byte[] json, Range items) {
    List<String> ids = new ArrayList<>();
    for (Range item : each(json, items)) {
      String id = id(json, item);
      if (id != null) {
        ids.add(id);
      }
    }
    return ids;
  }

  /** Adds items behind those that are there. */
  static void add(ByteArrayOutputStream to, byte[] json, Range items) {
    if (items.length() > 0) {
      if (to.size() > 0) {
        to.write(',');
      }
      to.write(json, items.start(), items.length());
    }
  }

  /** Adds items behind those that are there. */
  static void add(ByteArrayOutputStream to, byte[] items) {
    add(to, items, new Range(0, items.length));
  }
}
