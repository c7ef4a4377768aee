package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call of a stream, of which hosts tell id and name once, each time, late or never. */
final class CallInProgress {
  private static final int NOT_BEGUN = -1;

  private final int index;
  private final String inventedId;
  private final StringBuilder held = new StringBuilder();
  private String id = "";
  private String name = "";
  private boolean freeform;
  private boolean argued;
  private int block = NOT_BEGUN;
  private @Nullable Seal seal;

  /**
   * A call of which nothing is known.
   *
   * @param index the host's; not unique
   * @param inventedId its id, if the host tells none
   */
  CallInProgress(int index, String inventedId) {
    this.index = index;
    this.inventedId = inventedId;
  }

  int index() {
    return index;
  }

  String id() {
    return id.isEmpty() ? inventedId : id;
  }

  /** True when a piece with that id and name is of another call, though its index is this one's. */
  boolean isOther(@Nullable String otherId, @Nullable String otherName) {
    return otherId != null && otherName != null && !id.isEmpty() && !id.equals(otherId);
  }

  boolean hasId(String other) {
    return id.equals(other);
  }

  void seal(@Nullable Seal given) {
    seal = given == null ? seal : given;
  }

  /** Takes what a piece tells; the call begins as soon as it has a name. */
  void take(JsonNode call, Blocks blocks) {
    String givenId = AnswerReader.given(call.path("id"));
    if (block == NOT_BEGUN && id.isEmpty() && givenId != null) {
      id = givenId;
    }
    freeform |= call.path("custom").isObject();
    JsonNode inner = call.path(freeform ? "custom" : "function");
    function(inner, freeform ? "input" : "arguments", blocks);
  }

  /** Takes a piece of a function's call as it was before there were tools. */
  void function(JsonNode inner, String argumentsName, Blocks blocks) {
    String given = AnswerReader.given(inner.path("name"));
    if (name.isEmpty() && given != null) {
      name = given;
    }
    held.append(AnswerReader.arguments(inner.path(argumentsName)));
    if (!name.isEmpty()) {
      begin(blocks);
    }
  }

  private void begin(Blocks blocks) {
    if (block == NOT_BEGUN) {
      block = blocks.begin(new Content.ToolCall(id(), name, null, freeform, "", null, Extras.NONE));
    }
    if (!held.isEmpty()) {
      argued |= !held.toString().isBlank();
      blocks.parts().accept(new StreamPart.Delta(block, held.toString()));
      held.setLength(0);
    }
  }

  /** Ends the call; one that was whole and had no arguments has an empty object. */
  void end(boolean whole, Blocks blocks) {
    begin(blocks);
    Consumer<StreamPart> parts = blocks.parts();
    if (whole && !argued && !freeform) {
      parts.accept(new StreamPart.Delta(block, "{}"));
    }
    if (seal != null) {
      parts.accept(new StreamPart.Sealed(block, seal));
    }
    parts.accept(new StreamPart.BlockEnded(block));
  }
}
