package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Members;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the content of a client's message: a text, or parts of several types. */
final class PartsReader {
  static final String CACHE_CONTROL = "cache_control";
  private static final String BREAKPOINT = "prompt_cache_breakpoint";

  private PartsReader() {}

  /** The content of a message; an empty text is none. */
  static List<Content> read(Members message) {
    JsonNode content = message.get("content");
    String at = message.path("content");
    List<Content> read = new ArrayList<>();
    if (content.isTextual()) {
      addText(content.textValue(), Extras.NONE, read);
    } else if (content.isArray()) {
      for (int i = 0; i < content.size(); i++) {
        part(content.get(i), at + "[" + i + "]", read);
      }
    } else if (!content.isMissingNode()) {
      throw Members.wrong(at, "a string or an array of content parts", content);
    }
    return read;
  }

  private static void part(JsonNode node, String at, List<Content> read) {
    if (node.isTextual()) {
      addText(node.textValue(), Extras.NONE, read);
      return;
    }
    Members part = Members.of(node, at);
    String type = part.requiredText("type");
    switch (type) {
      case "text", "input_text", "output_text" -> {
        String text = part.text("text");
        if (text == null) {
          throw Members.missing(part.path("text"), "a string");
        }
        addText(text, extras(part, Set.of("type", "text"), Map.of()), read);
      }
      case "refusal" -> {
        String text = part.text("refusal");
        read.add(new Content.Declined(text == null ? "" : text, Extras.NONE));
      }
      case "thinking" -> read.add(thinking(part));
      case "image_url" -> read.add(address(part, "image_url", Media.Kind.IMAGE));
      case "video_url" -> read.add(address(part, "video_url", Media.Kind.VIDEO));
      case "input_audio" -> read.add(audio(part));
      case "file" -> read.add(file(part));
      default -> read.add(new Content.Native(DialectId.OPENAI_CHAT, type, node));
    }
  }

  private static void addText(String text, Extras extras, List<Content> read) {
    if (!text.isEmpty() || !extras.isEmpty()) {
      read.add(new Content.Text(text, List.of(), extras));
    }
  }

  /** Mistral's reasoning stands among the parts (docs.mistral.ai/capabilities/reasoning). */
  private static Content thinking(Members part) {
    return new Content.Reasoning(thinkingText(part.get("thinking")), null, Extras.NONE);
  }

  /** The words of a thinking part: a text, or an array of texts. */
  static String thinkingText(JsonNode thinking) {
    if (thinking.isTextual()) {
      return thinking.textValue();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode piece : thinking) {
      text.append(piece.path("text").asText(""));
    }
    return text.toString();
  }

  /** Mistral allows the address itself in the place of the object. */
  private static Content address(Members part, String name, Media.Kind kind) {
    JsonNode bare = part.get(name);
    if (bare.isTextual()) {
      return at(bare.textValue(), kind, null, extras(part, Set.of("type", name), Map.of()));
    }
    Members inner = part.requiredObject(name);
    String url = inner.requiredText("url");
    return at(url, kind, null, extras(part, Set.of("type", name), inner.others(Set.of("url"))));
  }

  private static Content at(String url, Media.Kind kind, @Nullable String name, Extras extras) {
    DataUrl data = DataUrl.parse(url);
    return data == null
        ? new Media(kind, new Content.Source.Url(url), null, name, extras)
        : new Media(kind, new Content.Source.Inline(data.base64()), data.mediaType(), name, extras);
  }

  private static Content audio(Members part) {
    Members inner = part.requiredObject("input_audio");
    String data = inner.requiredText("data");
    String format = inner.text("format");
    DataUrl url = DataUrl.parse(data);
    return new Media(
        Media.Kind.AUDIO,
        new Content.Source.Inline(url == null ? data : url.base64()),
        format == null ? null : AudioFormats.mediaType(format),
        null,
        extras(part, Set.of("type", "input_audio"), inner.others(Set.of("data", "format"))));
  }

  private static Content file(Members part) {
    Members inner = part.requiredObject("file");
    String name = inner.text("filename");
    String id = inner.text("file_id");
    Extras extras =
        extras(
            part,
            Set.of("type", "file"),
            inner.others(Set.of("filename", "file_id", "file_data", "format")));
    if (id != null) {
      return new Media(
          Media.Kind.DOCUMENT,
          new Content.Source.FileId(DialectId.OPENAI_CHAT, id),
          null,
          name,
          extras);
    }
    String data = inner.text("file_data");
    if (data == null) {
      throw Members.missing(inner.path("file_data"), "a data URL, unless there is a 'file_id'");
    }
    DataUrl url = DataUrl.parse(data);
    boolean address = url == null && data.toLowerCase(Locale.ROOT).startsWith("http");
    return url != null || address
        ? at(data, Media.Kind.DOCUMENT, name, extras)
        : new Media(
            Media.Kind.DOCUMENT,
            new Content.Source.Inline(data),
            inner.text("format"),
            name,
            extras);
  }

  /** What a part carries beside its meaning: its own other members and those of its object. */
  private static Extras extras(Members part, Set<String> known, Map<String, JsonNode> inner) {
    Map<String, JsonNode> fields = new LinkedHashMap<>(inner);
    fields.putAll(part.others(known));
    fields.remove(BREAKPOINT);
    return Extras.of(DialectId.OPENAI_CHAT, fields).with(mark(part));
  }

  /**
   * Where the prompt's cache may end. {@code cache_control} is Anthropic's; hosts that serve Claude
   * in this dialect take it, and so clients send it.
   */
  static Extras.@Nullable CacheMark mark(Members element) {
    Members control = element.object(CACHE_CONTROL);
    if (control != null) {
      return new Extras.CacheMark(control.text("ttl"));
    }
    return element.has(BREAKPOINT) ? new Extras.CacheMark(null) : null;
  }
}
