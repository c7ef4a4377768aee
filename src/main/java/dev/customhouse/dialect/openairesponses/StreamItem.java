package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** One item of an answer while it streams. */
final class StreamItem {
  private final int index;
  private final String maker;
  private final IntSupplier numbers;
  private final Consumer<StreamPart> parts;
  private final Map<Integer, GrowingBlock> texts = new LinkedHashMap<>();
  private final GrowingBlock single;
  private Map<String, JsonNode> phase = Map.of();
  private @Nullable String id;
  private int reasoningPart = -1;
  private boolean summary;
  private boolean done;

  /**
   * An item of which nothing is known.
   *
   * @param index its place in the answer
   * @param numbers gives the number of the next block
   */
  StreamItem(int index, String maker, IntSupplier numbers, Consumer<StreamPart> parts) {
    this.index = index;
    this.maker = maker;
    this.numbers = numbers;
    this.parts = parts;
    this.single = new GrowingBlock(parts);
  }

  boolean isDone() {
    return done;
  }

  @Nullable String id() {
    return id;
  }

  /** The item as it was announced. */
  void added(JsonNode item) {
    know(item);
    if (OutputItems.isCall(item.path("type").asText()) && !single.hasBegun()) {
      Content.ToolCall opening = OutputItems.call(item, index);
      if (opening != null) {
        single.begin(numbers.getAsInt(), opening);
      }
    }
  }

  private void know(JsonNode item) {
    String told = Json.text(item.path("id"));
    id = told == null ? id : told;
    if (item.path("phase").isTextual()) {
      phase = Map.of("phase", item.get("phase"));
    }
  }

  /** More text, or all of it when {@code whole}. */
  void text(int part, String text, boolean declined, boolean whole) {
    GrowingBlock block = text(part, declined);
    if (whole) {
      block.whole(text);
    } else {
      block.grow(text);
    }
  }

  /** The block of a part of words; begins it when there is none. */
  GrowingBlock text(int part, boolean declined) {
    GrowingBlock known = texts.get(part);
    if (known != null) {
      return known;
    }
    GrowingBlock block = new GrowingBlock(parts);
    texts.put(part, block);
    Extras extras = Extras.of(Own.DIALECT, phase);
    block.begin(
        numbers.getAsInt(),
        declined ? new Content.Declined("", extras) : new Content.Text("", List.of(), extras));
    return block;
  }

  /** A part of words as a whole. */
  void part(int number, JsonNode part) {
    String type = part.path("type").asText();
    if (type.equals("refusal")) {
      GrowingBlock block = text(number, true);
      block.whole(part.path("refusal").asText(""));
    } else if (type.equals("output_text") || type.equals("text")) {
      GrowingBlock block = text(number, false);
      block.whole(part.path("text").asText(""));
      block.cited(Annotations.read(part.path("annotations")));
    }
  }

  /** The part of that number is whole. */
  void partEnded(int number) {
    GrowingBlock block = texts.get(number);
    if (block != null) {
      block.end();
    }
  }

  /** More of a call's arguments, or all of them. */
  void arguments(String text, boolean whole) {
    if (whole) {
      single.whole(text);
    } else {
      single.grow(text);
    }
  }

  /**
   * More reasoning. A provider shows a summary or all of it; what it shows first is told.
   *
   * @param part a new number is a new paragraph
   */
  void reasoning(int part, String piece, boolean ofSummary) {
    if (piece.isEmpty() || !single.isEmpty() && summary != ofSummary) {
      return;
    }
    summary = ofSummary;
    if (!single.hasBegun()) {
      single.begin(numbers.getAsInt(), new Content.Reasoning("", null, Extras.NONE));
    } else if (part != reasoningPart) {
      single.grow("\n\n");
    }
    reasoningPart = part;
    single.grow(piece);
  }

  /** All of one part of a reasoning, which is news only when no piece of it came. */
  void reasoningDone(int part, String text, boolean ofSummary) {
    if (part != reasoningPart) {
      reasoning(part, text, ofSummary);
    }
  }

  /** The item as a whole: tells what was not told, and ends it. */
  void done(JsonNode item) {
    if (done) {
      return;
    }
    know(item);
    String type = item.path("type").asText("");
    switch (type) {
      case "message" -> words(item.path("content"));
      case "reasoning" -> reasoned(item);
      case "function_call", "custom_tool_call" -> called(item);
      default -> {
        if (!type.isEmpty()) {
          single.begin(numbers.getAsInt(), OutputItems.other(item));
        }
      }
    }
    end();
  }

  /** Parts are matched by their order: not every host counts them from 0. */
  private void words(JsonNode content) {
    List<Integer> numbersOfParts = new ArrayList<>(texts.keySet());
    int at = 0;
    for (JsonNode part : content) {
      String type = part.path("type").asText();
      if (type.equals("output_text") || type.equals("text") || type.equals("refusal")) {
        part(at < numbersOfParts.size() ? numbersOfParts.get(at) : unused(at), part);
        at++;
      }
    }
  }

  private int unused(int at) {
    int number = at;
    while (texts.containsKey(number)) {
      number++;
    }
    return number;
  }

  private void reasoned(JsonNode item) {
    String text = OutputItems.reasoning(item);
    Seal seal = OutputItems.seal(item, maker);
    if (!single.hasBegun()) {
      if (text.isEmpty() && seal.data().isEmpty()) {
        return;
      }
      single.begin(numbers.getAsInt(), new Content.Reasoning("", null, Extras.NONE));
    }
    single.whole(text);
    parts.accept(new StreamPart.Sealed(single.number(), seal));
  }

  private void called(JsonNode item) {
    added(item);
    single.whole(OutputItems.arguments(item));
  }

  /** Nothing more comes of it. */
  void end() {
    texts.values().forEach(GrowingBlock::end);
    single.end();
    done = true;
  }
}
