package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Reply;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a whole answer for a client. */
final class AnswerWriter {
  private final Reply reply;
  private final ReasoningNotes notes = new ReasoningNotes();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder declined = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final ArrayNode annotations = Json.object().putArray("annotations");
  private final ArrayNode details = Json.object().putArray("reasoning_details");
  private final ArrayNode images = Json.object().putArray("images");
  private final ArrayNode calls = Json.object().putArray("tool_calls");
  private @Nullable ObjectNode functionCall;
  private @Nullable ObjectNode audio;
  private boolean cutOff;

  private AnswerWriter(Reply reply) {
    this.reply = reply;
  }

  static byte[] write(ChatAnswer answer, Reply reply) {
    return new AnswerWriter(reply).answer(answer);
  }

  /** True when the client knows functions only. */
  static boolean isLegacy(Reply reply) {
    return reply.request().extras().of(DialectId.OPENAI_CHAT).containsKey(RequestReader.FUNCTIONS);
  }

  static String id(@Nullable String given, Reply reply) {
    return given == null || given.isEmpty() ? "chatcmpl-" + reply.requestId() : given;
  }

  static Refusal failed() {
    return new Refusal(
        ErrorKind.BAD_GATEWAY,
        "upstream_error",
        "The provider gave up in the middle of its answer.");
  }

  private byte[] answer(ChatAnswer answer) {
    cutOff = answer.finish() == FinishReason.LENGTH;
    answer.content().forEach(this::content);
    FinishReason reason = answer.finish();
    if (reason == null) {
      boolean calling = !calls.isEmpty() || functionCall != null;
      reason = calling ? FinishReason.TOOL_CALLS : FinishReason.OTHER;
    }
    String finish = ChatFinish.write(reason);
    if (finish == null) {
      throw failed();
    }
    Map<String, JsonNode> extras = new LinkedHashMap<>(answer.extras().of(DialectId.OPENAI_CHAT));
    JsonNode logprobs = extras.remove("logprobs");
    ObjectNode body =
        Json.object()
            .put("id", id(answer.id(), reply))
            .put("object", "chat.completion")
            .put("created", reply.created().getEpochSecond())
            .put("model", reply.model());
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    choice.set("message", message());
    choice.set("logprobs", logprobs);
    choice.put(
        "finish_reason",
        functionCall != null && reason == FinishReason.TOOL_CALLS ? "function_call" : finish);
    Usage usage = answer.usage();
    if (usage != null) {
      body.set("usage", ChatUsage.write(usage));
    }
    extras.forEach((name, value) -> {
      if (!body.has(name)) {
        body.set(name, value);
      }
    });
    return Json.write(body);
  }

  private ObjectNode message() {
    boolean spoken = !text.isEmpty();
    boolean nothing = calls.isEmpty() && functionCall == null && declined.isEmpty();
    ObjectNode message =
        Json.object()
            .put("role", "assistant")
            .put("content", spoken ? text.toString() : nothing && audio == null ? "" : null)
            .put("refusal", declined.isEmpty() ? null : declined.toString());
    if (!reasoning.isEmpty()) {
      message.put("reasoning_content", reasoning.toString());
    }
    set(message, "reasoning_details", details);
    set(message, "annotations", annotations);
    set(message, "images", images);
    if (audio != null) {
      message.set("audio", audio);
    }
    set(message, "tool_calls", calls);
    if (functionCall != null) {
      message.set("function_call", functionCall);
    }
    return message;
  }

  private static void set(ObjectNode message, String name, ArrayNode array) {
    if (!array.isEmpty()) {
      message.set(name, array);
    }
  }

  private void content(Content content) {
    switch (content) {
      case Content.Text words -> {
        for (Citation citation : words.citations()) {
          add(annotations, Annotations.write(citation, notes.saidChars()));
        }
        text.append(words.text());
        notes.said(words.text());
      }
      case Content.Reasoning thought -> {
        notes.begin();
        reasoning.append(thought.text());
        notes.reasoned(thought.text());
        add(details, notes.entry(thought.seal()));
      }
      case Content.ToolCall call -> call(call);
      case Content.Declined words -> declined.append(words.text());
      case Media media -> media(media);
      case Content.Native ignored -> {}
      case Content.ToolResult ignored -> {}
    }
  }

  private static void add(ArrayNode array, @Nullable ObjectNode node) {
    if (node != null) {
      array.add(node);
    }
  }

  private void call(Content.ToolCall call) {
    notes.called();
    add(details, notes.entry(call.id(), call.seal()));
    boolean none = call.arguments().isEmpty() && !cutOff;
    String arguments = none ? "{}" : call.arguments();
    if (isLegacy(reply) && functionCall == null && calls.isEmpty()) {
      functionCall = Json.object().put("name", call.name()).put("arguments", arguments);
      return;
    }
    ObjectNode node =
        calls.addObject().put("id", call.id()).put("type", call.freeform() ? "custom" : "function");
    if (call.freeform()) {
      node.putObject("custom").put("name", call.name()).put("input", call.arguments());
    } else {
      node.putObject("function").put("name", call.name()).put("arguments", arguments);
    }
  }

  private void media(Media media) {
    ObjectNode image = image(media, images.size());
    if (image != null) {
      images.add(image);
    } else if (audio == null) {
      audio = audio(media, reply);
    }
  }

  /** A picture as OpenRouter and its like have it; null when it is none. */
  static @Nullable ObjectNode image(Media media, int index) {
    String url =
        switch (media.source()) {
          case Source.Inline inline -> {
            String type = media.mediaType();
            yield new DataUrl(type == null ? "image/png" : type, inline.base64()).text();
          }
          case Source.Url address -> address.url();
          case Source.Words ignored -> null;
          case Source.FileId ignored -> null;
        };
    if (media.kind() != Media.Kind.IMAGE || url == null) {
      return null;
    }
    ObjectNode image = Json.object().put("type", "image_url");
    image.putObject("image_url").put("url", url);
    return image.put("index", index);
  }

  /** Speech; null when it is none. */
  static @Nullable ObjectNode audio(Media media, Reply reply) {
    if (media.kind() != Media.Kind.AUDIO || !(media.source() instanceof Source.Inline inline)) {
      return null;
    }
    ObjectNode audio = Json.object();
    media.extras().of(DialectId.OPENAI_CHAT).forEach(audio::set);
    if (!audio.has("id")) {
      audio.put("id", "audio_" + reply.requestId());
    }
    if (!audio.has("expires_at")) {
      audio.put("expires_at", reply.created().getEpochSecond());
    }
    if (!audio.has("transcript")) {
      audio.put("transcript", "");
    }
    return audio.put("data", inline.base64());
  }
}
