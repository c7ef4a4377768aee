package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.provider.sandbox.Talk.Told;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Embeddings, moderation, images, audio, reranking and the lists of models. */
class OtherOperationsTest {
  private final Talk talk = new Talk();

  @Test
  void embeddingsAreUnitVectorsAndTheSameForTheSameText() throws Exception {
    JsonNode answer =
        talk.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":[\"a\",\"b\",\"a\"]}").json();

    assertThat(answer.path("data")).hasSize(3);
    assertThat(answer.at("/data/0/embedding")).hasSize(Embeddings.DEFAULT_DIMENSIONS);
    assertThat(answer.at("/data/0/embedding")).isEqualTo(answer.at("/data/2/embedding"));
    assertThat(answer.at("/data/0/embedding")).isNotEqualTo(answer.at("/data/1/embedding"));
    double squares = 0;
    for (JsonNode value : answer.at("/data/0/embedding")) {
      squares += value.asDouble() * value.asDouble();
    }
    assertThat(squares).isBetween(0.999, 1.001);
    assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(3);
  }

  @Test
  void embeddingsInBase64AreTheSameFloatsLittleEndian() throws Exception {
    String request = "{\"model\":\"embed\",\"dimensions\":4,\"input\":[[1,2],[3]]%s}";
    JsonNode floats = talk.post("/v1/embeddings", request.formatted("")).json();
    JsonNode base64 =
        talk.post("/v1/embeddings", request.formatted(",\"encoding_format\":\"base64\"")).json();

    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.at("/data/1/embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(16);
    for (JsonNode value : floats.at("/data/1/embedding")) {
      assertThat(bytes.getFloat()).isEqualTo((float) value.asDouble());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"embed\"}",
        "{\"model\":\"embed\",\"input\":[]}",
        "{\"model\":\"embed\",\"input\":\"a\",\"dimensions\":0}",
        "{\"model\":\"embed\",\"input\":\"a\",\"encoding_format\":\"hex\"}"
      })
  void embeddingsOfNothingAreRefused(String request) throws Exception {
    assertThat(talk.post("/v1/embeddings", request).status()).isEqualTo(400);
  }

  @Test
  void geminiEmbedsOneOrMany() throws Exception {
    JsonNode one =
        talk.post(
                "/v1beta/models/embed:embedContent",
                "{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"outputDimensionality\":3}")
            .json();
    JsonNode many =
        talk.post(
                "/v1/models/embed:batchEmbedContents",
                "{\"requests\":[{\"model\":\"models/embed\",\"content\":{\"parts\":[{\"text\":\"a\"}]},"
                    + "\"outputDimensionality\":3},{\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}")
            .json();

    assertThat(one.at("/embedding/values")).hasSize(3);
    assertThat(many.at("/embeddings/0/values")).isEqualTo(one.at("/embedding/values"));
    assertThat(many.at("/embeddings/1/values")).hasSize(Embeddings.DEFAULT_DIMENSIONS);
  }

  @Test
  void moderationFlagsTheCategoriesThatATextNames() throws Exception {
    JsonNode answer =
        talk.post("/v1/moderations", "{\"input\":[\"a kind word\",\"So much Violence\"]}").json();

    assertThat(answer.at("/results/0/flagged").asBoolean()).isFalse();
    assertThat(answer.at("/results/1/flagged").asBoolean()).isTrue();
    assertThat(answer.at("/results/1/categories/violence").asBoolean()).isTrue();
    assertThat(answer.at("/results/1/categories/hate").asBoolean()).isFalse();
    assertThat(answer.at("/results/1/category_scores/violence").asDouble()).isGreaterThan(0.5);
    assertThat(
            talk.post(
                    "/v1/moderations",
                    "{\"model\":\"moderate\",\"input\":[{\"type\":\"text\",\"text\":\"hate\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}")
                .json()
                .path("results"))
        .hasSize(1);
  }

  @Test
  void imagesArePngOfTheSizeAskedUpToALimit() throws Exception {
    JsonNode answer =
        talk.post(
                "/v1/images/generations",
                "{\"model\":\"image\",\"prompt\":\"a gate\",\"n\":2,\"size\":\"1024x32\"}")
            .json();

    assertThat(answer.path("data")).hasSize(2);
    assertThat(answer.path("created").asLong()).isEqualTo(Talk.NOW.getEpochSecond());
    byte[] png = Base64.getDecoder().decode(answer.at("/data/0/b64_json").asText());
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getWidth()).isEqualTo(256);
    assertThat(image.getHeight()).isEqualTo(32);
    assertThat(answer.at("/data/1/b64_json")).isNotEqualTo(answer.at("/data/0/b64_json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"edits", "variations"})
  void imagesAreEditedByFormAndTheBoundaryDoesNotMatter(String operation) throws Exception {
    Told first = form("/v1/images/" + operation, "one", "response_format", "url");
    Told second = form("/v1/images/" + operation, "two", "response_format", "url");

    assertThat(first.json().at("/data/0/url").asText()).startsWith("data:image/png;base64,");
    assertThat(second.text()).isEqualTo(first.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"wav", "mp3"})
  void speechIsATone(String format) throws Exception {
    Told told =
        talk.post(
            "/v1/audio/speech",
            "{\"model\":\"speech\",\"voice\":\"alloy\",\"input\":\"twenty characters ok\",\"response_format\":\""
                + format
                + "\"}");

    assertThat(told.headers().get("content-type")).isEqualTo("audio/wav");
    try (AudioInputStream audio =
        AudioSystem.getAudioInputStream(new ByteArrayInputStream(told.bytes()))) {
      assertThat(audio.getFrameLength()).isEqualTo(8_000);
      assertThat(audio.getFormat().getSampleRate()).isEqualTo(8_000f);
    }
  }

  @Test
  void speechIsStreamedAsEventsWhereThatIsAsked() throws Exception {
    Told told =
        talk.post(
            "/v1/audio/speech",
            "{\"model\":\"speech\",\"input\":\"hello\",\"stream_format\":\"sse\"}");

    assertThat(told.eventNames()).startsWith("speech.audio.delta").endsWith("speech.audio.done");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "json|application/json|\"text\":\"This recording has 9 bytes.\"",
        "verbose_json|application/json|\"segments\":[",
        "text|text/plain; charset=utf-8|This recording has 9 bytes.",
        "srt|text/plain; charset=utf-8|00:00:00,000 --> 00:00:01,000",
        "vtt|text/vtt; charset=utf-8|WEBVTT"
      })
  void transcriptionsTellTheSizeOfTheFile(String format, String type, String part)
      throws Exception {
    Told told =
        form("/v1/audio/transcriptions", "bound", "model", "transcribe", "response_format", format);

    assertThat(told.headers().get("content-type")).isEqualTo(type);
    assertThat(told.text()).contains(part, "9 bytes");
  }

  @Test
  void transcriptionsAreStreamedAndTranslationsSayWhatTheyAre() throws Exception {
    Told stream =
        form("/v1/audio/transcriptions", "bound", "model", "transcribe", "stream", "true");
    Told translation =
        form(
            "/v1/audio/translations",
            "bound",
            "model",
            "transcribe",
            "response_format",
            "verbose_json");

    assertThat(
            stream.events().stream()
                .map(event -> event.path("delta").asText())
                .collect(Collectors.joining()))
        .isEqualTo(stream.events().getLast().path("text").asText());
    assertThat(translation.json().path("task").asText()).isEqualTo("translate");
  }

  @Test
  void aTranscriptionWithoutAFormOrAFileIsRefused() throws Exception {
    Told noForm = talk.post("/v1/audio/transcriptions", "{\"model\":\"transcribe\"}");
    Told broken =
        send("/v1/audio/transcriptions", "bound", "--bound\r\nContent-Disposition: form-data");

    assertThat(noForm.status()).isEqualTo(400);
    assertThat(broken.status()).isEqualTo(400);
  }

  private Told form(String path, String boundary, String... fields) throws Exception {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
      body.append(fields[i]).append("\"\r\n\r\n").append(fields[i + 1]).append("\r\n");
    }
    body.append("--")
        .append(boundary)
        .append("\r\nContent-Disposition: form-data; name=\"file\"; ");
    body.append("filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\r\n--\r\n--b\r\n--");
    return send(path, boundary, body.append(boundary).append("--\r\n").toString());
  }

  private Told send(String path, String boundary, String body) throws Exception {
    return Talk.read(
        talk.sandbox.send(
            Talk.request(
                "POST",
                path,
                Headers.of("content-type", "multipart/form-data; boundary=" + boundary),
                body.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void rerankingScoresByTheQuerysWords() throws Exception {
    JsonNode answer =
        talk.post(
                "/v1/rerank",
                "{\"model\":\"rerank\",\"query\":\"blue house\",\"documents\":[\"a red car\","
                    + "{\"text\":\"The blue, blue HOUSE\"},\"a house\"],\"top_n\":2,\"return_documents\":true}")
            .json();

    assertThat(answer.path("results")).hasSize(2);
    assertThat(answer.at("/results/0/index").asInt()).isEqualTo(1);
    assertThat(answer.at("/results/0/relevance_score").asDouble()).isEqualTo(1.0);
    assertThat(answer.at("/results/0/document/text").asText()).isEqualTo("The blue, blue HOUSE");
    assertThat(answer.at("/results/1/relevance_score").asDouble()).isEqualTo(0.5);
  }

  @Test
  void modelsAreListedInTheDialectOfWhoAsks() throws Exception {
    JsonNode openai = talk.call("GET", "/v1/models").json();
    JsonNode anthropic =
        talk.call("GET", "/v1/models?limit=1000", "anthropic-version", "2026-10-21").json();
    JsonNode gemini = talk.call("GET", "/v1/models", "x-goog-api-key", "none").json();

    assertThat(openai.path("object").asText()).isEqualTo("list");
    assertThat(openai.path("data")).hasSameSizeAs(Sandbox.models());
    assertThat(anthropic.path("has_more").isBoolean()).isTrue();
    assertThat(anthropic.at("/data/0/type").asText()).isEqualTo("model");
    assertThat(gemini.at("/models/0/name").asText()).isEqualTo("models/echo");
    assertThat(talk.call("GET", "/v1beta/models").json()).isEqualTo(gemini);
    assertThat(talk.call("GET", "/v1/models/sandbox/echo").json().path("id").asText())
        .isEqualTo("echo");
    assertThat(talk.call("GET", "/v1/models/nobody").status()).isEqualTo(404);
    assertThat(talk.call("GET", "/v1beta/models/embed").json().path("name").asText())
        .isEqualTo("models/embed");
  }
}
