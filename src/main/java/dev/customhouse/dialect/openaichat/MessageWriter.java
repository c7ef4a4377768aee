package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.ToolResult;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the messages of one request for a provider. */
final class MessageWriter {
  private static final String FAILED = "Error: ";
  private static final String ATTACHED = "See the attached content of the next message.";

  private final ChatHost host;
  private final PartsWriter parts;
  private final AssistantWriter assistants;
  private final ArrayNode written = Json.object().putArray("messages");

  MessageWriter(ChatHost host, Target target, Losses losses, boolean thinks) {
    this.host = host;
    this.parts = new PartsWriter(host, losses);
    this.assistants = new AssistantWriter(host, target, losses, parts, thinks);
  }

  /**
   * The messages.
   *
   * @param instruction what the gateway itself has to say, behind the first instructions; null:
   *     nothing
   */
  ArrayNode write(List<Message> given, @Nullable String instruction) {
    List<Message> messages = joined(given);
    Results results = new Results(messages);
    boolean instructing = instruction != null;
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      if (instructing && !message.role().instructs()) {
        append(Json.object().put("role", "system").put("content", instruction));
        instructing = false;
      }
      switch (message.role()) {
        case SYSTEM, DEVELOPER -> append(instructions(message));
        case ASSISTANT -> {
          append(assistants.write(message));
          tools(results.of(i));
        }
        case USER -> user(message, results);
      }
    }
    return written;
  }

  private void append(ObjectNode message) {
    boolean behindTool =
        !written.isEmpty() && written.get(written.size() - 1).path("role").asText().equals("tool");
    if (host.wantsAssistantBehindTools()
        && behindTool
        && message.path("role").asText().equals("user")) {
      written.addObject().put("role", "assistant").put("content", "OK.");
    }
    written.add(message);
  }

  private ObjectNode instructions(Message message) {
    boolean developer = message.role() == Role.DEVELOPER && host.knowsDeveloper();
    ObjectNode node = Json.object().put("role", developer ? "developer" : "system");
    content(node, message.content(), "\n\n", host.takesTextParts());
    beside(node, message.extras());
    return node;
  }

  private void user(Message message, Results results) {
    List<ToolResult> orphans = new ArrayList<>();
    List<Content> words = new ArrayList<>();
    for (Content content : message.content()) {
      if (!(content instanceof ToolResult result)) {
        words.add(content);
      } else if (!results.isTaken(result)) {
        orphans.add(result);
      }
    }
    if (!orphans.isEmpty()) {
      tools(orphans.stream().map(orphan -> new Result(orphan, message)).toList());
    }
    if (!words.isEmpty() || message.content().isEmpty()) {
      ObjectNode node = Json.object().put("role", "user");
      content(node, words, "\n\n", true);
      beside(node, message.extras());
      append(node);
    }
  }

  private void tools(List<Result> results) {
    ArrayNode attached = Json.object().putArray("content");
    for (Result result : results) {
      append(tool(result, attached));
    }
    if (!attached.isEmpty()) {
      ObjectNode user = Json.object().put("role", "user");
      user.set("content", attached);
      append(user);
    }
  }

  private ObjectNode tool(Result of, ArrayNode attached) {
    ToolResult result = of.result();
    ObjectNode node = Json.object().put("role", "tool").put("tool_call_id", result.callId());
    if (result.name() != null) {
      node.put("name", result.name());
    }
    List<Content> texts = new ArrayList<>();
    List<ObjectNode> media = new ArrayList<>();
    for (Content content : result.content()) {
      ObjectNode part = content instanceof Content.Text ? null : parts.part(content);
      if (content instanceof Content.Text) {
        texts.add(content);
      } else if (part != null && part.path("type").asText().equals("text")) {
        texts.add(Content.Text.of(part.path("text").asText()));
      } else if (part != null) {
        media.add(part);
      }
    }
    if (!media.isEmpty()) {
      texts.add(Content.Text.of(ATTACHED));
      attached.add(PartsWriter.text("Attached to the result of the call " + result.callId() + ":"));
      media.forEach(attached::add);
    }
    content(node, result.failed() ? failed(texts) : texts, "\n", host.takesTextParts());
    parts.mark(Json.object(), result.extras());
    boolean alone = of.message().content().size() == 1;
    if (alone) {
      beside(node, of.message().extras());
    }
    return node;
  }

  /** There is no other place for it. */
  private static List<Content> failed(List<Content> texts) {
    List<Content> told = new ArrayList<>(texts);
    if (told.isEmpty() || !(told.getFirst() instanceof Content.Text first)) {
      told.addFirst(Content.Text.of(FAILED.strip()));
    } else if (!first.text().regionMatches(true, 0, "error", 0, "error".length())) {
      told.set(0, new Content.Text(FAILED + first.text(), first.citations(), first.extras()));
    }
    return told;
  }

  /** A string when it is one text, else parts, or one string of all texts. */
  private void content(ObjectNode node, List<Content> contents, String joint, boolean takesParts) {
    List<Content.Text> texts = new ArrayList<>();
    for (Content content : contents) {
      if (content instanceof Content.Text text) {
        texts.add(text);
      }
    }
    boolean onlyTexts = texts.size() == contents.size();
    boolean plain = texts.isEmpty() || texts.size() == 1 && !parts.hasMore(texts.getFirst());
    if (onlyTexts && (plain || !takesParts)) {
      node.put(
          "content",
          texts.size() == 1
              ? parts.bare(texts.getFirst())
              : String.join(joint, texts.stream().map(parts::bare).toList()));
      return;
    }
    ArrayNode array = node.putArray("content");
    for (Content content : contents) {
      ObjectNode part = parts.part(content);
      if (part != null) {
        array.add(part);
      }
    }
    if (array.isEmpty()) {
      node.put("content", "");
    }
  }

  private static void beside(ObjectNode node, Extras extras) {
    for (Map.Entry<String, JsonNode> field : extras.of(DialectId.OPENAI_CHAT).entrySet()) {
      if (!node.has(field.getKey())) {
        node.set(field.getKey(), field.getValue());
      }
    }
  }

  /**
   * Other dialects tell reasoning, words and calls of one turn in messages of their own; here they
   * are one message, because results must follow their calls at once.
   */
  private static List<Message> joined(List<Message> messages) {
    List<Message> joined = new ArrayList<>(messages.size());
    for (Message message : messages) {
      Message last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && joins(last, message)) {
        List<Content> both = new ArrayList<>(last.content());
        both.addAll(message.content());
        joined.set(joined.size() - 1, last.with(both));
      } else {
        joined.add(message);
      }
    }
    return joined;
  }

  private static boolean joins(Message first, Message second) {
    if (first.role() != Role.ASSISTANT
        || second.role() != Role.ASSISTANT
        || !first.extras().isEmpty()
        || !second.extras().isEmpty()) {
      return false;
    }
    boolean calls = first.content().stream().anyMatch(Content.ToolCall.class::isInstance);
    boolean thoughts = first.content().stream().allMatch(Content.Reasoning.class::isInstance);
    boolean calling =
        !second.content().isEmpty() && second.content().getFirst() instanceof Content.ToolCall;
    return calls || thoughts || calling;
  }

  /** A result and the message it stands in. */
  private record Result(ToolResult result, Message message) {}

  /** Which results answer the calls of which message; each call is answered once, by the last. */
  private static final class Results {
    private final Map<Integer, List<Result>> byMessage = new LinkedHashMap<>();
    private final List<ToolResult> taken = new ArrayList<>();

    Results(List<Message> messages) {
      for (int i = 0; i < messages.size(); i++) {
        if (messages.get(i).role() == Role.ASSISTANT) {
          byMessage.put(i, find(messages, i));
        }
      }
    }

    private List<Result> find(List<Message> messages, int at) {
      Map<String, @Nullable Result> answers = new LinkedHashMap<>();
      for (Content content : messages.get(at).content()) {
        if (content instanceof Content.ToolCall call) {
          answers.put(call.id(), null);
        }
      }
      for (int i = at + 1; i < messages.size() && !answers.isEmpty(); i++) {
        Message message = messages.get(i);
        if (message.role() == Role.ASSISTANT) {
          break;
        }
        for (Content content : message.content()) {
          if (content instanceof ToolResult result && answers.containsKey(result.callId())) {
            answers.put(result.callId(), new Result(result, message));
            taken.add(result);
          }
        }
      }
      List<Result> found = new ArrayList<>();
      for (Result answer : answers.values()) {
        if (answer != null) {
          found.add(answer);
        }
      }
      return found;
    }

    List<Result> of(int message) {
      return byMessage.getOrDefault(message, List.of());
    }

    @SuppressWarnings("ReferenceEquality") // Two equal results may answer two equal calls.
    boolean isTaken(ToolResult result) {
      for (ToolResult each : taken) {
        if (each == result) {
          return true;
        }
      }
      return false;
    }
  }
}
