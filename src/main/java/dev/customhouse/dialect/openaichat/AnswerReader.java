package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.DataUrl;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Members;
import dev.customhouse.dialect.UpstreamErrors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a provider's whole answer. It takes what the compatible hosts were seen to send: content in
 * parts, reasoning under several names, calls without ids or with arguments that are objects,
 * functions instead of tools, a finish reason that is empty, a number or absent.
 */
final class AnswerReader {
  private static final Set<String> READ =
      Set.of("id", "object", "created", "model", "choices", "usage", "citations", "search_results");
  private static final Set<String> TIERS =
      Set.of("auto", "default", "flex", "scale", "priority", "fast");
  private static final Set<String> AUDIO = Set.of("data");

  private final String maker;
  private final JsonNode root;
  private final List<Content> words = new ArrayList<>();
  private final StringBuilder reasoning = new StringBuilder();

  private AnswerReader(JsonNode root, String maker) {
    this.root = root;
    this.maker = maker;
  }

  static ChatAnswer read(JsonNode root, String maker) {
    JsonNode error = root.path("error");
    boolean failed = error.isTextual() || error.isObject() && !error.isEmpty();
    if (failed && root.path("choices").isEmpty()) {
      throw new Refusal(
          UpstreamErrors.classify(0, root), "upstream_error", UpstreamErrors.message(root));
    }
    if (!root.isObject() || !root.has("choices")) {
      throw new Refusal(
          ErrorKind.BAD_GATEWAY,
          "upstream_answer_invalid",
          "The provider's answer is no chat completion: it has no 'choices'.");
    }
    return new AnswerReader(root, maker).answer();
  }

  private ChatAnswer answer() {
    JsonNode choice = choice(root.path("choices"));
    JsonNode told = choice.path("message");
    JsonNode message = told.isObject() ? told : choice.path("delta");
    List<Content> content = content(message);
    Map<String, JsonNode> extras = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : root.properties()) {
      if (!READ.contains(member.getKey()) && isTold(member.getKey(), member.getValue())) {
        extras.put(member.getKey(), member.getValue());
      }
    }
    JsonNode logprobs = choice.path("logprobs");
    if (logprobs.path("content").isArray() || logprobs.path("refusal").isArray()) {
      extras.put("logprobs", logprobs);
    }
    JsonNode usage = root.path("usage").isObject() ? root.path("usage") : groq(root);
    return new ChatAnswer(
        given(root.path("id")),
        given(root.path("model")),
        content,
        finish(ChatFinish.read(choice.path("finish_reason")), content),
        null,
        ChatUsage.read(usage),
        Extras.of(DialectId.OPENAI_CHAT, extras));
  }

  /** The one choice: several are never asked for. */
  static JsonNode choice(JsonNode choices) {
    for (JsonNode choice : choices) {
      if (choice.path("index").asInt(0) == 0) {
        return choice;
      }
    }
    return choices.path(0);
  }

  static JsonNode groq(JsonNode root) {
    return root.path("x_groq").path("usage");
  }

  static @Nullable String given(JsonNode text) {
    String given = Json.text(text);
    return given == null || given.isEmpty() ? null : given;
  }

  /** False for what says nothing, and for tiers that OpenAI's clients do not know. */
  static boolean isTold(String name, JsonNode value) {
    boolean empty = value.isNull() || value.isTextual() && value.textValue().isEmpty();
    return !empty && (!name.equals("service_tier") || TIERS.contains(value.asText()));
  }

  /**
   * A model that calls has not come to its end, though some hosts say so; a whole answer whose host
   * does not say why it ended came to its end.
   */
  static FinishReason finish(@Nullable FinishReason told, List<Content> content) {
    if (told != null && told != FinishReason.STOP) {
      return told;
    }
    for (Content each : content) {
      if (each instanceof Content.ToolCall) {
        return FinishReason.TOOL_CALLS;
      }
    }
    return FinishReason.STOP;
  }

  private List<Content> content(JsonNode message) {
    words(message.path("content"));
    String refusal = given(message.path("refusal"));
    if (refusal != null) {
      words.add(new Content.Declined(refusal, Extras.NONE));
    }
    cite(citations(message, root));
    words.addAll(images(message.path("images")));
    Media audio = audio(message.path("audio"));
    if (audio != null) {
      words.add(audio);
    }
    ReasoningPlaces details = ReasoningPlaces.read(message.path("reasoning_details"));
    List<Content> calls = calls(message, details.ofCalls());
    String said = reasoning(message);
    String text = said.isEmpty() ? reasoning.toString() : said;
    if (!details.places().isEmpty()) {
      return details.put(text, words, calls).stream().map(this::made).toList();
    }
    List<Content> all = new ArrayList<>();
    Seal seal = details.foreignSeal(maker);
    text = text.isEmpty() ? details.foreignText() : text;
    if (!text.isEmpty() || seal != null) {
      all.add(new Content.Reasoning(text, seal == null ? maker(maker) : seal, Extras.NONE));
    }
    all.addAll(words);
    all.addAll(calls);
    return all;
  }

  private Content made(Content content) {
    return content instanceof Content.Reasoning told && told.seal() == null
        ? new Content.Reasoning(told.text(), maker(maker), told.extras())
        : content;
  }

  /** Reasoning without proof still has a maker, to whom alone it is sent back. */
  static Seal maker(String maker) {
    return new Seal(DialectId.OPENAI_CHAT, maker, "", false);
  }

  /** The reasoning beside the content, under whichever name. */
  static String reasoning(JsonNode message) {
    for (String name : List.of("reasoning_content", "reasoning", "thinking")) {
      String text = given(message.path(name));
      if (text != null) {
        return text;
      }
    }
    return "";
  }

  private void words(JsonNode content) {
    if (content.isTextual()) {
      addText(content.textValue());
    }
    for (JsonNode part : content) {
      switch (part.path("type").asText("")) {
        case "text", "output_text" -> addText(part.path("text").asText(""));
        case "thinking" -> reasoning.append(PartsReader.thinkingText(part.path("thinking")));
        case "refusal" ->
            words.add(new Content.Declined(part.path("refusal").asText(""), Extras.NONE));
        case "image_url" -> words.add(image(part));
        case "" -> addText(part.asText(""));
        default ->
            words.add(new Content.Native(DialectId.OPENAI_CHAT, part.path("type").asText(), part));
      }
    }
  }

  private void addText(String text) {
    if (!text.isEmpty()) {
      words.add(Content.Text.of(text));
    }
  }

  private void cite(List<Citation> citations) {
    for (int i = words.size() - 1; i >= 0 && !citations.isEmpty(); i--) {
      if (words.get(i) instanceof Content.Text text) {
        words.set(i, new Content.Text(text.text(), citations, text.extras()));
        return;
      }
    }
  }

  /** Sources in {@code annotations}, else in the {@code citations} of Perplexity and xAI. */
  static List<Citation> citations(JsonNode message, JsonNode root) {
    List<Citation> citations = new ArrayList<>();
    for (JsonNode annotation : message.path("annotations")) {
      JsonNode url = annotation.path("url_citation");
      if (url.isObject()) {
        citations.add(citation(url));
      }
    }
    if (citations.isEmpty()) {
      int number = 0;
      for (JsonNode source : root.path("citations")) {
        String title = given(root.path("search_results").path(number++).path("title"));
        if (source.isTextual()) {
          citations.add(new Citation(source.textValue(), title, null, null, null, Extras.NONE));
        }
      }
    }
    return citations;
  }

  private static Citation citation(JsonNode url) {
    int start = url.path("start_index").asInt(0);
    int end = url.path("end_index").asInt(0);
    boolean placed = end > start;
    return new Citation(
        given(url.path("url")),
        given(url.path("title")),
        given(url.path("content")),
        placed ? Integer.valueOf(start) : null,
        placed ? Integer.valueOf(end) : null,
        Extras.NONE);
  }

  /** Pictures that the model made, as OpenRouter and its like have them. */
  static List<Content> images(JsonNode images) {
    List<Content> all = new ArrayList<>();
    for (JsonNode image : images) {
      if (given(image.path("image_url").path("url")) != null) {
        all.add(image(image));
      }
    }
    return all;
  }

  private static Content image(JsonNode part) {
    JsonNode address = part.path("image_url");
    String url = address.isTextual() ? address.textValue() : address.path("url").asText("");
    DataUrl data = DataUrl.parse(url);
    return data == null
        ? new Media(Media.Kind.IMAGE, new Content.Source.Url(url), null, null, Extras.NONE)
        : new Media(
            Media.Kind.IMAGE,
            new Content.Source.Inline(data.base64()),
            data.mediaType(),
            null,
            Extras.NONE);
  }

  /** What the model spoke; null when it did not. Its format is the one that was asked for. */
  static @Nullable Media audio(JsonNode audio) {
    String data = Json.text(audio.path("data"));
    if (data == null) {
      return null;
    }
    Map<String, JsonNode> extras = Members.of(audio, "audio").others(AUDIO);
    return new Media(
        Media.Kind.AUDIO,
        new Content.Source.Inline(data),
        null,
        null,
        Extras.of(DialectId.OPENAI_CHAT, extras));
  }

  private List<Content> calls(JsonNode message, Map<String, Seal> seals) {
    List<Content> calls = new ArrayList<>();
    for (JsonNode call : message.path("tool_calls")) {
      boolean freeform = call.path("custom").isObject();
      JsonNode inner = call.path(freeform ? "custom" : "function");
      String given = given(call.path("id"));
      String id = given == null ? callId(root.path("id"), calls.size()) : given;
      Seal seal = seals.get(id);
      calls.add(
          new Content.ToolCall(
              id,
              inner.path("name").asText(""),
              null,
              freeform,
              whole(arguments(inner.path(freeform ? "input" : "arguments")), freeform),
              seal == null ? MessageReader.sealOf(call.path("extra_content"), maker) : seal,
              Extras.NONE));
    }
    JsonNode legacy = message.path("function_call");
    if (legacy instanceof ObjectNode && given(legacy.path("name")) != null) {
      calls.add(
          Content.ToolCall.of(
              callId(root.path("id"), calls.size()),
              legacy.path("name").asText(),
              whole(arguments(legacy.path("arguments")), false)));
    }
    return calls;
  }

  /** A tool without parameters is called with nothing; a call that was cut off is left as it is. */
  private String whole(String arguments, boolean freeform) {
    FinishReason finish = ChatFinish.read(choice(root.path("choices")).path("finish_reason"));
    return arguments.isBlank() && !freeform && finish != FinishReason.LENGTH ? "{}" : arguments;
  }

  /** Arguments as they were written; some hosts send the object itself. */
  static String arguments(JsonNode arguments) {
    if (arguments.isTextual()) {
      return arguments.textValue();
    }
    return arguments.isContainerNode()
        ? new String(Json.write(arguments), StandardCharsets.UTF_8)
        : "";
  }

  /** An id for a call without one, always the same for the same answer. */
  static String callId(JsonNode answerId, int number) {
    String answer = answerId.asText("").replaceAll("[^a-zA-Z0-9]", "");
    int from = Math.max(0, answer.length() - 24);
    return "call_" + answer.substring(from) + "_" + number;
  }
}
