package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns an answer into parts as Gemini's clients know them: text and thoughts as they come, calls
 * whole. The proof of another provider's reasoning goes on the call behind it, because clients keep
 * calls and mostly forget thoughts. Used for one answer.
 */
final class AnswerParts {
  private static final String SIGNATURE = "thoughtSignature";

  private final Consumer<ObjectNode> parts;
  private final boolean thoughtsShown;
  private final CitedText cited;
  private final Map<Integer, Open> open = new HashMap<>();

  /** A seal that waits for a call to go on. */
  private @Nullable Seal waiting;

  private @Nullable FinishReason finish;
  private @Nullable Usage usage;
  private boolean brokenCall;

  /** A block that is under way. */
  private static final class Open {
    private final Content opening;
    private final StringBuilder arguments = new StringBuilder();
    private @Nullable Seal seal;

    Open(Content opening) {
      this.opening = opening;
    }
  }

  /**
   * Parts for a client.
   *
   * @param whole true when the answer goes out as one
   * @param thoughtsShown false when the client said that it wants none
   */
  AnswerParts(boolean whole, boolean thoughtsShown, Consumer<ObjectNode> parts) {
    this.cited = new CitedText(whole);
    this.thoughtsShown = thoughtsShown;
    this.parts = parts;
  }

  void begin(int number, Content opening) {
    switch (opening) {
      case Content.Text text -> {
        release();
        open.put(number, new Open(opening));
        cited.block(number);
        speak(number, text.text());
        text.citations().forEach(citation -> cited.cite(number, citation));
      }
      case Content.Declined declined -> {
        release();
        open.put(number, new Open(opening));
        cited.block(number);
        speak(number, declined.text());
      }
      case Content.Reasoning reasoning -> {
        Open block = new Open(opening);
        block.seal = reasoning.seal();
        open.put(number, block);
        think(reasoning.text());
      }
      case Content.ToolCall call -> {
        Open block = new Open(opening);
        block.seal = call.seal();
        block.arguments.append(call.arguments());
        open.put(number, block);
      }
      case Content.Media media -> {
        release();
        emit(AnswerMedia.write(media));
      }
      case Content.Native own -> {
        if (own.dialect() == DialectId.GEMINI && own.raw() instanceof ObjectNode raw) {
          release();
          emit(raw);
        }
      }
      case Content.ToolResult ignored -> {}
    }
  }

  void delta(int number, String piece) {
    Open block = open.get(number);
    if (block == null) {
      return;
    }
    if (block.opening instanceof Content.ToolCall) {
      block.arguments.append(piece);
    } else if (block.opening instanceof Content.Reasoning) {
      think(piece);
    } else {
      speak(number, piece);
    }
  }

  void cite(StreamPart.Cited source) {
    cited.cite(source.block(), source.citation());
  }

  void seal(StreamPart.Sealed sealed) {
    Open block = open.get(sealed.block());
    if (block != null) {
      block.seal = sealed.seal();
    }
  }

  void end(int number) {
    Open block = open.remove(number);
    if (block == null) {
      return;
    }
    if (block.opening instanceof Content.ToolCall call) {
      call(call, block);
    } else if (block.opening instanceof Content.Reasoning && block.seal instanceof Seal seal) {
      release();
      if (seal.dialect() == DialectId.GEMINI) {
        emit(sealed(seal, false));
      } else {
        waiting = seal;
      }
    }
  }

  private void call(Content.ToolCall call, Open block) {
    String told = block.arguments.toString();
    // The dialect has no tools of free text: their text is the one argument.
    ObjectNode arguments =
        call.freeform() ? Json.object().put("input", told) : ObjectText.arguments(told);
    if (arguments == null) {
      brokenCall = true;
      release();
      return;
    }
    Seal seal = block.seal;
    if (seal == null) {
      seal = waiting;
      waiting = null;
    }
    release();
    ObjectNode part = Json.object();
    part.putObject("functionCall")
        .put("id", call.id())
        .put("name", call.name())
        .set("args", arguments);
    if (seal != null) {
      part.put(SIGNATURE, SealText.write(seal));
    }
    emit(part);
  }

  private void speak(int number, String text) {
    if (!text.isEmpty()) {
      cited.text(number, text);
      emit(Json.object().put("text", text));
    }
  }

  private void think(String text) {
    if (!text.isEmpty() && thoughtsShown) {
      release();
      emit(Json.object().put("text", text).put("thought", true));
    }
  }

  /** A seal that nothing came for goes on a thought of its own. */
  private void release() {
    Seal seal = waiting;
    if (seal != null) {
      waiting = null;
      emit(sealed(seal, true));
    }
  }

  /** Clients drop texts that are empty and no thoughts. */
  private static ObjectNode sealed(Seal seal, boolean thought) {
    ObjectNode part = Json.object().put("text", "");
    if (thought) {
      part.put("thought", true);
    }
    return part.put(SIGNATURE, SealText.write(seal));
  }

  private void emit(@Nullable ObjectNode part) {
    if (part != null) {
      cited.part();
      parts.accept(part);
    }
  }

  void count(Usage counted) {
    usage = counted;
  }

  void finish(FinishReason reason) {
    release();
    finish = reason;
  }

  /** Puts what is told behind the last part into the candidate. */
  void close(ObjectNode candidate) {
    FinishReason reason = finish;
    if (reason != null) {
      boolean half = brokenCall && Finishes.word(reason).equals("STOP");
      candidate.put("finishReason", half ? "MALFORMED_FUNCTION_CALL" : Finishes.word(reason));
    }
    ObjectNode grounding = cited.grounding();
    if (!grounding.isEmpty()) {
      candidate.set("groundingMetadata", grounding);
    }
  }

  /** What was counted so far; null when nothing is known. */
  @Nullable Usage counted() {
    return usage;
  }

  /** The same as the dialect tells it. */
  @Nullable ObjectNode usage() {
    Usage counted = usage;
    if (counted == null) {
      return null;
    }
    Long thoughts = counted.reasoningTokens();
    long spoken = counted.outputTokens() - (thoughts == null ? 0 : thoughts);
    ObjectNode written =
        Json.object()
            .put("promptTokenCount", counted.inputTokens())
            .put("candidatesTokenCount", Math.max(0, spoken));
    if (counted.cacheReadTokens() instanceof Long cached) {
      written.put("cachedContentTokenCount", cached);
    }
    if (thoughts != null) {
      written.put("thoughtsTokenCount", thoughts);
    }
    return written.put("totalTokenCount", counted.totalTokens());
  }
}
