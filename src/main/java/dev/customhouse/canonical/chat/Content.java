package dev.customhouse.canonical.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a message. */
public sealed interface Content {
  /** What it carries beside its meaning. */
  Extras extras();

  /** Words; may be empty. */
  record Text(String text, List<Citation> citations, Extras extras) implements Content {
    /** The citations stay in their order. */
    public Text {
      citations = List.copyOf(citations);
    }

    /** Words and nothing else. */
    public static Text of(String text) {
      return new Text(text, List.of(), Extras.NONE);
    }
  }

  /**
   * A picture, a document, sound or film.
   *
   * @param mediaType such as {@code image/png}; null: not told
   * @param name of the file; null: not told
   */
  record Media(
      Kind kind, Source source, @Nullable String mediaType, @Nullable String name, Extras extras)
      implements Content {
    /** What it is. */
    public enum Kind {
      IMAGE,
      DOCUMENT,
      AUDIO,
      VIDEO
    }
  }

  /** Where media is. */
  sealed interface Source {
    /** In the request itself, as base64 (RFC 4648) without line breaks. */
    record Inline(String base64) implements Source {}

    /** In the request itself, as plain text. */
    record Words(String text) implements Source {}

    /** At an address. */
    record Url(String url) implements Source {}

    /** At a provider, under an id that only providers of the dialect's account know. */
    record FileId(DialectId dialect, String id) implements Source {}
  }

  /**
   * What the model thought before it spoke. Never shown as its words.
   *
   * @param text may be empty: kept back by the provider, or all of it in the seal
   * @param seal null: the provider does not prove its reasoning
   */
  record Reasoning(String text, @Nullable Seal seal, Extras extras) implements Content {}

  /**
   * A model's wish that a tool be used.
   *
   * @param id by which the result refers to it; never empty
   * @param namespace the group the tool is of; null: none
   * @param freeform true when the arguments are plain text and not JSON (a custom tool)
   * @param arguments as the model wrote them: JSON text of an object, which may be broken off or
   *     empty, or free text
   * @param seal Gemini's signature on the call; null: none
   */
  record ToolCall(
      String id,
      String name,
      @Nullable String namespace,
      boolean freeform,
      String arguments,
      @Nullable Seal seal,
      Extras extras)
      implements Content {
    /** A function's call. */
    public static ToolCall of(String id, String name, String arguments) {
      return new ToolCall(id, name, null, false, arguments, null, Extras.NONE);
    }

    /** The same with other arguments. */
    public ToolCall withArguments(String changed) {
      return new ToolCall(id, name, namespace, freeform, changed, seal, extras);
    }

    /** The same with another proof. */
    public ToolCall withSeal(@Nullable Seal changed) {
      return new ToolCall(id, name, namespace, freeform, arguments, changed, extras);
    }
  }

  /**
   * What a tool answered; stands in messages of the user.
   *
   * @param callId of the call
   * @param name of the tool; null: not told (look the call up)
   * @param content text and media; may be empty
   * @param failed true when the tool failed
   */
  record ToolResult(
      String callId, @Nullable String name, List<Content> content, boolean failed, Extras extras)
      implements Content {
    /** The content stays in its order. */
    public ToolResult {
      content = List.copyOf(content);
    }
  }

  /** The model's words for declining to answer. */
  record Declined(String text, Extras extras) implements Content {}

  /**
   * A block that only its own dialect understands, such as a tool that the provider runs itself.
   *
   * @param type as the dialect names it
   * @param raw all of it
   */
  record Native(DialectId dialect, String type, JsonNode raw) implements Content {
    @Override
    public Extras extras() {
      return Extras.NONE;
    }
  }
}
