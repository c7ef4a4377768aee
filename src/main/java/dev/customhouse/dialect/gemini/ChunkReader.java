package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Understands the chunks of an answer; a whole answer is one chunk. Text that was sealed stays open
 * as long as nothing else is said, because the sources of it are told last. Used for one answer.
 */
final class ChunkReader implements PartReader {
  private static final int NONE = -1;

  private final String maker;
  private final boolean whole;
  private final SpokenText spoken = new SpokenText();
  private final Grounding grounding = new Grounding(spoken);
  private Consumer<StreamPart> parts = part -> {};
  private @Nullable String id;
  private int blocks;
  private int openText = NONE;
  private boolean textSealed;
  private int openThought = NONE;
  private @Nullable StreamedCall streamed;
  private int calls;
  private boolean begun;
  private boolean broken;
  private @Nullable FinishReason finish;

  /** A call whose arguments come in pieces (Vertex AI). */
  private static final class StreamedCall {
    private final int block;
    private final PartialArguments arguments = new PartialArguments(MissingNode.getInstance());
    private @Nullable String signature;

    StreamedCall(int block) {
      this.block = block;
    }
  }

  /**
   * A reader.
   *
   * @param maker who answers, for the seals
   * @param whole true when the answer is one chunk, whose sources may be told behind its blocks
   */
  ChunkReader(String maker, boolean whole) {
    this.maker = maker;
    this.whole = whole;
  }

  @Override
  public void event(byte[] buffer, int start, int end, Consumer<StreamPart> into) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      into.accept(new StreamPart.Alive());
      return;
    }
    JsonNode data = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
    for (JsonNode chunk : data.isArray() ? data : List.of(data)) {
      chunk(chunk, into);
    }
  }

  /** Understands one chunk. */
  void chunk(JsonNode told, Consumer<StreamPart> into) {
    JsonNode chunk = told.path("response").isObject() ? told.path("response") : told;
    if (broken || !chunk.isObject()) {
      return;
    }
    parts = into;
    if (chunk.path("error").isObject()) {
      broken = true;
      parts.accept(
          new StreamPart.Broken(
              UpstreamErrors.classify(0, chunk), UpstreamErrors.message(Json.write(chunk))));
      return;
    }
    Usage usage = GeminiChunks.usage(chunk.path("usageMetadata"));
    if (!begun) {
      begun = true;
      id = Json.text(chunk.path("responseId"));
      parts.accept(new StreamPart.Begun(id, Json.text(chunk.path("modelVersion")), usage));
    }
    if (chunk.path("promptFeedback").hasNonNull("blockReason")) {
      finish = FinishReason.CONTENT_FILTER;
    }
    candidate(first(chunk.path("candidates")));
    if (usage != null) {
      parts.accept(new StreamPart.Counted(usage));
    }
  }

  /** Several candidates are only asked for by clients of Gemini, who get them as they come. */
  private static JsonNode first(JsonNode candidates) {
    for (JsonNode candidate : candidates) {
      if (candidate.path("index").asInt() == 0) {
        return candidate;
      }
    }
    return MissingNode.getInstance();
  }

  private void candidate(JsonNode candidate) {
    JsonNode told = candidate.path("content").path("parts");
    for (JsonNode part : told.isObject() ? List.of(told) : told) {
      spoken.part();
      part(part);
    }
    grounding.add(candidate, this::cite);
    JsonNode reason = candidate.path("finishReason");
    if (!reason.isMissingNode() && !reason.isNull()) {
      finish = Finishes.of(reason.asText());
    }
  }

  private void part(JsonNode part) {
    String signature = Json.text(part.path("thoughtSignature"));
    String text = Json.text(part.path("text"));
    if (part.path("functionCall").isObject()) {
      call(part.path("functionCall"), signature);
    } else if (text != null) {
      text(text, part.path("thought").asBoolean(), signature);
    } else if (part.path("inlineData").isObject() || part.path("fileData").isObject()) {
      closeAll();
      standing(media(part));
      seal(signature);
    } else if (isOther(part)) {
      closeAll();
      Members members = Members.of(part, "part");
      standing(
          PartData.isNative(members)
              ? PartData.asNative(members, part)
              : new Content.Native(DialectId.GEMINI, "functionResponse", part));
    } else {
      seal(signature);
    }
  }

  private static boolean isOther(JsonNode part) {
    return part.isObject()
        && (part.has("functionResponse") || PartData.isNative(Members.of(part, "part")));
  }

  private void text(String text, boolean thought, @Nullable String signature) {
    if (thought) {
      if (!text.isEmpty() || signature != null) {
        thought(text, signature);
      }
      return;
    }
    if (!text.isEmpty()) {
      closeThought();
      closeCall();
      if (openText == NONE || textSealed) {
        closeText();
        openText = begin(Content.Text.of(""));
        spoken.block(openText);
      }
      spoken.text(text);
      parts.accept(new StreamPart.Delta(openText, text));
    }
    seal(signature);
  }

  private void thought(String text, @Nullable String signature) {
    closeText();
    closeCall();
    if (openThought == NONE) {
      openThought = begin(new Content.Reasoning("", null, Extras.NONE));
    }
    if (!text.isEmpty()) {
      parts.accept(new StreamPart.Delta(openThought, text));
    }
    if (signature != null) {
      parts.accept(new StreamPart.Sealed(openThought, seal(signature, maker)));
      closeThought();
    }
  }

  /** The seal of a text or of a picture is a reasoning of its own behind it. */
  private void seal(@Nullable String signature) {
    if (signature == null) {
      return;
    }
    closeThought();
    textSealed = true;
    int block = begin(new Content.Reasoning("", null, Extras.NONE));
    parts.accept(new StreamPart.Sealed(block, seal(signature, maker)));
    parts.accept(new StreamPart.BlockEnded(block));
  }

  private static Seal seal(String signature, String maker) {
    return new Seal(DialectId.GEMINI, maker, signature, false);
  }

  private void call(JsonNode call, @Nullable String signature) {
    String name = Json.text(call.path("name"));
    boolean continues = call.path("willContinue").asBoolean();
    if (name != null && !name.isEmpty()) {
      closeAll();
      String given = Json.text(call.path("id"));
      String known = given == null || given.isEmpty() ? invented(name) : given;
      streamed = new StreamedCall(begin(Content.ToolCall.of(known, name, "")));
      calls++;
    }
    StreamedCall open = streamed;
    if (open == null) {
      return;
    }
    if (call.path("args").isObject()) {
      open.arguments.begin(call.path("args"));
    }
    call.path("partialArgs").forEach(open.arguments::add);
    open.signature = signature == null ? open.signature : signature;
    if (!continues) {
      closeCall();
    }
  }

  private String invented(String name) {
    return CallIds.of(Objects.requireNonNullElse(id, name), calls);
  }

  private static Content.Media media(JsonNode part) {
    boolean inline = part.path("inlineData").isObject();
    JsonNode data = inline ? part.path("inlineData") : part.path("fileData");
    String mediaType = Json.text(data.path("mimeType"));
    Content.Source source =
        inline
            ? new Content.Source.Inline(PartData.base64(Json.text(data.path("data"))))
            : FileUris.source(data.path("fileUri").asText());
    return new Content.Media(
        FileUris.kind(source, mediaType),
        source,
        mediaType,
        Json.text(data.path("displayName")),
        Extras.NONE);
  }

  private int begin(Content opening) {
    int block = blocks++;
    parts.accept(new StreamPart.BlockBegun(block, opening));
    return block;
  }

  /** A block that is all there at once. */
  private void standing(Content content) {
    parts.accept(new StreamPart.BlockEnded(begin(content)));
  }

  private void cite(int block, Citation citation) {
    if (whole || block == openText) {
      parts.accept(new StreamPart.Cited(block, citation));
    }
  }

  private void closeAll() {
    closeText();
    closeThought();
    closeCall();
  }

  private void closeText() {
    openText = close(openText);
    textSealed = false;
  }

  private void closeThought() {
    openThought = close(openThought);
  }

  private int close(int block) {
    if (block != NONE) {
      parts.accept(new StreamPart.BlockEnded(block));
    }
    return NONE;
  }

  private void closeCall() {
    StreamedCall open = streamed;
    if (open != null) {
      close(open, open.arguments.text());
    }
  }

  private void close(StreamedCall open, String arguments) {
    streamed = null;
    if (!arguments.isEmpty()) {
      parts.accept(new StreamPart.Delta(open.block, arguments));
    }
    if (open.signature instanceof String signature) {
      parts.accept(new StreamPart.Sealed(open.block, seal(signature, maker)));
    }
    parts.accept(new StreamPart.BlockEnded(open.block));
  }

  @Override
  public void end(Consumer<StreamPart> into) {
    if (broken || !begun) {
      return;
    }
    parts = into;
    if (streamed instanceof StreamedCall open) {
      // The last piece never came: what is there must not look like all of it.
      String half = open.arguments.text();
      close(open, half.substring(0, half.length() - 1));
    }
    grounding.end(this::cite);
    closeAll();
    FinishReason told = finish;
    if (told != null) {
      FinishReason reason = calls > 0 && told == FinishReason.STOP ? FinishReason.TOOL_CALLS : told;
      parts.accept(new StreamPart.Finished(reason, null, Extras.NONE));
      parts.accept(new StreamPart.Ended());
    }
  }
}
