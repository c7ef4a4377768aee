package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks of a model, whatever its dialect.
 *
 * @param model the model's name without the provider's prefix
 * @param turns the conversation, system texts included, oldest first
 * @param tools the tools that the model may call, in the order offered
 * @param calling whether and what to call
 * @param form the JSON that is wanted; null when text is
 * @param stops texts at which to stop; none of them empty
 * @param maxTokens how much may be said; null for as much as there is
 * @param choices how many answers are wanted
 * @param stream whether the answer is wanted piece by piece
 */
record Ask(
    String model,
    List<Turn> turns,
    List<Tool> tools,
    Calling calling,
    @Nullable Form form,
    List<String> stops,
    @Nullable Integer maxTokens,
    int choices,
    boolean stream) {

  Ask {
    turns = List.copyOf(turns);
    tools = List.copyOf(tools);
    stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
  }

  /** Who said something. */
  enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    TOOL
  }

  /**
   * A message.
   *
   * @param text its text parts, joined by line ends; may be empty
   * @param toolResults the texts of the tool results it brings
   * @param otherTokens the count of its parts that are neither of both
   */
  record Turn(Role role, String text, List<String> toolResults, long otherTokens) {
    Turn {
      toolResults = List.copyOf(toolResults);
    }

    static Turn of(Role role, String text) {
      return new Turn(role, text, List.of(), 0);
    }
  }

  /**
   * A tool on offer.
   *
   * @param namespace the group that the tool is in (Responses); null when it is in none
   * @param schema the JSON schema of its arguments; an empty object where none was given
   * @param freeform true when it takes plain text (OpenAI's custom tools) instead of JSON
   */
  record Tool(
      @Nullable String namespace,
      String name,
      String description,
      JsonNode schema,
      boolean freeform) {

    static Tool function(String name, String description, JsonNode schema) {
      return new Tool(
          null,
          name,
          description,
          schema.isMissingNode() || schema.isNull()
              ? JsonNodeFactory.instance.objectNode()
              : schema,
          false);
    }
  }

  /**
   * Whether to call a tool.
   *
   * @param name the one tool to call; null for the first
   */
  record Calling(boolean allowed, @Nullable String name) {
    static final Calling FREE = new Calling(true, null);
    static final Calling NEVER = new Calling(false, null);

    static Calling only(String name) {
      return new Calling(true, name);
    }
  }

  /**
   * JSON that is wanted as the answer's text.
   *
   * @param schema its schema; null when any object will do
   */
  record Form(@Nullable JsonNode schema) {}

  /** The text of the last message of the user that has one; null when there is none. */
  @Nullable String lastUserText() {
    for (int i = turns.size() - 1; i >= 0; i--) {
      Turn turn = turns.get(i);
      if (turn.role() == Role.USER && !turn.text().isBlank()) {
        return turn.text();
      }
    }
    return null;
  }

  /** The tool results that the conversation ends with; empty when it ends with something else. */
  List<String> freshToolResults() {
    List<String> results = new ArrayList<>();
    for (int i = turns.size() - 1; i >= 0; i--) {
      Turn turn = turns.get(i);
      if (turn.role() == Role.SYSTEM) {
        continue;
      }
      if (turn.toolResults().isEmpty()) {
        break;
      }
      results.addAll(0, turn.toolResults());
    }
    return results;
  }
}
