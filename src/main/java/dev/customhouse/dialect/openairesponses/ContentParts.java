package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.RequestBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the parts of a message or of a tool's result, as a client wrote them. */
final class ContentParts {
  private static final JsonNode AUTO = Json.object().textNode("auto");

  private ContentParts() {}

  /**
   * The content.
   *
   * @param node a string or an array of parts
   * @param place where it stands
   */
  static List<Content> read(JsonNode node, String place) {
    if (node.isTextual()) {
      return node.textValue().isEmpty() ? List.of() : List.of(Content.Text.of(node.textValue()));
    }
    if (node.isMissingNode() || node.isNull()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw RequestBody.invalid(
          "invalid_type", "'" + place + "' must be a string or an array of parts.", place);
    }
    List<Content> contents = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      JsonNode part = node.get(i);
      String where = place + "[" + i + "]";
      Content content =
          part.isTextual()
              ? Content.Text.of(part.textValue())
              : part(part, Members.of(part, where));
      if (!(content instanceof Content.Text text && text.text().isEmpty())) {
        contents.add(content);
      }
    }
    return contents;
  }

  private static Content part(JsonNode raw, Members fields) {
    String type = fields.requiredText("type");
    return switch (type) {
      case "input_text", "output_text", "text" -> text(fields);
      case "refusal" -> {
        String refusal = fields.text("refusal");
        yield new Content.Declined(refusal == null ? "" : refusal, extras(fields));
      }
      case "input_image" -> image(fields);
      case "input_file" -> file(fields);
      case "input_audio" -> audio(fields);
      case "input_video" -> video(fields);
      default -> new Content.Native(Own.DIALECT, Own.PART + type, raw);
    };
  }

  private static Content text(Members fields) {
    String text = fields.text("text");
    JsonNode annotations = fields.list("annotations");
    JsonNode logprobs = fields.take("logprobs");
    if (!logprobs.isEmpty()) {
      fields.rest().put("logprobs", logprobs);
    }
    return new Content.Text(
        text == null ? "" : text, Annotations.read(annotations), extras(fields));
  }

  private static Content image(Members fields) {
    fields.forget("detail", AUTO);
    String url = fields.text("image_url");
    String id = fields.text("file_id");
    if (url == null && id == null) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "'" + fields.place() + "' must have 'image_url' or 'file_id'.",
          fields.place());
    }
    DataUrl data = url == null ? null : DataUrl.parse(url);
    return new Content.Media(
        Content.Media.Kind.IMAGE,
        source(url, id, data),
        data == null ? null : data.mediaType(),
        null,
        extras(fields));
  }

  private static Content.Source source(
      @Nullable String url, @Nullable String id, @Nullable DataUrl data) {
    if (data != null) {
      return new Content.Source.Inline(data.base64());
    }
    return url != null
        ? new Content.Source.Url(url)
        : new Content.Source.FileId(Own.DIALECT, id == null ? "" : id);
  }

  private static Content file(Members fields) {
    fields.forget("detail", AUTO);
    String written = fields.text("file_data");
    String url = fields.text("file_url");
    String id = fields.text("file_id");
    String name = fields.text("filename");
    if (written == null && url == null && id == null) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "'" + fields.place() + "' must have 'file_data', 'file_url' or 'file_id'.",
          fields.place());
    }
    DataUrl data = written == null ? null : DataUrl.parse(written);
    if (written != null && data == null) {
      data = new DataUrl(null, written);
    }
    Extras extras = extras(fields);
    return new Content.Media(
        Content.Media.Kind.DOCUMENT,
        source(url, id, data),
        data == null ? null : data.mediaType(),
        name,
        name == null ? new Extras(Own.DIALECT, extras.fields(), extras.cache()) : extras);
  }

  /** The present description has no such part; older clients send what chats have. */
  private static Content audio(Members fields) {
    Members audio = Members.of(fields.take("input_audio"), fields.path("input_audio"));
    String format = audio.requiredText("format").toLowerCase(Locale.ROOT);
    return new Content.Media(
        Content.Media.Kind.AUDIO,
        new Content.Source.Inline(audio.requiredText("data")),
        format.equals("mp3") ? "audio/mpeg" : "audio/" + format,
        null,
        extras(fields));
  }

  /** Open Responses of 2026-04-24 have it. */
  private static Content video(Members fields) {
    String url = fields.requiredText("video_url");
    DataUrl data = DataUrl.parse(url);
    return new Content.Media(
        Content.Media.Kind.VIDEO,
        source(url, null, data),
        data == null ? null : data.mediaType(),
        null,
        extras(fields));
  }

  /** A breakpoint of the prompt cache is the hub's; it is tagged, so that it returns as it was. */
  private static Extras extras(Members fields) {
    boolean marked = fields.take("prompt_cache_breakpoint").isObject();
    return marked
        ? new Extras(Own.DIALECT, fields.rest(), new CacheMark(null))
        : Extras.of(Own.DIALECT, fields.rest());
  }
}
