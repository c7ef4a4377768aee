package dev.customhouse.flow.recall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.secret.TextSeal;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Summaries of conversations that have become too long, as the items that clients carry
 * (platform.openai.com/docs/guides/conversation-state, compaction). What such an item holds is
 * sealed for its owner; to the model it is a message with the summary in it.
 */
final class Summaries {
  /** What a message begins with that stands for a summary. */
  static final String HEAD =
      "What was said before has been summarised, because it had become too long. The summary:\n\n";

  /** Tells ours from those that OpenAI made. */
  private static final String PREFIX = "chc1.";

  private static final byte[] ANY = "\"compaction".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OURS = ("\"" + PREFIX).getBytes(StandardCharsets.US_ASCII);

  /** Codex has called it both. */
  private static final Set<String> TYPES = Set.of("compaction", "compaction_summary");

  private final TextSeal seal;

  Summaries(TextSeal seal) {
    this.seal = seal;
  }

  /** The item that a client carries. */
  ObjectNode item(String owner, String id, String summary) {
    ObjectNode item = Json.object().put("id", id).put("type", "compaction");
    return item.put("encrypted_content", PREFIX + seal.seal(owner, summary));
  }

  /** True when items of ours may be there; a cheap look. */
  static boolean mayBeIn(byte[] json) {
    return SseEvent.indexOf(json, 0, json.length, OURS) >= 0;
  }

  /**
   * A conversation whose beginning is in a summary that only OpenAI can read is another one without
   * it.
   *
   * @param body in which ours have been replaced
   * @throws dev.customhouse.canonical.Refusal of kind INVALID_REQUEST when there is one
   */
  static void refuseThoseOfOthers(byte[] body) {
    if (SseEvent.indexOf(body, 0, body.length, ANY) < 0) {
      return;
    }
    byte[] items = Input.of(body).items();
    for (Range range : Items.each(items, new Range(0, items.length))) {
      if (items[range.start()] == '{' && TYPES.contains(type(items, range))) {
        throw RequestBody.invalid(
            "invalid_encrypted_content",
            "The item '%s' holds a conversation that was compacted elsewhere, which the provider of this model cannot read: send the conversation itself."
                .formatted(Items.id(items, range)),
            "input");
      }
    }
  }

  /**
   * The items with a message in the place of each of ours; the same array where there is none.
   *
   * @throws dev.customhouse.canonical.Refusal of kind INVALID_REQUEST when one cannot be read
   */
  byte[] opened(String owner, byte[] items) {
    if (!mayBeIn(items)) {
      return items;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream(2 * items.length);
    for (Range range : Items.each(items, new Range(0, items.length))) {
      byte[] message =
          items[range.start()] == '{' && TYPES.contains(type(items, range))
              ? message(owner, Json.read(items, range.start(), range.end()))
              : null;
      if (message == null) {
        Items.add(all, items, range);
      } else {
        Items.add(all, message);
      }
    }
    return all.toByteArray();
  }

  private static String type(byte[] items, Range range) {
    String type = Items.type(items, range);
    return type == null ? "" : type;
  }

  /** Null: it is none of ours. */
  private byte @Nullable [] message(String owner, JsonNode item) {
    String carried = item.path("encrypted_content").asText();
    if (!carried.startsWith(PREFIX)) {
      return null;
    }
    String summary = seal.open(owner, carried.substring(PREFIX.length()));
    if (summary == null) {
      throw RequestBody.invalid(
          "invalid_encrypted_content",
          "The encrypted content of the item '%s' cannot be read: it was not made here for this key's project, or was changed."
              .formatted(item.path("id").asText()),
          "input");
    }
    ObjectNode message = Json.object().put("type", "message").put("role", "user");
    message.putArray("content").addObject().put("type", "input_text").put("text", HEAD + summary);
    return Json.write(message);
  }
}
