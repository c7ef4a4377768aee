package dev.customhouse.dialect.openaichat;

import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.function.Consumer;

/** Numbers the blocks of one stream, and passes parts on to whoever listens at the moment. */
final class Blocks {
  private Consumer<StreamPart> parts = part -> {};
  private int next;

  void listener(Consumer<StreamPart> listener) {
    parts = listener;
  }

  Consumer<StreamPart> parts() {
    return parts;
  }

  /** Begins a block; its number. */
  int begin(Content opening) {
    parts.accept(new StreamPart.BlockBegun(next, opening));
    return next++;
  }

  /** Tells a block that is whole at once. */
  void whole(Content content) {
    parts.accept(new StreamPart.BlockEnded(begin(content)));
  }
}
