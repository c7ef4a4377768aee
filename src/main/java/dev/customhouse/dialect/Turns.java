package dev.customhouse.dialect;

import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation for dialects whose turns alternate: instructions apart, neighbours of one role
 * joined, the results of tools first in the turn behind their calls, in the order of the calls and
 * each once.
 *
 * @param instructions the messages of system and developer at the beginning
 * @param turns of user and assistant by turns
 */
public record Turns(List<Message> instructions, List<Message> turns) {
  /** The lists stay in their order. */
  public Turns {
    instructions = List.copyOf(instructions);
    turns = List.copyOf(turns);
  }

  /**
   * The turns of a conversation.
   *
   * @param lateInstructions true when instructions behind the first turn may stay where they are;
   *     else they become words of the user between {@code <system>} tags, in their place: taking
   *     them to the front would change the order and the prefix that caches are made of
   */
  public static Turns of(List<Message> messages, boolean lateInstructions) {
    int first = 0;
    while (first < messages.size() && messages.get(first).role().instructs()) {
      first++;
    }
    List<Message> turns = new ArrayList<>();
    for (Message message : messages.subList(first, messages.size())) {
      Message turn = message;
      if (message.role().instructs() && !lateInstructions) {
        turn = asUser(message);
      }
      join(turns, turn);
    }
    return new Turns(messages.subList(0, first), ordered(turns));
  }

  private static Message asUser(Message message) {
    List<Content> wrapped = new ArrayList<>();
    for (Content content : message.content()) {
      wrapped.add(
          content instanceof Content.Text text
              ? new Content.Text(
                  "<system>\n" + text.text() + "\n</system>", List.of(), text.extras())
              : content);
    }
    return new Message(Role.USER, wrapped, message.extras());
  }

  private static void join(List<Message> turns, Message turn) {
    Message last = turns.isEmpty() ? null : turns.getLast();
    if (last == null || last.role() != turn.role() || turn.role().instructs()) {
      turns.add(turn);
      return;
    }
    List<Content> both = new ArrayList<>(last.content());
    both.addAll(turn.content());
    Extras extras = turn.extras().isEmpty() ? last.extras() : turn.extras();
    turns.set(turns.size() - 1, new Message(last.role(), both, extras));
  }

  private static List<Message> ordered(List<Message> turns) {
    List<Message> ordered = new ArrayList<>(turns.size());
    for (int i = 0; i < turns.size(); i++) {
      Message turn = turns.get(i);
      boolean results =
          turn.content().stream().anyMatch(content -> content instanceof Content.ToolResult);
      ordered.add(results ? ordered(turn, i == 0 ? null : turns.get(i - 1)) : turn);
    }
    return ordered;
  }

  /** Results in the order of their calls, then those of unknown calls, then all else. */
  private static Message ordered(Message turn, @Nullable Message before) {
    Map<String, Content> results = new LinkedHashMap<>();
    if (before != null) {
      for (Content content : before.content()) {
        if (content instanceof Content.ToolCall call) {
          results.put(call.id(), call);
        }
      }
    }
    List<Content> rest = new ArrayList<>();
    for (Content content : turn.content()) {
      if (content instanceof Content.ToolResult result) {
        results.put(result.callId(), result);
      } else {
        rest.add(content);
      }
    }
    List<Content> all = new ArrayList<>();
    for (Content content : results.values()) {
      if (content instanceof Content.ToolResult) {
        all.add(content);
      }
    }
    all.addAll(rest);
    return turn.with(all);
  }
}
