package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a provider's chunks. Text, reasoning and declining words follow one another; calls stay
 * open to the end, because hosts may go back to an earlier one. The end is told when the stream has
 * ended and not with the finish reason, behind which some hosts still send content.
 */
final class ChunkReader implements PartReader {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
  private static final int NONE = -1;

  private final String maker;
  private final Blocks blocks = new Blocks();
  private final List<CallInProgress> calls = new ArrayList<>();
  private final DetailPieces details = new DetailPieces();
  private final ObjectNode audio = Json.object();
  private final Map<String, JsonNode> extras = new LinkedHashMap<>();
  private @Nullable CallInProgress legacy;
  private @Nullable FinishReason finish;
  private @Nullable List<Citation> sources;
  private JsonNode answerId = Json.object().path("id");
  private boolean begun;
  private boolean done;
  private boolean over;

  private int openBlock = NONE;
  private @Nullable Kind openKind;

  /** What the open block holds. */
  private enum Kind {
    TEXT,
    REASONING,
    DECLINED
  }

  ChunkReader(String maker) {
    this.maker = maker;
  }

  @Override
  public void event(byte[] buffer, int start, int end, Consumer<StreamPart> parts) {
    if (over) {
      return;
    }
    blocks.listener(parts);
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      parts.accept(new StreamPart.Alive());
      return;
    }
    if (event.dataIs(DONE)) {
      done = true;
      conclude();
      return;
    }
    JsonNode chunk = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
    if (chunk.isObject() || event.name().equals("error")) {
      chunk(event, chunk);
    }
  }

  private void chunk(SseEvent event, JsonNode chunk) {
    begin(chunk);
    Usage usage = usage(chunk);
    JsonNode choice = choice(chunk.path("choices"));
    JsonNode told = choice.path("delta");
    delta(told.isObject() ? told : choice.path("message"), chunk);
    FinishReason reason = ChatFinish.read(choice.path("finish_reason"));
    finish = reason == null ? finish : reason;
    extras(chunk, choice);
    if (usage != null) {
      blocks.parts().accept(new StreamPart.Counted(usage));
    }
    JsonNode error = chunk.path("error");
    boolean failed = error.isTextual() || error.isObject() && !error.isEmpty();
    if (failed || event.name().equals("error")) {
      over = true;
      if (finish != null) {
        // OpenRouter tells why the model stopped, and then that its answer is of no use.
        close();
        blocks.parts().accept(stopped(finish));
      }
      blocks
          .parts()
          .accept(
              new StreamPart.Broken(
                  UpstreamErrors.classify(0, chunk), UpstreamErrors.message(event.data())));
    }
  }

  /** Azure's first chunk has neither id nor model: it is not yet the answer's beginning. */
  private void begin(JsonNode chunk) {
    String id = AnswerReader.given(chunk.path("id"));
    if (begun || id == null && chunk.path("choices").isEmpty()) {
      return;
    }
    begun = true;
    answerId = chunk.path("id");
    blocks.parts().accept(new StreamPart.Begun(id, AnswerReader.given(chunk.path("model")), null));
  }

  private static @Nullable Usage usage(JsonNode chunk) {
    JsonNode usage = chunk.path("usage");
    return ChatUsage.read(usage.isObject() ? usage : AnswerReader.groq(chunk));
  }

  private static JsonNode choice(JsonNode choices) {
    for (JsonNode choice : choices) {
      if (choice.path("index").asInt(0) == 0) {
        return choice;
      }
    }
    return choices.path("none");
  }

  private void delta(JsonNode delta, JsonNode chunk) {
    reasoning(delta);
    content(delta.path("content"));
    write(Kind.DECLINED, delta.path("refusal").asText(""));
    cite(delta, chunk);
    AnswerReader.images(delta.path("images")).forEach(this::whole);
    audio(delta.path("audio"));
    for (JsonNode call : delta.path("tool_calls")) {
      close();
      call(call).take(call, blocks);
    }
    for (JsonNode detail : delta.path("reasoning_details")) {
      detail(detail);
    }
    function(delta.path("function_call"));
  }

  private void whole(Content content) {
    close();
    blocks.whole(content);
  }

  private void reasoning(JsonNode delta) {
    String text = AnswerReader.reasoning(delta);
    JsonNode entries = delta.path("reasoning_details");
    if (text.isEmpty() && !entries.isEmpty()) {
      text = ReasoningPlaces.read(entries).foreignText();
    }
    write(Kind.REASONING, text);
  }

  private void content(JsonNode content) {
    if (content.isTextual()) {
      write(Kind.TEXT, content.textValue());
      return;
    }
    for (JsonNode part : content) {
      switch (part.path("type").asText("")) {
        case "text", "output_text" -> write(Kind.TEXT, part.path("text").asText(""));
        case "thinking" -> write(Kind.REASONING, PartsReader.thinkingText(part.path("thinking")));
        case "refusal" -> write(Kind.DECLINED, part.path("refusal").asText(""));
        case "" -> write(Kind.TEXT, part.asText(""));
        default ->
            whole(new Content.Native(DialectId.OPENAI_CHAT, part.path("type").asText(), part));
      }
    }
  }

  private void write(Kind kind, String text) {
    if (text.isEmpty()) {
      return;
    }
    open(kind);
    blocks.parts().accept(new StreamPart.Delta(openBlock, text));
  }

  private void open(Kind kind) {
    if (openKind == kind) {
      return;
    }
    close();
    openKind = kind;
    openBlock =
        blocks.begin(
            switch (kind) {
              case TEXT -> Content.Text.of("");
              case REASONING -> new Content.Reasoning("", null, Extras.NONE);
              case DECLINED -> new Content.Declined("", Extras.NONE);
            });
  }

  private void close() {
    if (openKind == Kind.REASONING) {
      ReasoningPlaces proved = details.take();
      Seal seal = proved == null ? null : proved.foreignSeal(maker);
      closeReasoning(seal == null ? AnswerReader.maker(maker) : seal);
    } else if (openKind != null) {
      end();
    }
  }

  private void closeReasoning(Seal seal) {
    blocks.parts().accept(new StreamPart.Sealed(openBlock, seal));
    end();
  }

  private void end() {
    blocks.parts().accept(new StreamPart.BlockEnded(openBlock));
    openKind = null;
  }

  private void cite(JsonNode delta, JsonNode chunk) {
    List<Citation> citations =
        AnswerReader.citations(delta, sources == null ? chunk : Json.object());
    if (citations.isEmpty()) {
      return;
    }
    if (delta.path("annotations").isEmpty()) {
      // Perplexity repeats its sources with every chunk.
      sources = citations;
      return;
    }
    open(Kind.TEXT);
    citations.forEach(citation -> blocks.parts().accept(new StreamPart.Cited(openBlock, citation)));
  }

  /** Speech comes in pieces, and the hub has it whole. */
  private void audio(JsonNode piece) {
    for (Map.Entry<String, JsonNode> member : piece.properties()) {
      String text = Json.text(member.getValue());
      boolean grows = member.getKey().equals("data") || member.getKey().equals("transcript");
      if (grows && text != null) {
        audio.put(member.getKey(), audio.path(member.getKey()).asText("") + text);
      } else if (!member.getValue().isNull()) {
        audio.set(member.getKey(), member.getValue());
      }
    }
  }

  /** The call that a piece is of: by its index, else its id, else the last one. */
  private CallInProgress call(JsonNode piece) {
    String id = AnswerReader.given(piece.path("id"));
    String name = AnswerReader.given(piece.path("function").path("name"));
    JsonNode given = piece.path("index");
    int index = given.isInt() ? given.intValue() : NONE;
    for (int i = calls.size() - 1; i >= 0; i--) {
      CallInProgress call = calls.get(i);
      boolean same =
          index != NONE
              ? call.index() == index && !call.isOther(id, name)
              : id == null || call.hasId(id);
      if (same) {
        return call;
      }
    }
    CallInProgress call = new CallInProgress(index, AnswerReader.callId(answerId, calls.size()));
    calls.add(call);
    return call;
  }

  private void function(JsonNode function) {
    if (!function.isObject()) {
      return;
    }
    CallInProgress call = legacy;
    if (call == null) {
      close();
      call = new CallInProgress(NONE, AnswerReader.callId(answerId, calls.size()));
      calls.add(call);
      legacy = call;
    }
    call.function(function, "arguments", blocks);
  }

  private void detail(JsonNode entry) {
    if (!ReasoningPlaces.isOurs(entry)) {
      details.add(entry);
      return;
    }
    ArrayNode alone = Json.object().putArray("alone");
    ReasoningPlaces read = ReasoningPlaces.read(alone.add(entry));
    for (CallInProgress call : calls) {
      call.seal(read.ofCalls().get(call.id()));
    }
    for (ReasoningPlaces.Place place : read.places()) {
      open(Kind.REASONING);
      closeReasoning(place.seal());
    }
  }

  private void extras(JsonNode chunk, JsonNode choice) {
    for (String name : List.of("system_fingerprint", "service_tier")) {
      JsonNode value = chunk.path(name);
      if (value.isTextual() && AnswerReader.isTold(name, value)) {
        extras.put(name, value);
      }
    }
    JsonNode piece = choice.path("logprobs");
    if (piece.path("content").isArray() || piece.path("refusal").isArray()) {
      JsonNode all = extras.computeIfAbsent("logprobs", none -> Json.object());
      for (String name : List.of("content", "refusal")) {
        if (all instanceof ObjectNode node && piece.path(name).isArray()) {
          ArrayNode tokens = node.withArray(name);
          piece.path(name).forEach(tokens::add);
        }
      }
    }
  }

  @Override
  public void end(Consumer<StreamPart> parts) {
    blocks.listener(parts);
    if (!over) {
      conclude();
    }
  }

  private void conclude() {
    over = true;
    boolean whole = done || finish != null;
    if (!begun && !whole) {
      return;
    }
    if (!begun) {
      blocks.parts().accept(new StreamPart.Begun(null, null, null));
    }
    if (sources != null) {
      open(Kind.TEXT);
      for (Citation source : sources) {
        blocks.parts().accept(new StreamPart.Cited(openBlock, source));
      }
    }
    close();
    ReasoningPlaces late = details.take();
    Seal seal = late == null ? null : late.foreignSeal(maker);
    if (seal != null) {
      open(Kind.REASONING);
      closeReasoning(seal);
    }
    Content spoken = AnswerReader.audio(audio);
    if (spoken != null) {
      blocks.whole(spoken);
    }
    boolean cutOff = !whole || finish == FinishReason.LENGTH;
    calls.forEach(call -> call.end(!cutOff, blocks));
    if (whole) {
      finished();
    }
  }

  private StreamPart stopped(FinishReason reason) {
    return new StreamPart.Finished(reason, null, Extras.of(DialectId.OPENAI_CHAT, extras));
  }

  private void finished() {
    FinishReason reason = finish;
    if (reason == null || reason == FinishReason.STOP) {
      reason = calls.isEmpty() ? FinishReason.STOP : FinishReason.TOOL_CALLS;
    }
    JsonNode logprobs = extras.get("logprobs");
    if (logprobs instanceof ObjectNode node) {
      for (String name : List.of("content", "refusal")) {
        if (!node.has(name)) {
          node.putNull(name);
        }
      }
    }
    blocks.parts().accept(stopped(reason));
    blocks.parts().accept(new StreamPart.Ended());
  }
}
