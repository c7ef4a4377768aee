package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import dev.customhouse.dialect.ModelTraits.Way;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one turn of the model, with signatures back on the very parts they came on
 * (ai.google.dev/gemini-api/docs/thought-signatures). From Gemini 3 on the first call of a turn
 * must have one; for calls made elsewhere Google documents a word that stands for it. It is put on
 * every such turn and not only on those behind the user's last words, so that a turn that was sent
 * once is sent the same way ever after. Used for one turn.
 */
final class ModelParts {
  static final String SENTINEL = "skip_thought_signature_validator";
  private static final String SIGNATURE = "thoughtSignature";

  private final Target target;
  private final Losses losses;
  private final ContentWriter writer;
  private final boolean signsCalls;
  private final ArrayNode parts = Json.object().arrayNode();

  /** The text or picture right before, on which a seal may go. */
  private @Nullable ObjectNode bare;

  /** A seal that lost its call on its way through a client of another dialect. */
  private @Nullable Seal stray;

  private boolean called;

  ModelParts(Target target, Losses losses, ContentWriter writer) {
    this.target = target;
    this.losses = losses;
    this.writer = writer;
    this.signsCalls =
        target.model().toLowerCase(Locale.ROOT).contains("gemini")
            && ModelTraits.of(target.model()).thinking() == Way.EFFORT;
  }

  ArrayNode write(List<Content> contents) {
    for (int i = 0; i < contents.size(); i++) {
      Content content = contents.get(i);
      writer.lostMark(content.extras());
      switch (content) {
        case Content.Reasoning reasoning ->
            think(reasoning, i + 1 < contents.size() ? contents.get(i + 1) : null);
        case Content.ToolCall call -> call(call);
        default -> {
          int before = parts.size();
          writer.write(content, parts);
          bare =
              parts.size() > before && parts.path(before) instanceof ObjectNode part ? part : null;
        }
      }
    }
    return parts;
  }

  private void think(Content.Reasoning reasoning, @Nullable Content next) {
    Seal seal = own(reasoning.seal());
    boolean thought = reasoning.extras().of(DialectId.GEMINI).containsKey(ContentReader.THOUGHT);
    if (seal != null && belongsToCall(seal, next)) {
      stray = seal;
      seal = null;
      thought |= !reasoning.text().isEmpty();
    }
    ObjectNode before = bare;
    if (seal != null && reasoning.text().isEmpty() && !thought && before != null) {
      before.put(SIGNATURE, seal.data());
    } else if (seal != null || thought && !reasoning.text().isEmpty()) {
      ObjectNode part = parts.addObject().put("text", reasoning.text());
      if (thought || !reasoning.text().isEmpty()) {
        part.put("thought", true);
      }
      if (seal != null) {
        part.put(SIGNATURE, seal.data());
      }
      ContentWriter.extras(part, reasoning.extras());
    } else if (!reasoning.text().isEmpty()) {
      losses.lost(Feature.REASONING_TEXT);
    }
    bare = null;
  }

  /** Clients of dialects that have no place on a call carry its seal in front of it. */
  private boolean belongsToCall(Seal seal, @Nullable Content next) {
    return signsCalls
        && !called
        && seal.maker() != null
        && next instanceof Content.ToolCall call
        && call.seal() == null;
  }

  private void call(Content.ToolCall call) {
    ObjectNode part = parts.addObject();
    ObjectNode function = part.putObject("functionCall");
    if (!CallIds.isInvented(call.id())) {
      function.put("id", call.id());
    }
    function.put("name", call.name());
    ObjectNode arguments = ObjectText.arguments(call.arguments());
    function.set(
        "args", arguments == null ? Json.object().put("input", call.arguments()) : arguments);
    Seal told = own(call.seal());
    Seal seal = told == null ? stray : told;
    if (seal != null) {
      part.put(SIGNATURE, seal.data());
    } else if (signsCalls && !called) {
      part.put(SIGNATURE, SENTINEL);
    }
    ContentWriter.extras(part, call.extras());
    stray = null;
    called = true;
    bare = null;
  }

  private @Nullable Seal own(@Nullable Seal seal) {
    if (seal == null || seal.isFor(DialectId.GEMINI, target)) {
      return seal;
    }
    losses.lost(Feature.FOREIGN_SEAL);
    return null;
  }
}
