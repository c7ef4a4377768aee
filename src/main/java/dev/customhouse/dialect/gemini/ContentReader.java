package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code contents} and {@code systemInstruction} of a request. Used for one request. */
final class ContentReader {
  /** Marks reasoning that Gemini itself once showed. */
  static final String THOUGHT = "thought";

  /** Marks text that stood as a file. */
  static final String INLINE_DATA = "inlineData";

  /** Marks an address that the client wants Google to read. */
  static final String FILE_DATA = "fileData";

  private final CallIds ids = new CallIds();

  /** The instruction at the beginning: none or one. Its role means nothing to Google. */
  List<Message> instructions(Members request) {
    JsonNode told = request.take("systemInstruction");
    List<Content> content = new ArrayList<>();
    if (told.isTextual()) {
      content.add(Content.Text.of(told.textValue()));
    } else if (told.isArray()) {
      parts(toList(told), 0, "systemInstruction", content);
    } else {
      Members instruction = Members.of(told, "systemInstruction");
      parts(instruction.list("parts"), 0, "systemInstruction.parts[]", content);
    }
    return content.isEmpty() ? List.of() : List.of(new Message(Role.SYSTEM, content, Extras.NONE));
  }

  private static List<JsonNode> toList(JsonNode array) {
    List<JsonNode> list = new ArrayList<>();
    array.forEach(list::add);
    return list;
  }

  /** The turns; one without a word is none. */
  List<Message> messages(Members request) {
    if (!request.has("contents")) {
      throw RequestBody.invalid(
          "missing_required_parameter", "'contents' must be a list of contents.", "contents");
    }
    List<Message> messages = new ArrayList<>();
    int index = 0;
    for (JsonNode each : request.list("contents")) {
      Members content = Members.of(each, "contents[]");
      Role role = role(content.text("role"));
      List<Content> parts = new ArrayList<>();
      parts(content.list("parts"), index++, "contents[].parts[]", parts);
      if (!parts.isEmpty()) {
        messages.add(new Message(role, parts, Extras.of(DialectId.GEMINI, content.rest())));
      }
    }
    return messages;
  }

  private static Role role(@Nullable String role) {
    return switch (role) {
      case "model" -> Role.ASSISTANT;
      case "user", "function", "" -> Role.USER;
      case null -> Role.USER;
      default ->
          throw RequestBody.invalid(
              "invalid_value", "'contents[].role' must be user or model.", "contents[].role");
    };
  }

  private void parts(List<JsonNode> nodes, int content, String place, List<Content> into) {
    int index = 0;
    for (JsonNode node : nodes) {
      part(node, Members.of(node, place), content, index++, into);
    }
  }

  private void part(JsonNode node, Members part, int content, int index, List<Content> into) {
    if (PartData.isNative(part)) {
      into.add(PartData.asNative(part, node));
      return;
    }
    String signature = part.text("thoughtSignature");
    Seal seal = signature == null || signature.isEmpty() ? null : SealText.read(signature);
    if (part.has("functionCall")) {
      call(part.of("functionCall"), part, seal, content, index, into);
    } else if (part.has("functionResponse")) {
      into.add(response(part.of("functionResponse"), part, content, index));
    } else if (part.has(INLINE_DATA) || part.has(FILE_DATA)) {
      into.add(media(part));
      seal(seal, into);
    } else {
      text(part, seal, into);
    }
  }

  private static void text(Members part, @Nullable Seal seal, List<Content> into) {
    String told = part.text("text");
    String text = told == null ? "" : told;
    boolean thought = part.flag(THOUGHT);
    if (thought) {
      part.rest().put(THOUGHT, BooleanNode.TRUE);
      into.add(new Content.Reasoning(text, seal, Extras.of(DialectId.GEMINI, part.rest())));
      return;
    }
    if (!text.isEmpty()) {
      into.add(new Content.Text(text, List.of(), Extras.of(DialectId.GEMINI, part.rest())));
    }
    seal(seal, into);
  }

  /** A seal stands directly behind what it seals. */
  private static void seal(@Nullable Seal seal, List<Content> into) {
    if (seal != null) {
      into.add(new Content.Reasoning("", seal, Extras.NONE));
    }
  }

  /** A seal of another dialect that came with a call is of the reasoning before it. */
  private void call(
      Members call, Members part, @Nullable Seal seal, int content, int index, List<Content> into) {
    String told = call.text("name");
    String name = told == null ? "" : told;
    String id = ids.called(call.text("id"), name, content, index);
    JsonNode arguments = call.take("args");
    JsonNode pieces = call.take("partialArgs");
    var unused = call.take("willContinue");
    PartialArguments partial = new PartialArguments(arguments);
    pieces.forEach(partial::add);
    Map<String, JsonNode> extras = part.rest();
    call.restInto(extras, "functionCall.");
    boolean own = seal != null && seal.dialect() == DialectId.GEMINI;
    seal(own ? null : seal, into);
    into.add(
        new Content.ToolCall(
            id,
            name,
            null,
            false,
            partial.text(),
            own ? seal : null,
            Extras.of(DialectId.GEMINI, extras)));
  }

  private Content response(Members response, Members part, int content, int index) {
    String told = response.text("name");
    String name = told == null ? "" : told;
    String callId = ids.answered(response.text("id"), name, content, index);
    ArrayNode parts = Json.object().putArray("parts");
    response.list("parts").forEach(parts::add);
    ResultObject result = ResultObject.read(response.take("response"), !parts.isEmpty());
    List<Content> contents = new ArrayList<>();
    if (!result.text().isEmpty()) {
      contents.add(Content.Text.of(result.text()));
    }
    for (JsonNode each : parts) {
      contents.add(media(Members.of(each, "functionResponse.parts[]")));
    }
    Map<String, JsonNode> extras = part.rest();
    response.restInto(extras, "functionResponse.");
    return new Content.ToolResult(
        callId, name, contents, result.failed(), Extras.of(DialectId.GEMINI, extras));
  }

  private static Content media(Members part) {
    boolean inline = part.has(INLINE_DATA);
    String member = inline ? INLINE_DATA : FILE_DATA;
    Members data = part.of(member);
    String mediaType = data.text("mimeType");
    Content.Source source;
    Map<String, JsonNode> extras = part.rest();
    if (inline) {
      String base64 = PartData.base64(data.text("data"));
      String words = PartData.words(base64, mediaType);
      if (words != null) {
        extras.put(INLINE_DATA, BooleanNode.TRUE);
      }
      source = words == null ? new Content.Source.Inline(base64) : new Content.Source.Words(words);
    } else {
      String uri = data.text("fileUri");
      source = FileUris.source(uri == null ? "" : uri);
      if (source instanceof Content.Source.Url) {
        extras.put(FILE_DATA, BooleanNode.TRUE);
      }
    }
    String name = Json.text(data.rest().getOrDefault("displayName", BooleanNode.FALSE));
    data.restInto(extras, member + ".");
    return new Content.Media(
        FileUris.kind(source, mediaType),
        source,
        mediaType,
        name,
        Extras.of(DialectId.GEMINI, extras));
  }
}
