package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks an answer that was asked for in a form to which the model could not be held: whether it is
 * JSON, and whether it fits the schema.
 */
final class FormCheck {
  /** Faults that the model is told of; it mends the others with them. */
  private static final int FAULTS = 8;

  private static final int FAULT_CHARS = 300;

  private final OutputFormat format;

  FormCheck(OutputFormat format) {
    this.format = format;
  }

  /**
   * The answer with its JSON bare: models like to put it between the marks of a code block. An
   * answer that calls tools, or declines, is not in the form and need not be.
   */
  ChatAnswer bared(ChatAnswer answer) {
    if (!isSpoken(answer)) {
      return answer;
    }
    String bare = bare(text(answer));
    List<Content> content = new ArrayList<>();
    boolean placed = false;
    for (Content piece : answer.content()) {
      if (!(piece instanceof Content.Text text)) {
        content.add(piece);
      } else if (!placed) {
        placed = true;
        content.add(new Content.Text(bare, text.citations(), text.extras()));
      }
    }
    return new ChatAnswer(
        answer.id(),
        answer.model(),
        content,
        answer.finish(),
        answer.stopSequence(),
        answer.usage(),
        answer.extras());
  }

  /** What is wrong with it, in words for the model; null when nothing is. */
  @Nullable String fault(ChatAnswer answer) {
    if (!isSpoken(answer)) {
      return null;
    }
    JsonNode read = Json.read(text(answer).getBytes(StandardCharsets.UTF_8));
    if (read.isMissingNode()) {
      return "It is not valid JSON.";
    }
    return switch (format) {
      case OutputFormat.JsonObject ignored -> read.isObject() ? null : "It is not a JSON object.";
      case OutputFormat.JsonSchema wanted -> fault(read, wanted.schema());
    };
  }

  private static @Nullable String fault(JsonNode read, JsonNode schema) {
    Schema compiled;
    try {
      compiled =
          SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema);
      List<Error> errors = compiled.validate(read);
      if (errors.isEmpty()) {
        return null;
      }
      StringBuilder faults = new StringBuilder("It does not fit the schema:");
      for (Error error : errors.subList(0, Math.min(FAULTS, errors.size()))) {
        String message = String.valueOf(error.getInstanceLocation()) + ": " + error.getMessage();
        faults.append("\n- ").append(message, 0, Math.min(message.length(), FAULT_CHARS));
      }
      return faults.toString();
    } catch (RuntimeException e) {
      // A schema that cannot be understood cannot be held against the answer.
      return null;
    }
  }

  private static boolean isSpoken(ChatAnswer answer) {
    boolean words = false;
    for (Content content : answer.content()) {
      if (content instanceof Content.ToolCall || content instanceof Content.Declined) {
        return false;
      }
      words |= content instanceof Content.Text;
    }
    return words;
  }

  private static String text(ChatAnswer answer) {
    StringBuilder text = new StringBuilder();
    for (Content content : answer.content()) {
      if (content instanceof Content.Text part) {
        text.append(part.text());
      }
    }
    return text.toString();
  }

  private static String bare(String text) {
    String trimmed = text.strip();
    if (trimmed.startsWith("```") && trimmed.endsWith("```") && trimmed.indexOf('\n') > 0) {
      return trimmed.substring(trimmed.indexOf('\n') + 1, trimmed.length() - 3).strip();
    }
    int open = trimmed.indexOf("```json\n");
    int close = open < 0 ? -1 : trimmed.indexOf("```", open + 8);
    return close < 0 ? text : trimmed.substring(open + 8, close).strip();
  }

  /** What the model is told to mend its answer by. */
  static List<Message> conversation(List<Message> before, ChatAnswer answer, String fault) {
    List<Message> messages = new ArrayList<>(before);
    String said = text(answer);
    messages.add(Message.of(Message.Role.ASSISTANT, Content.Text.of(said.isBlank() ? "?" : said)));
    messages.add(
        Message.of(
            Message.Role.USER,
            Content.Text.of(
                "That answer cannot be used. "
                    + fault
                    + "\nAnswer again with nothing but the mended JSON.")));
    return messages;
  }
}
