package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.SealBox;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the {@code reasoning_details} of an assistant's message say. Chat Completions have no place
 * for seals; this member is OpenRouter's, and its clients echo it. The gateway's own entries are of
 * the format {@code customhouse}; their id says which part of the reasoning the seal is of and what
 * stood before it, because the dialect puts all reasoning into one text before all words: {@code
 * reasoning.<start>.<chars>.<text chars before>.<calls before>}, in UTF-16 code units, or {@code
 * call.<id of the call>}. Entries of others are kept as they are, as a seal of this dialect.
 *
 * @param foreign the entries of others, in order
 */
record ReasoningPlaces(List<Place> places, Map<String, Seal> ofCalls, ArrayNode foreign) {
  static final String FORMAT = "customhouse";
  private static final Pattern PLACE =
      Pattern.compile("reasoning[.](\\d{1,9})[.](\\d{1,9})[.](\\d{1,9})[.](\\d{1,9})");
  private static final String CALL = "call.";

  /**
   * Where a piece of reasoning stood.
   *
   * @param start where it begins in the whole reasoning, in UTF-16 code units
   * @param textBefore how much text stood before it
   * @param callsBefore how many calls stood before it
   */
  record Place(int start, int chars, int textBefore, int callsBefore, Seal seal) {}

  /** What the entries say; anything but an array says nothing. */
  static ReasoningPlaces read(JsonNode details) {
    List<Place> places = new ArrayList<>();
    Map<String, Seal> ofCalls = new LinkedHashMap<>();
    ArrayNode foreign = Json.object().putArray("foreign");
    for (JsonNode entry : details.isArray() ? details : foreign) {
      String data = Json.text(entry.path("data"));
      if (!isOurs(entry) || data == null) {
        foreign.add(entry);
        continue;
      }
      String id = entry.path("id").asText("");
      Seal seal = SealBox.unpack(data, DialectId.OPENAI_CHAT, false);
      Matcher place = PLACE.matcher(id);
      if (id.startsWith(CALL)) {
        ofCalls.put(id.substring(CALL.length()), seal);
      } else if (place.matches()) {
        places.add(
            new Place(
                Integer.parseInt(place.group(1)),
                Integer.parseInt(place.group(2)),
                Integer.parseInt(place.group(3)),
                Integer.parseInt(place.group(4)),
                seal));
      }
    }
    return new ReasoningPlaces(places, ofCalls, foreign);
  }

  static boolean isOurs(JsonNode entry) {
    return entry.path("format").asText("").equals(FORMAT);
  }

  /** The words in entries of others. */
  String foreignText() {
    StringBuilder text = new StringBuilder();
    for (JsonNode entry : foreign) {
      String words = Json.text(entry.path("text"));
      text.append(words != null ? words : entry.path("summary").asText(""));
    }
    return text.toString();
  }

  /** The entries of others as one seal; null when they prove nothing. */
  @Nullable Seal foreignSeal(@Nullable String maker) {
    for (JsonNode entry : foreign) {
      if (!entry.path("data").asText("").isEmpty()
          || !entry.path("signature").asText("").isEmpty()) {
        return new Seal(
            DialectId.OPENAI_CHAT,
            maker,
            new String(Json.write(foreign), StandardCharsets.UTF_8),
            false);
      }
    }
    return null;
  }

  /** True when a seal says more than who reasoned, which this dialect's clients need not know. */
  static boolean isTold(@Nullable Seal seal) {
    return seal != null && !(seal.dialect() == DialectId.OPENAI_CHAT && seal.data().isEmpty());
  }

  /** An entry for a piece of reasoning. */
  static ObjectNode entry(Place place, int index) {
    String id =
        "reasoning.%d.%d.%d.%d"
            .formatted(place.start(), place.chars(), place.textBefore(), place.callsBefore());
    return entry(place.seal(), id, index);
  }

  /** An entry for a call. */
  static ObjectNode entry(String callId, Seal seal, int index) {
    return entry(seal, CALL + callId, index);
  }

  private static ObjectNode entry(Seal seal, String id, int index) {
    return Json.object()
        .put("type", "reasoning.encrypted")
        .put("data", SealBox.pack(seal, DialectId.OPENAI_CHAT))
        .put("id", id)
        .put("format", FORMAT)
        .put("index", index);
  }

  /** The message's content, with the reasoning cut into its pieces, each in its place. */
  List<Content> put(String reasoning, List<Content> words, List<Content> calls) {
    List<Content> all = new ArrayList<>();
    Words rest = new Words(words);
    int reasoned = 0;
    int called = 0;
    for (Place place : places) {
      rest.moveTo(place.textBefore(), all);
      int calledUntil = Math.clamp(place.callsBefore(), called, calls.size());
      all.addAll(calls.subList(called, calledUntil));
      called = calledUntil;
      int start = Math.clamp(place.start(), reasoned, reasoning.length());
      addReasoning(reasoning.substring(reasoned, start), all);
      reasoned = Math.min(start + place.chars(), reasoning.length());
      all.add(
          new Content.Reasoning(reasoning.substring(start, reasoned), place.seal(), Extras.NONE));
    }
    addReasoning(reasoning.substring(reasoned), all);
    rest.moveTo(Integer.MAX_VALUE, all);
    all.addAll(calls.subList(called, calls.size()));
    return all;
  }

  private static void addReasoning(String text, List<Content> all) {
    if (!text.isEmpty()) {
      all.add(new Content.Reasoning(text, null, Extras.NONE));
    }
  }

  /** The message's words, which are taken from their beginning. */
  private static final class Words {
    private final List<Content> left;
    private int taken;

    Words(List<Content> words) {
      this.left = new ArrayList<>(words);
    }

    /** Moves content until so many characters of text have been moved. */
    void moveTo(int chars, List<Content> all) {
      while (!left.isEmpty() && taken < chars) {
        Content first = left.removeFirst();
        if (first instanceof Content.Text text && text.text().length() > chars - taken) {
          int cut = chars - taken;
          all.add(new Content.Text(text.text().substring(0, cut), List.of(), Extras.NONE));
          left.addFirst(
              new Content.Text(text.text().substring(cut), text.citations(), text.extras()));
          taken = chars;
          return;
        }
        all.add(first);
        taken += first instanceof Content.Text text ? text.text().length() : 0;
      }
    }
  }
}
