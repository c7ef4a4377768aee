package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.List;
import java.util.Set;

/**
 * The cache marks of one request. Anthropic takes no more than {@link #MARKS_MAX}; where there are
 * more, the last ones are kept, because each covers all that stands before it.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/prompt-caching">Prompt
 *     caching</a>
 */
final class CacheMarks {
  static final int MARKS_MAX = 4;
  private static final Set<String> TTL = Set.of("5m", "1h");

  private final Losses losses;
  private int surplus;

  CacheMarks(ChatRequest request, Losses losses) {
    this.losses = losses;
    int marks = Members.own(request.extras(), Members.CACHE_CONTROL) == null ? 0 : 1;
    for (Tool tool : request.tools()) {
      marks +=
          switch (tool) {
            case Tool.Function function -> count(function.extras());
            case Tool.Freeform freeform -> count(freeform.extras());
            case Tool.Native own -> own.raw().hasNonNull(Members.CACHE_CONTROL) ? 1 : 0;
          };
    }
    for (Message message : request.messages()) {
      marks += count(message.content());
    }
    this.surplus = marks - MARKS_MAX;
  }

  private static int count(Extras extras) {
    return extras.cache() == null ? 0 : 1;
  }

  private static int count(List<Content> contents) {
    int marks = 0;
    for (Content content : contents) {
      marks += count(content.extras());
      if (content instanceof Content.ToolResult result) {
        marks += count(result.content());
      }
    }
    return marks;
  }

  /** Puts the mark on the element, if there is one and it is among those that are kept. */
  void write(ObjectNode element, Extras extras) {
    Extras.CacheMark mark = extras.cache();
    if (mark == null) {
      return;
    }
    if (surplus > 0) {
      surplus--;
      losses.lost(Feature.CACHE_MARK);
      element.remove(Members.CACHE_CONTROL);
      return;
    }
    JsonNode own = Members.own(extras, Members.CACHE_CONTROL);
    if (own != null) {
      element.set(Members.CACHE_CONTROL, own);
      return;
    }
    ObjectNode control = Json.object().put("type", "ephemeral");
    String ttl = mark.ttl();
    if (ttl != null && TTL.contains(ttl)) {
      control.put("ttl", ttl);
    } else if (ttl != null) {
      losses.lost(Feature.CACHE_MARK_TTL);
    }
    element.set(Members.CACHE_CONTROL, control);
  }
}
