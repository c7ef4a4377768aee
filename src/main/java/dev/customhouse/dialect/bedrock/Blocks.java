package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.dialect.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes single content blocks. */
final class Blocks {
  private Blocks() {}

  static ObjectNode text(String text) {
    return Json.object().put("text", text);
  }

  /** Text with what belongs to it in this dialect: citations, JSON that it is, guard's marks. */
  static ObjectNode text(Content.Text text) {
    Map<String, JsonNode> own = text.extras().of(DialectId.BEDROCK);
    JsonNode json = own.get("json");
    if (json != null) {
      ObjectNode block = Json.object();
      block.set("json", json);
      return block;
    }
    JsonNode guard = own.get("guardContent");
    if (guard instanceof ObjectNode how) {
      ObjectNode block = Json.object();
      ObjectNode guarded = block.putObject("guardContent").putObject("text");
      guarded.put("text", text.text()).setAll(how);
      return block;
    }
    return text.citations().isEmpty() ? text(text.text()) : cited(text);
  }

  private static ObjectNode cited(Content.Text text) {
    ObjectNode block = Json.object();
    ObjectNode cited = block.putObject("citationsContent");
    cited.putArray("content").addObject().put("text", text.text());
    ArrayNode citations = cited.putArray("citations");
    text.citations().forEach(citation -> citations.add(citation(citation)));
    return block;
  }

  /** True when Converse has a form for it: its own, or one with an address of the web. */
  static boolean isCitable(Citation citation) {
    return citation.extras().of(DialectId.BEDROCK).containsKey("location")
        || citation.url() != null
        || citation.quote() != null;
  }

  static ObjectNode citation(Citation citation) {
    ObjectNode written = Json.object();
    if (citation.title() != null) {
      written.put("title", citation.title());
    }
    if (citation.quote() != null) {
      written.putArray("sourceContent").addObject().put("text", citation.quote());
    }
    Map<String, JsonNode> own = citation.extras().of(DialectId.BEDROCK);
    own.forEach(written::set);
    if (!own.containsKey("location") && citation.url() != null) {
      written.putObject("location").putObject("web").put("url", citation.url());
    }
    return written;
  }

  /** The format that Converse has for the media; null when it has none. */
  static @Nullable String format(Content.Media media) {
    String base64 = media.source() instanceof Content.Source.Inline inline ? inline.base64() : null;
    if (media.source() instanceof Content.Source.Words && media.mediaType() == null) {
      return media.kind() == Content.Media.Kind.DOCUMENT ? "txt" : null;
    }
    if (media.mediaType() == null && media.source() instanceof Content.Source.Url url) {
      return Formats.format(media.kind(), bySuffix(media.kind(), url.url()), null);
    }
    return Formats.format(media.kind(), media.mediaType(), base64);
  }

  private static @Nullable String bySuffix(Content.Media.Kind kind, String url) {
    int dot = url.lastIndexOf('.');
    return dot < 0 ? null : Formats.mediaType(kind, url.substring(dot + 1));
  }

  /** True when it lies where Converse fetches from. */
  static boolean isAtAmazon(String url) {
    return url.startsWith("s3://");
  }

  /** Media of a format, whose source is in the request or at Amazon. */
  static ObjectNode media(Content.Media media, String format, DocumentNames names) {
    Map<String, JsonNode> own = media.extras().of(DialectId.BEDROCK);
    ObjectNode block = Json.object();
    JsonNode result = own.get("searchResult");
    if (result != null) {
      block.set("searchResult", result);
      return block;
    }
    if (own.containsKey("guardContent")) {
      ObjectNode image = block.putObject("guardContent").putObject("image").put("format", format);
      image.set("source", source(media, own));
      return block;
    }
    String kind =
        switch (media.kind()) {
          case IMAGE -> "image";
          case DOCUMENT -> "document";
          case AUDIO -> "audio";
          case VIDEO -> "video";
        };
    ObjectNode written = block.putObject(kind).put("format", format);
    if (media.kind() == Content.Media.Kind.DOCUMENT) {
      written.put("name", names.next(media.name()));
    }
    written.set("source", source(media, own));
    own.forEach((name, value) -> {
      if (!name.equals("bucketOwner") && !name.equals("content")) {
        written.set(name, value);
      }
    });
    return block;
  }

  private static ObjectNode source(Content.Media media, Map<String, JsonNode> own) {
    ObjectNode source = Json.object();
    JsonNode parts = own.get("content");
    if (parts != null) {
      source.set("content", parts);
      return source;
    }
    return switch (media.source()) {
      case Content.Source.Inline inline -> source.put("bytes", inline.base64());
      case Content.Source.Words words ->
          media.kind() == Content.Media.Kind.DOCUMENT
              ? source.put("text", words.text())
              : source.put("bytes", base64(words.text()));
      case Content.Source.Url url -> {
        ObjectNode place = source.putObject("s3Location").put("uri", url.url());
        JsonNode owner = own.get("bucketOwner");
        if (owner != null) {
          place.set("bucketOwner", owner);
        }
        yield source;
      }
      case Content.Source.FileId file ->
          throw new IllegalArgumentException("a file of " + file.dialect().label());
    };
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static ObjectNode reasoning(String text, @Nullable String signature) {
    ObjectNode block = Json.object();
    ObjectNode told =
        block.putObject("reasoningContent").putObject("reasoningText").put("text", text);
    if (signature != null && !signature.isEmpty()) {
      told.put("signature", signature);
    }
    return block;
  }

  static ObjectNode redacted(String base64) {
    ObjectNode block = Json.object();
    block.putObject("reasoningContent").put("redactedContent", base64);
    return block;
  }

  /** A call of a tool. Its input must be an object; what is none is put into one. */
  static ObjectNode toolUse(Content.ToolCall call) {
    ObjectNode block = Json.object();
    ObjectNode use = block.putObject("toolUse");
    use.put("toolUseId", call.id()).put("name", call.name());
    use.set("input", input(call));
    call.extras().of(DialectId.BEDROCK).forEach(use::set);
    return block;
  }

  /** True when the arguments are those of an object; broken off they are not. */
  static boolean isWhole(Content.ToolCall call) {
    return call.freeform() || call.arguments().isBlank() || arguments(call).isObject();
  }

  private static JsonNode arguments(Content.ToolCall call) {
    return Json.read(call.arguments().getBytes(StandardCharsets.UTF_8));
  }

  /** The object of a call; that of a free text, of which there are no tools here, holds it. */
  static JsonNode input(Content.ToolCall call) {
    if (call.freeform()) {
      return Json.object().put("input", call.arguments());
    }
    if (call.arguments().isBlank()) {
      return Json.object();
    }
    JsonNode arguments = arguments(call);
    return arguments.isObject() ? arguments : Json.object().put("arguments", call.arguments());
  }

  static ObjectNode cachePoint(@Nullable CacheMark mark) {
    ObjectNode block = Json.object();
    ObjectNode point = block.putObject("cachePoint").put("type", "default");
    if (mark != null && mark.ttl() != null) {
      point.put("ttl", mark.ttl());
    }
    return block;
  }

  static JsonNode raw(Content.Native own) {
    return own.raw();
  }
}
