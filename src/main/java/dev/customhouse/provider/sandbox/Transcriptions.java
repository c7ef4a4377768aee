package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** Transcriptions and translations of audio: a fixed sentence that names the file's size. */
final class Transcriptions {
  /** How long the sandbox takes every recording to be. */
  private static final int SECONDS = 1;

  private Transcriptions() {}

  /**
   * Answers.
   *
   * @param task {@code transcribe} or {@code translate}, as verbose_json tells it
   */
  static Spoken answer(Form form, String task) {
    ObjectNode fields = form.fields();
    String model = Models.of(fields, Models.TRANSCRIBE);
    if (model.equals(Models.ERROR)) {
      return Script.fail(fields.path("prompt").asText());
    }
    if (form.files() == 0) {
      throw FaultException.invalid("'file' must be given", "file");
    }
    String text = "This recording has " + form.fileBytes() + " bytes.";
    if (fields.path("stream").asBoolean()) {
      return stream(text, form);
    }
    return switch (Json.text(fields, "response_format", "json")) {
      case "json" -> {
        ObjectNode answer = Json.object().put("text", text);
        answer.set("usage", usage(text, form));
        yield Spoken.json(answer);
      }
      case "text" -> plain("text/plain; charset=utf-8", text + "\n");
      case "verbose_json" -> Spoken.json(verbose(text, task));
      case "srt" ->
          plain("text/plain; charset=utf-8", "1\n00:00:00,000 --> 00:00:01,000\n" + text + "\n\n");
      case "vtt" ->
          plain(
              "text/vtt; charset=utf-8",
              "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n" + text + "\n\n");
      default ->
          throw FaultException.invalid(
              "'response_format' must be one of json, text, verbose_json, srt, vtt",
              "response_format");
    };
  }

  private static Spoken plain(String contentType, String text) {
    return Spoken.of(contentType, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Spoken stream(String text, Form form) {
    Spoken.Events events = new Spoken.Events();
    for (String piece : Pieces.words(text, 1)) {
      events.named(Json.object().put("type", "transcript.text.delta").put("delta", piece));
    }
    ObjectNode done = Json.object().put("type", "transcript.text.done").put("text", text);
    done.set("usage", usage(text, form));
    return events.named(done).end(Ending.PROPER);
  }

  private static ObjectNode verbose(String text, String task) {
    ObjectNode segment =
        Json.object().put("id", 0).put("seek", 0).put("start", 0.0).put("end", (double) SECONDS);
    segment.put("text", text);
    segment.set("tokens", Json.array());
    segment
        .put("temperature", 0.0)
        .put("avg_logprob", 0.0)
        .put("compression_ratio", 1.0)
        .put("no_speech_prob", 0.0);
    ObjectNode answer =
        Json.object()
            .put("task", task)
            .put("language", "english")
            .put("duration", (double) SECONDS)
            .put("text", text);
    answer.set("segments", Json.array(segment));
    answer.set("usage", Json.object().put("type", "duration").put("seconds", SECONDS));
    return answer;
  }

  private static ObjectNode usage(String text, Form form) {
    long inputTokens = Tokens.MEDIUM_TOKENS + Tokens.of(form.fields().path("prompt").asText());
    long outputTokens = Tokens.of(text);
    ObjectNode usage = Json.object().put("type", "tokens").put("input_tokens", inputTokens);
    usage.set(
        "input_token_details",
        Json.object()
            .put("text_tokens", inputTokens - Tokens.MEDIUM_TOKENS)
            .put("audio_tokens", Tokens.MEDIUM_TOKENS));
    return usage.put("output_tokens", outputTokens).put("total_tokens", inputTokens + outputTokens);
  }
}
