package dev.customhouse.flow.recall;

import dev.customhouse.dialect.RequestBody;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The request's own input: its items, and where in the body they lie.
 *
 * @param items one text as the message that it stands for
 */
record Input(byte[] body, JsonScan scan, byte[] items) {
  private static final Names REQUEST =
      Names.of("input", "previous_response_id", "store", "background");
  private static final byte[] REFERENCE = "\"item_reference\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRIGGER =
      ('"' + Summons.TRIGGER + '"').getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BACKGROUND = "background".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MESSAGE =
      "{\"type\":\"message\",\"role\":\"user\",\"content\":".getBytes(StandardCharsets.US_ASCII);

  /** Reads a body; {@code Refusal} when its input is neither text nor items. */
  static Input of(byte[] body) {
    JsonScan scan = RequestBody.scan(body, REQUEST);
    return new Input(body, scan, items(body, scan));
  }

  private static byte[] items(byte[] body, JsonScan scan) {
    Range input = scan.range("input");
    if (input == null || scan.isNull("input")) {
      return Items.NONE;
    }
    byte first = body[input.start()];
    if (first == '[') {
      Range within = Items.within(body, input);
      return Arrays.copyOfRange(body, within.start(), within.end());
    }
    if (first != '"') {
      throw RequestBody.invalid(
          "invalid_type", "'input' must be a text or an array of items.", "input");
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream(MESSAGE.length + input.length() + 1);
    message.writeBytes(MESSAGE);
    message.write(body, input.start(), input.length());
    message.write('}');
    return message.toByteArray();
  }

  /** False when the client does not want the response to be kept. */
  boolean isToBeStored() {
    return isToBeStored(scan);
  }

  /** The same of a body that is read for nothing else. */
  static boolean isToBeStored(byte[] body) {
    return isToBeStored(RequestBody.scan(body, REQUEST));
  }

  private static boolean isToBeStored(JsonScan scan) {
    return !scan.has("store") || scan.isNull("store") || scan.isTrue("store");
  }

  /** True when the client does not wait for the answer; a cheap look where it is not said. */
  static boolean isInBackground(byte[] body) {
    return SseEvent.indexOf(body, 0, body.length, BACKGROUND) >= 0
        && RequestBody.flag(RequestBody.scan(body, REQUEST), "background");
  }

  /**
   * True when the last item asks for a summary of those before it; a cheap look where none does.
   */
  static boolean isToBeCompacted(byte[] body) {
    if (SseEvent.indexOf(body, 0, body.length, TRIGGER) < 0) {
      return false;
    }
    byte[] items = of(body).items();
    List<Range> all = Items.each(items, new Range(0, items.length));
    return !all.isEmpty()
        && items[all.getLast().start()] == '{'
        && Summons.TRIGGER.equals(Items.type(items, all.getLast()));
  }

  /** True when items may be there that only name others; a cheap look. */
  static boolean mayRefer(byte[] body) {
    return SseEvent.indexOf(body, 0, body.length, REFERENCE) >= 0;
  }

  /** The items that only name others, by the ids that they name. */
  Map<String, Range> references() {
    Map<String, Range> references = new LinkedHashMap<>();
    for (Range item : Items.each(items, new Range(0, items.length))) {
      if (items[item.start()] == '{' && "item_reference".equals(Items.type(items, item))) {
        String id = Items.id(items, item);
        if (id != null) {
          references.putIfAbsent(id, item);
        }
      }
    }
    return references;
  }

  /** With these items in the place of those that name them. */
  Input resolved(Map<String, byte[]> byId) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(2 * items.length);
    for (Range item : Items.each(items, new Range(0, items.length))) {
      boolean object = items[item.start()] == '{';
      String id =
          object && "item_reference".equals(Items.type(items, item)) ? Items.id(items, item) : null;
      byte[] named = id == null ? null : byId.get(id);
      if (named == null) {
        Items.add(all, items, item);
      } else {
        Items.add(all, named);
      }
    }
    return new Input(body, scan, all.toByteArray());
  }

  /** The body with these items as its input, which may go on from a response. */
  byte[] bodyWith(byte[] own) {
    Range input = scan.range("input");
    byte[] array = bracketed(own);
    return input == null ? body : splice(body, input, array);
  }

  private static byte[] bracketed(byte[] items) {
    byte[] array = new byte[items.length + 2];
    array[0] = '[';
    System.arraycopy(items, 0, array, 1, items.length);
    array[array.length - 1] = ']';
    return array;
  }

  /** The body with these items as its whole input, and without a response that it goes on from. */
  byte[] body(byte[] whole) {
    byte[] array = bracketed(whole);
    Range input = scan.range("input");
    Range previous = scan.range("previous_response_id");
    byte[] nothing = "null".getBytes(StandardCharsets.US_ASCII);
    // The later one first: what lies before it keeps its place.
    if (input == null) {
      byte[] without = previous == null ? body : splice(body, previous, nothing);
      byte[] member = "\"input\":".getBytes(StandardCharsets.US_ASCII);
      byte[] whatever = Arrays.copyOf(member, member.length + array.length);
      System.arraycopy(array, 0, whatever, member.length, array.length);
      return JsonScan.insertMember(without, scan, whatever);
    }
    if (previous == null) {
      return splice(body, input, array);
    }
    return input.start() < previous.start()
        ? splice(splice(body, previous, nothing), input, array)
        : splice(splice(body, input, array), previous, nothing);
  }

  private static byte[] splice(byte[] body, Range range, byte[] replacement) {
    return JsonScan.splice(body, range.start(), range.end(), replacement);
  }
}
