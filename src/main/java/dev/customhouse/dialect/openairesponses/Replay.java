package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.io.ByteArrayOutputStream;

/**
 * The events that a response object stands for, made from the object alone
 * (platform.openai.com/docs/api-reference/responses-streaming). The same object always makes the
 * same events, each text in one piece, numbered from 0 without gaps; what a client builds from them
 * is the object again.
 */
public final class Replay {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(4_096);
  private final EventLines events = new EventLines();

  private Replay() {
    events.into(out);
  }

  /** The events of a response that is over: completed, incomplete, failed or cancelled. */
  public static byte[] events(byte[] response) {
    Replay replay = new Replay();
    replay.response((ObjectNode) Json.read(response));
    return replay.out.toByteArray();
  }

  private void response(ObjectNode response) {
    boolean background = response.path("background").asBoolean();
    if (background) {
      about("response.created", begun(response, "queued"));
      about("response.queued", begun(response, "queued"));
    } else {
      about("response.created", begun(response, "in_progress"));
    }
    about("response.in_progress", begun(response, "in_progress"));
    JsonNode output = response.path("output");
    for (int i = 0; i < output.size(); i++) {
      if (output.get(i) instanceof ObjectNode item) {
        item(i, item);
      }
    }
    about("response." + response.path("status").asText("completed"), response);
  }

  /** The response before anything of it was there. */
  private static ObjectNode begun(ObjectNode response, String status) {
    ObjectNode begun = response.deepCopy();
    begun.put("status", status).putNull("error").putNull("incomplete_details").putNull("usage");
    begun.putNull("completed_at");
    begun.putArray("output");
    return begun;
  }

  private void about(String type, ObjectNode response) {
    events.write(type, (ObjectNode) Json.object().set("response", response));
  }

  private void item(int index, ObjectNode item) {
    ObjectNode begun = item.deepCopy();
    if (item.has("status")) {
      begun.put("status", "in_progress");
    }
    String type = item.path("type").asText();
    switch (type) {
      case "message" -> {
        begun.putArray("content");
        added(index, begun);
        content(index, item);
      }
      case "reasoning" -> {
        begun.putArray("summary");
        begun.remove("encrypted_content");
        if (item.has("content")) {
          begun.putArray("content");
        }
        added(index, begun);
        summary(index, item);
        content(index, item);
      }
      case "function_call" -> {
        added(index, begun.put("arguments", ""));
        String arguments = item.path("arguments").asText();
        call("response.function_call_arguments.", "arguments", index, item, arguments);
      }
      case "custom_tool_call" -> {
        added(index, begun.put("input", ""));
        String input = item.path("input").asText();
        call("response.custom_tool_call_input.", "input", index, item, input);
      }
      default -> added(index, item);
    }
    ObjectNode members = Json.object().put("output_index", index);
    events.write("response.output_item.done", (ObjectNode) members.set("item", item));
  }

  private void added(int index, ObjectNode begun) {
    ObjectNode members = Json.object().put("output_index", index);
    events.write("response.output_item.added", (ObjectNode) members.set("item", begun));
  }

  private void call(String event, String member, int index, ObjectNode item, String text) {
    if (!text.isEmpty()) {
      events.write(event + "delta", at(index, item).put("delta", text));
    }
    ObjectNode members = at(index, item);
    if (member.equals("arguments")) {
      members.set("name", item.path("name"));
    }
    events.write(event + "done", members.put(member, text));
  }

  private void content(int index, ObjectNode item) {
    JsonNode parts = item.path("content");
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) instanceof ObjectNode part) {
        part(index, item, i, part);
      }
    }
  }

  private void part(int index, ObjectNode item, int number, ObjectNode part) {
    String type = part.path("type").asText();
    String event =
        switch (type) {
          case "output_text" -> "response.output_text.";
          case "refusal" -> "response.refusal.";
          case "reasoning_text" -> "response.reasoning_text.";
          default -> "";
        };
    String member = type.equals("refusal") ? "refusal" : "text";
    String text = part.path(member).asText();
    ObjectNode here = at(index, item).put("content_index", number);
    ObjectNode empty = part.deepCopy().put(member, "");
    boolean words = type.equals("output_text");
    if (words) {
      empty.putArray("annotations");
      empty.putArray("logprobs");
    }
    write("response.content_part.added", here, "part", event.isEmpty() ? part : empty);
    if (!event.isEmpty()) {
      if (!text.isEmpty()) {
        ObjectNode delta = here.deepCopy().put("delta", text);
        events.write(event + "delta", words ? withProbabilities(delta, part) : delta);
      }
      JsonNode annotations = part.path("annotations");
      for (int i = 0; i < annotations.size(); i++) {
        ObjectNode members = here.deepCopy().put("annotation_index", i);
        write("response.output_text.annotation.added", members, "annotation", annotations.get(i));
      }
      ObjectNode done = here.deepCopy().put(member, text);
      events.write(event + "done", words ? withProbabilities(done, part) : done);
    }
    write("response.content_part.done", here, "part", part);
  }

  private static ObjectNode withProbabilities(ObjectNode members, ObjectNode part) {
    JsonNode told = part.path("logprobs");
    ArrayNode none = Json.object().arrayNode();
    return members.set("logprobs", told.isArray() ? told : none);
  }

  private void summary(int index, ObjectNode item) {
    JsonNode parts = item.path("summary");
    for (int i = 0; i < parts.size(); i++) {
      if (!(parts.get(i) instanceof ObjectNode part)) {
        continue;
      }
      ObjectNode here = at(index, item).put("summary_index", i);
      String text = part.path("text").asText();
      ObjectNode empty = part.deepCopy().put("text", "");
      write("response.reasoning_summary_part.added", here, "part", empty);
      if (!text.isEmpty()) {
        events.write("response.reasoning_summary_text.delta", here.deepCopy().put("delta", text));
      }
      events.write("response.reasoning_summary_text.done", here.deepCopy().put("text", text));
      write("response.reasoning_summary_part.done", here, "part", part);
    }
  }

  private void write(String type, ObjectNode here, String member, JsonNode value) {
    events.write(type, (ObjectNode) here.deepCopy().set(member, value));
  }

  private static ObjectNode at(int index, ObjectNode item) {
    ObjectNode members = Json.object();
    members.set("item_id", item.path("id"));
    return members.put("output_index", index);
  }
}
