package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.FakeWeb;
import dev.customhouse.House;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Media by address for models whose hosts take none, over real sockets. */
class FetchedMediaTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final byte[] PICTURE = FakeWeb.picture(60);
  private static final String PICTURE_BASE64 = Base64.getEncoder().encodeToString(PICTURE);

  private static final String GEMINI =
      """
      {"candidates":[{"content":{"parts":[{"text":"A cat."}],"role":"model"},\
      "finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,\
      "candidatesTokenCount":2,"totalTokenCount":7},"modelVersion":"gemini-2.5-pro"}\
      """;

  private static final String COMPLETION =
      """
      {"id":"c1","object":"chat.completion","created":1,"model":"g","choices":[{"index":0,\
      "message":{"role":"assistant","content":"A cat."},"finish_reason":"stop"}],\
      "usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}\
      """;

  private static House house(FakeUpstream model, String dialect, String egress) {
    return House.of(
        "  egress: " + egress,
        """
        providers:
          p: { type: compatible, dialect: %s, base_url: "%s", api_keys: [sk-p] }
        models:
          m: { provider: p, model: gemini-2.5-pro, retry: { attempts: 1 } }
          lenient: { provider: p, model: gemini-2.5-pro, on_unsupported: drop }
        """
            .formatted(dialect, model.root()));
  }

  private static String trusting(FakeUpstream files, String more) {
    return "{ allow: [\"%s\"]%s }".formatted(files.root().replace("http://", ""), more);
  }

  private static FakeUpstream files() {
    return FakeUpstream.of((request, connection) -> {
      String type = request.target().endsWith(".pdf") ? "application/pdf" : "image/jpeg";
      byte[] body = type.endsWith("pdf") ? FakeWeb.text("%PDF-1.7 x") : PICTURE;
      connection.raw(
          "HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
              .formatted(type, body.length)
              .getBytes(ISO_8859_1));
      connection.raw(body);
    });
  }

  private static FakeUpstream gemini() {
    return FakeUpstream.of((request, connection) -> connection.json(200, GEMINI));
  }

  private static String pictures(String model, String... urls) {
    List<String> parts = new ArrayList<>();
    for (String url : urls) {
      parts.add("{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"}}".formatted(url));
    }
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}"
        .formatted(model, String.join(",", parts));
  }

  @Test
  void aPictureIsFetchedForAModelOfGeminiWhateverItsHostCallsIt() {
    try (FakeUpstream files = files();
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ""))) {
      HttpResponse<String> answer =
          house.post(CHAT, pictures("m", files.root() + "/cat.jpg?token=secret-of-the-link"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("A cat.");
      assertThat(model.next().text())
          .contains("\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"" + PICTURE_BASE64)
          .doesNotContain("fileUri", "secret-of-the-link");
      assertThat(files.next().headers())
          .doesNotContainKeys("authorization", "cookie", "referer", "x-goog-api-key");
      assertThat(house.remains()).doesNotContain("secret-of-the-link", PICTURE_BASE64);
    }
  }

  @Test
  void anAddressThatIsNamedTwiceIsFetchedOnce() {
    try (FakeUpstream files = files();
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ""))) {
      String cat = files.root() + "/cat";
      house.post(CHAT, pictures("m", cat, files.root() + "/dog", cat));
      assertThat(model.next().text().split(PICTURE_BASE64, -1)).hasSize(4);
      assertThat(List.of(files.next().target(), files.next().target()))
          .containsExactly("/cat", "/dog");
      assertThat(files.pending()).isZero();
    }
  }

  @Test
  void whatTheHostItselfReadsIsNotFetched() {
    try (FakeUpstream model = gemini();
        House house = house(model, "gemini", "{}")) {
      HttpResponse<String> answer =
          house.post(CHAT, pictures("m", "gs://bucket/a.png", "https://youtu.be/abc"));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(model.next().text()).contains("gs://bucket/a.png", "https://youtu.be/abc");
    }
  }

  @Test
  void whatMayNotBeFetchedIsRefusedNamingTheField() {
    try (FakeUpstream files = files();
        FakeUpstream model = gemini();
        House house = house(model, "gemini", "{}")) {
      HttpResponse<String> answer =
          house.post(CHAT, pictures("m", files.root().replaceFirst(":\\d+$", "") + "/cat"));
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body())
          .contains("\"param\":\"messages[].content[].image_url\"")
          .contains("It was not fetched: its host is not one that the gateway may fetch from.")
          .doesNotContain("127.0.0.1");
      assertThat(files.pending() + model.pending()).isZero();
    }
  }

  @Test
  void whereLossesAreToBeDroppedThePictureIsDropped() {
    try (FakeUpstream model = gemini();
        House house = house(model, "gemini", "{}")) {
      String request =
          pictures("lenient", "http://10.0.0.1/cat")
              .replace("[{\"type", "[{\"type\":\"text\",\"text\":\"What is it?\"},{\"type");
      HttpResponse<String> answer = house.post(CHAT, request);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-customhouse-dropped"))
          .hasValue("messages[].content[].image_url");
      assertThat(model.next().text()).contains("What is it?").doesNotContain("10.0.0.1");
    }
  }

  @Test
  void fetchingCanBeSwitchedOff() {
    try (FakeUpstream files = files();
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ", fetch_media: false"))) {
      HttpResponse<String> answer = house.post(CHAT, pictures("m", files.root() + "/cat"));
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("gateway.egress.fetch_media is off");
      assertThat(files.pending()).isZero();
    }
  }

  @Test
  void theFilesOfARequestHaveASizeTogether() {
    try (FakeUpstream files =
            FakeUpstream.of(
                (request, connection) -> connection.whole(200, "text/plain", "x".repeat(900)));
        FakeUpstream model = gemini();
        House house =
            house(model, "gemini", trusting(files, ", max_bytes: 1KiB, max_total_bytes: 2KiB"))) {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        parts.add("{\"type\":\"input_file\",\"file_url\":\"%s/%d\"}".formatted(files.root(), i));
      }
      HttpResponse<String> answer =
          house.post(
              "/v1/responses",
              "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[%s]}]}"
                  .formatted(String.join(",", parts)));
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("It was not fetched: it has more than 248 bytes.");
    }
  }

  @Test
  void aDocumentIsFetchedForAModelOfChatCompletions() {
    try (FakeUpstream files = files();
        FakeUpstream model =
            FakeUpstream.of((request, connection) -> connection.json(200, COMPLETION));
        House house = house(model, "openai-chat", trusting(files, ""))) {
      HttpResponse<String> answer =
          house.post(
              "/v1/messages",
              """
              {"model":"m","max_tokens":10,"messages":[{"role":"user","content":[\
              {"type":"document","source":{"type":"url","url":"%s/a.pdf"}},\
              {"type":"image","source":{"type":"url","url":"https://img.example.com/cat.png"}}]}]}\
              """
                  .formatted(files.root()));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(model.next().text())
          .contains(
              "data:application/pdf;base64,"
                  + Base64.getEncoder().encodeToString(FakeWeb.text("%PDF-1.7 x")))
          .contains("https://img.example.com/cat.png");
    }
  }

  @Test
  void aFilmIsFetchedForAModelOfGemini() {
    byte[] film = "\0\0\0\030ftypisom\0\0\0\0isommp41".getBytes(ISO_8859_1);
    try (FakeUpstream files =
            FakeUpstream.of((request, connection) -> {
              connection.raw(
                  "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: %d\r\n\r\n"
                      .formatted(film.length)
                      .getBytes(ISO_8859_1));
              connection.raw(film);
            });
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ""))) {
      HttpResponse<String> answer =
          house.post(
              CHAT, pictures("m", files.root() + "/cat.mp4").replace("image_url", "video_url"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("x-customhouse-dropped")).isEmpty();
      assertThat(model.next().text())
          .contains(
              "\"inlineData\":{\"mimeType\":\"video/mp4\",\"data\":\""
                  + Base64.getEncoder().encodeToString(film));
    }
  }

  @Test
  void aPictureInTheResultOfAToolIsFetchedToo() {
    try (FakeUpstream files = files();
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ""))) {
      HttpResponse<String> answer =
          house.post(
              "/v1/messages",
              """
              {"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Look"},\
              {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":{}}]},\
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[\
              {"type":"image","source":{"type":"url","url":"%s/cat"}}]}]}]}\
              """
                  .formatted(files.root()));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(model.next().text()).contains(PICTURE_BASE64);
    }
  }

  @Test
  void aFileThatIsNoPictureIsNotPassedOn() {
    try (FakeUpstream files =
            FakeUpstream.of(
                (request, connection) -> connection.whole(200, "image/svg+xml", "<svg/>"));
        FakeUpstream model = gemini();
        House house = house(model, "gemini", trusting(files, ""))) {
      HttpResponse<String> answer = house.post(CHAT, pictures("m", files.root() + "/cat.svg"));
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("it is no picture of a known type");
      assertThat(model.pending()).isZero();
    }
  }
}
