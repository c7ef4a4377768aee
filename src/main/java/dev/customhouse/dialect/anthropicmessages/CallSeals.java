package dev.customhouse.dialect.anthropicmessages;

import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Seal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that Gemini puts on calls of tools. This dialect's {@code tool_use} has no place
 * for one, so that it stands beside the call in a {@code redacted_thinking} of its own, which
 * clients echo. It is told from redacted reasoning by what its box says: it is no reasoning.
 */
final class CallSeals {
  private CallSeals() {}

  /** The signature that the content carries for a call beside it; null when it is none. */
  private static @Nullable Seal of(Content content) {
    if (content instanceof Content.Reasoning reasoning
        && reasoning.text().isEmpty()
        && reasoning.extras().fields().containsKey(BlockReader.BESIDE_CALL)) {
      return reasoning.seal();
    }
    return null;
  }

  /** The contents with the signatures on their calls: the one behind it, or else before it. */
  static List<Content> attached(List<Content> contents) {
    List<Content> attached = new ArrayList<>(contents.size());
    Seal waiting = null;
    for (int i = 0; i < contents.size(); i++) {
      Content content = contents.get(i);
      Seal seal = of(content);
      if (seal != null) {
        boolean behind = i + 1 < contents.size() && contents.get(i + 1) instanceof Content.ToolCall;
        if (behind) {
          waiting = seal;
        } else if (!attached.isEmpty() && attached.getLast() instanceof Content.ToolCall call) {
          attached.set(attached.size() - 1, call.withSeal(seal));
        }
      } else if (waiting != null && content instanceof Content.ToolCall call) {
        attached.add(call.withSeal(waiting));
        waiting = null;
      } else {
        attached.add(content);
      }
    }
    return attached;
  }
}
