package dev.customhouse.canonical.chat;

import java.util.List;

/**
 * One turn of a conversation. Neighbours of one role are allowed; a dialect that wants turns to
 * alternate joins them when it writes. Results of tools stand in messages of the user.
 */
public record Message(Role role, List<Content> content, Extras extras) {
  /** The content stays in its order. */
  public Message {
    content = List.copyOf(content);
  }

  /** A message without anything beside its content. */
  public static Message of(Role role, Content... content) {
    return new Message(role, List.of(content), Extras.NONE);
  }

  /** The same with other content. */
  public Message with(List<Content> changed) {
    return new Message(role, changed, extras);
  }

  /** Who speaks. System and developer may speak at any place. */
  public enum Role {
    SYSTEM,
    DEVELOPER,
    USER,
    ASSISTANT;

    /** True for the two that instruct. */
    public boolean instructs() {
      return this == SYSTEM || this == DEVELOPER;
    }
  }
}
