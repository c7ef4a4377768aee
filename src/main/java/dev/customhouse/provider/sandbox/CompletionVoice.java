package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and answers OpenAI's legacy text completions ({@code /v1/completions}). */
final class CompletionVoice {
  private final Call call;
  private final String model;
  private final List<Ask> asks;

  private CompletionVoice(Call call, String model, List<Ask> asks) {
    this.call = call;
    this.model = model;
    this.asks = asks;
  }

  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = Models.named(Json.text(body, "model"), Models.TALKING);
    Integer wanted = Json.integer(body, "n", 1, ChatAsk.MAX_CHOICES);
    int choices = wanted == null ? 1 : wanted;
    Integer maxTokens = Json.integer(body, "max_tokens", 1, Integer.MAX_VALUE);
    List<Ask> asks = new ArrayList<>();
    for (String prompt : prompts(body.path("prompt"))) {
      asks.add(
          new Ask(
              model,
              List.of(Ask.Turn.of(Ask.Role.USER, prompt)),
              List.of(),
              Ask.Calling.NEVER,
              null,
              Json.strings(body.path("stop")),
              maxTokens,
              choices,
              body.path("stream").asBoolean()));
    }
    if (asks.size() * choices > ChatAsk.MAX_CHOICES) {
      throw FaultException.invalid(
          "'n' times the prompts must be at most " + ChatAsk.MAX_CHOICES, "n");
    }
    CompletionVoice voice = new CompletionVoice(call, model, asks);
    return asks.getFirst().stream() ? voice.stream() : voice.whole();
  }

  private static List<String> prompts(JsonNode prompt) {
    List<String> prompts = new ArrayList<>(Json.strings(prompt));
    if (prompts.isEmpty()) {
      boolean lists = prompt.path(0).isArray();
      for (JsonNode tokens : lists ? prompt : Json.array(prompt)) {
        prompts.add(TokenInput.words(tokens));
      }
    }
    return prompts;
  }

  private Spoken whole() {
    ArrayNode choices = Json.array();
    long promptTokens = 0;
    long completionTokens = 0;
    Ending ending = Ending.PROPER;
    for (Ask ask : asks) {
      Script.Scene scene = Script.play(ask);
      ending = scene.ending();
      promptTokens += Tokens.ofPrompt(ask);
      for (int i = 0; i < ask.choices(); i++) {
        Reply.Text reply = text(scene.reply());
        completionTokens += reply.tokens();
        choices.add(choice(choices.size(), reply.text(), ChatVoice.finish(reply)));
      }
    }
    ObjectNode answer = head();
    answer.set("choices", choices);
    answer.set("usage", ChatVoice.usage(promptTokens, completionTokens));
    Spoken spoken = Spoken.json(answer);
    return ending instanceof Ending.Cut ? spoken.broken() : spoken;
  }

  private Spoken stream() {
    Spoken.Events events = new Spoken.Events();
    long promptTokens = 0;
    long completionTokens = 0;
    int index = 0;
    Ending ending = Ending.PROPER;
    for (Ask ask : asks) {
      Script.Scene scene = Script.play(ask);
      ending = scene.ending();
      promptTokens += Tokens.ofPrompt(ask);
      for (int i = 0; i < ask.choices(); i++) {
        Reply.Text reply = text(scene.reply());
        completionTokens += reply.tokens();
        for (String piece : Spoken.beginning(Pieces.words(reply.text(), ask.choices()), ending)) {
          events.data(chunk(choice(index, piece, null)));
        }
        if (ending instanceof Ending.Failed failed) {
          return events.data(FaultVoice.openai(failed.fault())).end(ending);
        }
        if (ending instanceof Ending.Cut) {
          return events.end(ending);
        }
        events.data(chunk(choice(index++, "", ChatVoice.finish(reply))));
      }
    }
    if (call.body().path("stream_options").path("include_usage").asBoolean()) {
      ObjectNode last = head();
      last.set("choices", Json.array());
      last.set("usage", ChatVoice.usage(promptTokens, completionTokens));
      events.data(last);
    }
    return events.raw(ChatVoice.DONE).end(ending);
  }

  private static Reply.Text text(Reply reply) {
    return switch (reply) {
      case Reply.Text text -> text;
      case Reply.ToolCall never -> throw new IllegalStateException("no tools were offered");
    };
  }

  private ObjectNode head() {
    return Json.object()
        .put("id", call.names().id("cmpl-"))
        .put("object", "text_completion")
        .put("created", call.createdSeconds())
        .put("model", model);
  }

  private ObjectNode chunk(ObjectNode choice) {
    ObjectNode chunk = head();
    chunk.set("choices", Json.array(choice));
    if (call.body().path("stream_options").path("include_usage").asBoolean()) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private static ObjectNode choice(int index, String text, @Nullable String finish) {
    return Json.object()
        .put("text", text)
        .put("index", index)
        .putNull("logprobs")
        .put("finish_reason", finish);
  }
}
