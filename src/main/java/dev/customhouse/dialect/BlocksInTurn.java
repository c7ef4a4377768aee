package dev.customhouse.dialect;

import dev.customhouse.canonical.chat.StreamPart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of one stream one after another, for dialects that have one block open at a time.
 * Blocks that the provider has open at the same time wait for each other, in the order in which
 * they began. Used by one thread.
 */
public final class BlocksInTurn {
  /** Parts of blocks that wait, by the number of the block. */
  private final Map<Integer, List<StreamPart>> waiting = new LinkedHashMap<>();

  private @Nullable Integer open;

  /** None has begun. */
  public BlocksInTurn() {}

  /**
   * What may be written when a part has come: nothing, the part, or with it what waited for it.
   *
   * @param number of the part's block. Parts of a block that never began are left out
   */
  public List<StreamPart> ready(int number, StreamPart part) {
    List<StreamPart> own = waiting.get(number);
    boolean begins = part instanceof StreamPart.BlockBegun;
    if (own != null) {
      own.add(part);
      return List.of();
    }
    if (open == null ? !begins : open != number) {
      if (begins) {
        waiting.put(number, new ArrayList<>(List.of(part)));
      }
      return List.of();
    }
    if (!begins && !(part instanceof StreamPart.BlockEnded)) {
      return List.of(part);
    }
    List<StreamPart> ready = new ArrayList<>();
    take(part, ready);
    release(ready);
    return ready;
  }

  /** What is still to be written when no more comes: every block that began also ends. */
  public List<StreamPart> rest() {
    List<StreamPart> ready = new ArrayList<>();
    release(ready);
    while (open != null) {
      take(new StreamPart.BlockEnded(open), ready);
      release(ready);
    }
    return ready;
  }

  private void release(List<StreamPart> ready) {
    while (open == null && !waiting.isEmpty()) {
      var first = waiting.entrySet().iterator();
      List<StreamPart> parts = first.next().getValue();
      first.remove();
      parts.forEach(part -> take(part, ready));
    }
  }

  private void take(StreamPart part, List<StreamPart> ready) {
    ready.add(part);
    if (part instanceof StreamPart.BlockBegun begun) {
      open = begun.block();
    } else if (part instanceof StreamPart.BlockEnded) {
      open = null;
    }
  }
}
