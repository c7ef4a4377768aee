package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.SealBox;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads content blocks, of a client's request or of a provider's answer. What a tool is that the
 * provider runs by itself is never a call of the client's.
 */
final class BlockReader {
  /** What stands before the seal of a tool's call, which Converse has no place for. */
  static final String CALL_SEAL = "call:";

  /** Behind it stands how long the id of the call is, and the id. */
  private static final Pattern CALL_SEAL_HEAD = Pattern.compile(CALL_SEAL + "([0-9]{1,4}):");

  private final boolean answer;
  private final boolean clientResults;
  private final @Nullable String maker;

  private BlockReader(boolean answer, boolean clientResults, @Nullable String maker) {
    this.answer = answer;
    this.clientResults = clientResults;
    this.maker = maker;
  }

  /** For what clients send as words of the user. */
  static BlockReader ofUser() {
    return new BlockReader(false, true, null);
  }

  /** For what clients echo as words of the model, who has no results but of its own tools. */
  static BlockReader ofAssistant() {
    return new BlockReader(false, false, null);
  }

  /** For what a provider sends, whose seals name their maker. */
  static BlockReader ofAnswers(String maker) {
    return new BlockReader(true, false, maker);
  }

  /**
   * The contents of an array of blocks.
   *
   * @param place where the array is, for errors
   */
  List<Content> contents(JsonNode blocks, String place) {
    List<Content> contents = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      JsonNode block = blocks.path(i);
      if (!mark(block, contents) && !sealsCall(block, contents)) {
        String at = place + "[" + i + "]";
        contents.add(answer ? answered(block) : content(block, at));
      }
    }
    return contents;
  }

  /** A cache point marks the element before it; without one it stays a block. */
  private static boolean mark(JsonNode block, List<Content> before) {
    JsonNode point = block.path("cachePoint");
    if (!point.isObject() || before.isEmpty()) {
      return false;
    }
    Content last = before.getLast();
    if (last instanceof Content.Native || last.extras().cache() != null) {
      return false;
    }
    before.set(before.size() - 1, Marks.with(last, new CacheMark(Json.text(point.path("ttl")))));
    return true;
  }

  /** A seal of a call that this gateway put behind the call when it answered. */
  private static boolean sealsCall(JsonNode block, List<Content> before) {
    String signature =
        Json.text(block.path("reasoningContent").path("reasoningText").path("signature"));
    Matcher head = signature == null ? null : CALL_SEAL_HEAD.matcher(signature);
    if (signature == null || head == null || !head.lookingAt()) {
      return false;
    }
    int idChars = Integer.parseInt(head.group(1));
    if (idChars > signature.length() - head.end()) {
      return false;
    }
    String id = signature.substring(head.end(), head.end() + idChars);
    String packed = signature.substring(head.end() + idChars);
    Seal seal = SealBox.unpack(packed, DialectId.BEDROCK, false);
    before.replaceAll(content ->
        content instanceof Content.ToolCall call && call.id().equals(id)
            ? call.withSeal(seal)
            : content);
    return true;
  }

  /** What a block of an answer is; what makes no sense stays as it is, like what nobody knows. */
  Content answered(JsonNode block) {
    try {
      return content(block, "content");
    } catch (Refusal e) {
      return raw(block.isObject() && !block.isEmpty() ? block.fieldNames().next() : "", block);
    }
  }

  /** What one block is; blocks that nobody knows stay as they are. */
  private Content content(JsonNode block, String place) {
    if (!block.isObject() || block.isEmpty()) {
      throw invalid(place, "must be an object with one member, such as 'text'");
    }
    String type = block.fieldNames().next();
    JsonNode value = block.path(type);
    return switch (type) {
      case "text" -> text(value, place);
      case "image" -> media(Content.Media.Kind.IMAGE, value, place + ".image");
      case "document" -> media(Content.Media.Kind.DOCUMENT, value, place + ".document");
      case "audio" -> media(Content.Media.Kind.AUDIO, value, place + ".audio");
      case "video" -> media(Content.Media.Kind.VIDEO, value, place + ".video");
      case "json" -> json(value);
      case "toolUse" ->
          ServerTools.isUse(value) ? raw(type, block) : toolUse(value, place + ".toolUse");
      case "toolResult" ->
          !clientResults || ServerTools.isResult(value)
              ? raw(type, block)
              : toolResult(value, place + ".toolResult");
      case "reasoningContent" -> reasoning(value);
      case "citationsContent" -> cited(value);
      case "guardContent" -> guarded(block);
      case "searchResult" -> searchResult(value);
      default -> raw(type, block);
    };
  }

  private static Content raw(String type, JsonNode block) {
    return new Content.Native(DialectId.BEDROCK, type, block);
  }

  private static Content text(JsonNode value, String place) {
    if (!value.isTextual()) {
      throw invalid(place + ".text", "must be a string");
    }
    return Content.Text.of(value.textValue());
  }

  /** JSON as a tool's result is text elsewhere; here it stays JSON. */
  private static Content json(JsonNode value) {
    return new Content.Text(
        new String(Json.write(value), StandardCharsets.UTF_8),
        List.of(),
        extras(Map.of("json", value)));
  }

  private static Content media(Content.Media.Kind kind, JsonNode value, String place) {
    JsonNode source = value.path("source");
    Map<String, JsonNode> more = rest(value, "format", "name", "source");
    JsonNode owner = source.path("s3Location").path("bucketOwner");
    if (owner.isTextual()) {
      more.put("bucketOwner", owner);
    }
    JsonNode parts = source.path("content");
    if (parts.isArray()) {
      more.put("content", parts);
    }
    return new Content.Media(
        kind,
        source(source, place + ".source"),
        Formats.mediaType(kind, Json.text(value.path("format"))),
        Json.text(value.path("name")),
        extras(more));
  }

  private static Content.Source source(JsonNode source, String place) {
    String base64 = Json.text(source.path("bytes"));
    if (base64 != null) {
      return new Content.Source.Inline(base64);
    }
    String uri = Json.text(source.path("s3Location").path("uri"));
    if (uri != null) {
      return new Content.Source.Url(uri);
    }
    String words = Json.text(source.path("text"));
    if (words != null) {
      return new Content.Source.Words(words);
    }
    if (source.path("content").isArray()) {
      return new Content.Source.Words(texts(source.path("content"), "\n"));
    }
    throw invalid(place, "must have one of 'bytes', 's3Location', 'text' and 'content'");
  }

  private static Content toolUse(JsonNode value, String place) {
    String id = Json.text(value.path("toolUseId"));
    String name = Json.text(value.path("name"));
    if (id == null || id.isEmpty()) {
      throw invalid(place + ".toolUseId", "must be a string that is not empty");
    }
    if (name == null || name.isEmpty()) {
      throw invalid(place + ".name", "must be a string that is not empty");
    }
    Map<String, JsonNode> more = rest(value, "toolUseId", "name", "input", "type");
    JsonNode input = value.path("input");
    String arguments =
        input.isMissingNode() ? "{}" : new String(Json.write(input), StandardCharsets.UTF_8);
    return new Content.ToolCall(id, name, null, false, arguments, null, extras(more));
  }

  private Content toolResult(JsonNode value, String place) {
    String id = Json.text(value.path("toolUseId"));
    if (id == null || id.isEmpty()) {
      throw invalid(place + ".toolUseId", "must be a string that is not empty");
    }
    return new Content.ToolResult(
        id,
        null,
        contents(value.path("content"), place + ".content"),
        value.path("status").asText("").equals("error"),
        extras(rest(value, "toolUseId", "content", "status", "type")));
  }

  private Content reasoning(JsonNode value) {
    String redacted = Json.text(value.path("redactedContent"));
    if (redacted != null) {
      return new Content.Reasoning("", redacted(redacted), Extras.NONE);
    }
    JsonNode told = value.path("reasoningText");
    return new Content.Reasoning(
        told.path("text").asText(""), signed(Json.text(told.path("signature"))), Extras.NONE);
  }

  /** A client's reasoning without a signature is its own model's; a provider's proves nothing. */
  @Nullable Seal signed(@Nullable String signature) {
    if (answer) {
      return signature == null ? null : new Seal(DialectId.BEDROCK, maker, signature, false);
    }
    return SealBox.unpack(signature == null ? "" : signature, DialectId.BEDROCK, false);
  }

  /** Redacted reasoning is a blob: what this gateway packed is base64 around the box. */
  Seal redacted(String base64) {
    if (!answer) {
      try {
        String inner = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        Seal boxed = SealBox.unpack(inner, DialectId.BEDROCK, true);
        if (!boxed.data().equals(inner)) {
          return boxed;
        }
      } catch (IllegalArgumentException e) {
        // Whose blob this is need not be known.
      }
    }
    return new Seal(DialectId.BEDROCK, maker, base64, true);
  }

  private static Content cited(JsonNode value) {
    List<Citation> citations = new ArrayList<>();
    value.path("citations").forEach(citation -> citations.add(citation(citation)));
    return new Content.Text(texts(value.path("content"), ""), citations, Extras.NONE);
  }

  /** A citation of a block or of a stream's delta. */
  static Citation citation(JsonNode value) {
    JsonNode quoted = value.path("sourceContent");
    return new Citation(
        Json.text(value.path("location").path("web").path("url")),
        Json.text(value.path("title")),
        quoted.isEmpty() ? null : texts(quoted, ""),
        null,
        null,
        extras(rest(value, "title", "sourceContent")));
  }

  /** What a guardrail is to look at is first of all what it says. */
  private static Content guarded(JsonNode block) {
    JsonNode guard = block.path("guardContent");
    JsonNode text = guard.path("text");
    if (text.path("text").isTextual()) {
      ObjectNode how = Json.object();
      rest(text, "text").forEach(how::set);
      return new Content.Text(
          text.path("text").textValue(), List.of(), extras(Map.of("guardContent", how)));
    }
    String base64 = Json.text(guard.path("image").path("source").path("bytes"));
    return base64 == null
        ? raw("guardContent", block)
        : new Content.Media(
            Content.Media.Kind.IMAGE,
            new Content.Source.Inline(base64),
            Formats.mediaType(
                Content.Media.Kind.IMAGE, Json.text(guard.path("image").path("format"))),
            null,
            extras(Map.of("guardContent", Json.object())));
  }

  /** A result of the client's own search is a document elsewhere. */
  private static Content searchResult(JsonNode value) {
    return new Content.Media(
        Content.Media.Kind.DOCUMENT,
        new Content.Source.Words(texts(value.path("content"), "\n")),
        "text/plain",
        Json.text(value.path("title")),
        extras(Map.of("searchResult", value)));
  }

  private static String texts(JsonNode parts, String between) {
    List<String> texts = new ArrayList<>();
    parts.forEach(part -> texts.add(part.path("text").asText("")));
    return String.join(between, texts);
  }

  /** The members of an object but for those of these names. */
  static Map<String, JsonNode> rest(JsonNode object, String... known) {
    Map<String, JsonNode> rest = new LinkedHashMap<>();
    object.properties().forEach(member -> rest.put(member.getKey(), member.getValue()));
    for (String name : known) {
      rest.remove(name);
    }
    return rest;
  }

  static Extras extras(Map<String, JsonNode> fields) {
    return Extras.of(DialectId.BEDROCK, fields);
  }

  private static Refusal invalid(String field, String expected) {
    return RequestBody.invalid("invalid_value", "'%s' %s.".formatted(field, expected), field);
  }
}
