package dev.customhouse.dialect.bedrock;

import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import org.jspecify.annotations.Nullable;

/** Cache marks of contents. */
final class Marks {
  private Marks() {}

  /** The content with the mark behind it; a native block, which can have none, stays as it is. */
  static Content with(Content content, @Nullable CacheMark mark) {
    Extras extras = content.extras().with(mark);
    return switch (content) {
      case Content.Text text -> new Content.Text(text.text(), text.citations(), extras);
      case Content.Media media ->
          new Content.Media(media.kind(), media.source(), media.mediaType(), media.name(), extras);
      case Content.Reasoning reasoning ->
          new Content.Reasoning(reasoning.text(), reasoning.seal(), extras);
      case Content.ToolCall call ->
          new Content.ToolCall(
              call.id(),
              call.name(),
              call.namespace(),
              call.freeform(),
              call.arguments(),
              call.seal(),
              extras);
      case Content.ToolResult result ->
          new Content.ToolResult(
              result.callId(), result.name(), result.content(), result.failed(), extras);
      case Content.Declined declined -> new Content.Declined(declined.text(), extras);
      case Content.Native own -> own;
    };
  }
}
