package dev.customhouse.dialect;

import dev.customhouse.canonical.chat.StreamPart;
import java.util.function.Consumer;

/** Understands one stream of a provider. Used by one thread. */
public interface PartReader {
  /**
   * Understands one raw event, its blank line included, or one frame. Never fails: an event that it
   * does not know tells nothing.
   */
  void event(byte[] buffer, int start, int end, Consumer<StreamPart> parts);

  /**
   * The body ended properly. Blocks that are still open are ended, and {@link StreamPart.Ended} is
   * told if the dialect's own end was not needed or has been seen.
   */
  void end(Consumer<StreamPart> parts);
}
