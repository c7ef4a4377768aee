package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A conversation in the order that Anthropic takes: turns by turns, and instructions in the middle
 * only behind a turn of the user, by models that know such.
 *
 * @param instructions what stands at the top of the request
 * @see <a
 *     href="https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages">
 *     Mid-conversation system messages</a>
 */
record Conversation(List<Message> instructions, Turns turns) {

  static Conversation of(List<Message> messages, boolean lateInstructions, Losses losses) {
    List<Message> filled = new ArrayList<>();
    for (Message message : messages) {
      if (message.content().stream().anyMatch(Conversation::isSaid)) {
        filled.add(message);
      }
    }
    boolean mayStay = lateInstructions && allBehindUser(filled);
    Turns turns = Turns.of(filled, mayStay);
    if (turns.turns().isEmpty()) {
      // Instructions alone: somebody must have said something.
      List<Message> said =
          turns.instructions().stream()
              .map(message -> new Message(Role.USER, message.content(), message.extras()))
              .toList();
      return new Conversation(List.of(), Turns.of(said, false));
    }
    return new Conversation(
        turns.instructions(), new Turns(List.of(), mayStay ? turns.turns() : plain(turns, losses)));
  }

  private static boolean isSaid(Content content) {
    return !(content instanceof Content.Text text)
        || !text.text().isBlank()
        || !text.extras().fields().isEmpty();
  }

  private static boolean allBehindUser(List<Message> messages) {
    boolean begun = false;
    Role before = Role.SYSTEM;
    for (Message message : messages) {
      boolean instructs = message.role().instructs();
      if (begun && instructs && before == Role.ASSISTANT) {
        return false;
      }
      begun |= !instructs;
      before = message.role();
    }
    return true;
  }

  /** What only instructions in the middle may say, such as an effort for the turn, is lost. */
  private static List<Message> plain(Turns turns, Losses losses) {
    List<Message> plain = new ArrayList<>();
    for (Message turn : turns.turns()) {
      boolean effort = Members.own(turn.extras(), RequestReader.OUTPUT_CONFIG) != null;
      if (effort) {
        losses.lost(Feature.THINKING_EFFORT);
        Map<String, JsonNode> kept = new java.util.LinkedHashMap<>(turn.extras().fields());
        kept.remove(RequestReader.OUTPUT_CONFIG);
        plain.add(new Message(turn.role(), turn.content(), Extras.of(Members.OWN, kept)));
      } else {
        plain.add(turn);
      }
    }
    return plain;
  }

  /**
   * True when a loop of tools is running whose first turn of the assistant does not begin with
   * reasoning. Where thinking has a budget, Anthropic then answers with an error.
   *
   * @param messages as they are written
   */
  static boolean lacksReasoning(JsonNode messages) {
    int first = -1;
    for (int i = messages.size() - 1; i >= 0; i--) {
      JsonNode message = messages.get(i);
      String role = message.path("role").asText();
      if (role.equals("assistant")) {
        first = i;
      } else if (role.equals("user")
          && !message.path("content").path(0).path("type").asText().equals("tool_result")) {
        break;
      }
    }
    boolean running = first >= 0 && first < messages.size() - 1;
    String begins =
        running ? messages.get(first).path("content").path(0).path("type").asText() : "thinking";
    return !begins.equals("thinking") && !begins.equals("redacted_thinking");
  }
}
