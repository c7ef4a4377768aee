package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code contents} for Gemini. Used for one request. */
final class ContentWriter {
  private static final String PARTS = "parts";

  /** Extras that say how a part was written and are no members of it. */
  private static final Set<String> MARKS =
      Set.of(ContentReader.THOUGHT, ContentReader.INLINE_DATA, ContentReader.FILE_DATA);

  private final Target target;
  private final Losses losses;
  private final Map<String, String> namesByCall = new HashMap<>();

  ContentWriter(Target target, Losses losses, List<Message> conversation) {
    this.target = target;
    this.losses = losses;
    for (Message message : conversation) {
      for (Content content : message.content()) {
        if (content instanceof Content.ToolCall call) {
          namesByCall.put(call.id(), call.name());
        }
      }
    }
  }

  /** Turns that have nothing left to say are left out; what is then of one role is joined. */
  ArrayNode write(List<Message> turns) {
    ArrayNode contents = Json.object().arrayNode();
    for (Message turn : turns) {
      ArrayNode parts =
          turn.role() == Role.ASSISTANT
              ? new ModelParts(target, losses, this).write(turn.content())
              : userParts(turn.content());
      lostMark(turn.extras());
      if (parts.isEmpty()) {
        continue;
      }
      String role = turn.role() == Role.ASSISTANT ? "model" : "user";
      if (!contents.isEmpty()
          && contents.path(contents.size() - 1) instanceof ObjectNode last
          && last.path("role").asText().equals(role)) {
        last.withArray(PARTS).addAll(parts);
      } else {
        ObjectNode content = contents.addObject().put("role", role);
        content.set(PARTS, parts);
        turn.extras().of(DialectId.GEMINI).forEach(content::set);
      }
    }
    return contents;
  }

  /** Responses first, then the media of those that cannot hold them, then all else. */
  private ArrayNode userParts(List<Content> contents) {
    ArrayNode responses = Json.object().arrayNode();
    ArrayNode attached = Json.object().arrayNode();
    ArrayNode rest = Json.object().arrayNode();
    ResultWriter results = new ResultWriter(target, losses, this, namesByCall);
    for (Content content : contents) {
      lostMark(content.extras());
      if (content instanceof Content.ToolResult result) {
        responses.add(results.write(result, attached));
      } else {
        write(content, rest);
      }
    }
    return responses.addAll(attached).addAll(rest);
  }

  /** What users and models can both say. */
  void write(Content content, ArrayNode parts) {
    switch (content) {
      case Content.Text text -> {
        if (!text.citations().isEmpty()) {
          losses.lost(Feature.CITATION);
        }
        if (!text.text().isEmpty()) {
          extras(parts.addObject().put("text", text.text()), text.extras());
        }
      }
      case Content.Declined declined -> {
        if (!declined.text().isEmpty()) {
          parts.addObject().put("text", declined.text());
        }
      }
      case Content.Media media -> {
        ObjectNode part = MediaPart.write(media, losses);
        if (part != null) {
          parts.add(part);
          extras(part, media.extras());
        }
      }
      case Content.Native own -> {
        if (own.dialect() == DialectId.GEMINI) {
          parts.add(own.raw());
        } else {
          losses.lost(Feature.NATIVE_CONTENT, own.type());
        }
      }
      case Content.Reasoning ignored -> losses.lost(Feature.REASONING_TEXT);
      case Content.ToolCall call -> losses.lost(Feature.NATIVE_CONTENT, call.name());
      case Content.ToolResult result -> losses.lost(Feature.NATIVE_CONTENT, result.callId());
    }
  }

  /** Marks of the client's cache: Gemini's finds its prefixes by itself. */
  void lostMark(Extras extras) {
    if (extras.cache() != null) {
      losses.lost(Feature.CACHE_MARK);
    }
  }

  /** Members that came with the element, but for the marks that the reader left. */
  static void extras(ObjectNode part, Extras extras) {
    extras
        .of(DialectId.GEMINI)
        .forEach((path, value) -> {
          if (!MARKS.contains(path)) {
            Members.put(part, path, value);
          }
        });
  }
}
