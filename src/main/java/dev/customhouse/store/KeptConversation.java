package dev.customhouse.store;

import java.util.List;

/**
 * A conversation as far as it was found.
 *
 * @param responses oldest first; only a whole one begins with the first
 */
public record KeptConversation(Extent extent, List<KeptResponse> responses) {
  /** Copies the list. */
  public KeptConversation {
    responses = List.copyOf(responses);
  }

  /** How far. */
  public enum Extent {
    /** All of it. */
    WHOLE,
    /** Not even the response that was asked for is kept. */
    UNKNOWN,
    /** An earlier response of it is kept no longer. */
    BROKEN,
    /** It goes beyond the limits that were given. */
    TOO_LONG
  }
}
