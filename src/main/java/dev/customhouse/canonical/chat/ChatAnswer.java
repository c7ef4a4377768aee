package dev.customhouse.canonical.chat;

import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model answered. Null: the provider did not tell.
 *
 * @param content may be empty: a provider may answer with nothing and say why it stopped
 * @param stopSequence the text that ended it, when one did
 */
public record ChatAnswer(
    @Nullable String id,
    @Nullable String model,
    List<Content> content,
    @Nullable FinishReason finish,
    @Nullable String stopSequence,
    @Nullable Usage usage,
    Extras extras) {
  /** The content stays in its order. */
  public ChatAnswer {
    content = List.copyOf(content);
  }

  /** Without anything that a model wrote. */
  @Override
  public String toString() {
    return "ChatAnswer[" + id + ", " + content.size() + " contents, " + finish + "]";
  }
}
