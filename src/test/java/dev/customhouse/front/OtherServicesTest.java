package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Clients that were pointed at Bedrock or Vertex and find the gateway there. */
class OtherServicesTest {
  private static final String CHUNKS =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"x","choices":\
      [{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"x","choices":\
      [{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}

      data: [DONE]

      """;

  private static final String COMPLETION =
      """
      {"id":"c1","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,\
      "message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],\
      "usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}\
      """;

  private static final String MESSAGES =
      """
      {"anthropic_version":"%s","anthropic_beta":["effort-2025-11-24"],"max_tokens":50,\
      "messages":[{"role":"user","content":"Hi"}]}\
      """;

  private static FakeUpstream chat() {
    return FakeUpstream.of((request, connection) -> {
      if (request.text().contains("\"stream\":true")) {
        connection.beginEvents();
        connection.chunk(CHUNKS);
        connection.end();
      } else {
        connection.json(200, COMPLETION);
      }
    });
  }

  private static House house(FakeUpstream upstream) {
    return House.of(
        """
        providers:
          p: { type: compatible, dialect: openai-chat, base_url: "%s/v1", api_keys: [sk-p] }
        models:
          "*claude*": { provider: p, model: x }
        """
            .formatted(upstream.root()));
  }

  private static byte[] bytes(House house, String path, String json) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(house.root() + path))
            .header("authorization", "Bearer " + House.KEY)
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    HttpResponse<byte[]> answer = house.send(request, HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type"))
        .hasValue("application/vnd.amazon.eventstream");
    return answer.body();
  }

  private static List<AwsEvent> frames(byte[] body) {
    List<AwsEvent> frames = new ArrayList<>();
    AwsEventSplitter splitter = new AwsEventSplitter();
    splitter.feed(
        body,
        0,
        body.length,
        (buffer, start, end) ->
            frames.add(
                AwsEvent.parse(java.util.Arrays.copyOfRange(buffer, start, end), 0, end - start)));
    assertThat(splitter.restLength()).isZero();
    return frames;
  }

  @Test
  void aModelIsInvokedInTheWayOfBedrock() {
    try (FakeUpstream upstream = chat();
        House house = house(upstream)) {
      HttpResponse<String> answer =
          house.post(
              "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke",
              MESSAGES.formatted("bedrock-2023-05-31"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("\"type\":\"message\"", "Hello", "end_turn");
      assertThat(upstream.next().text())
          .contains("\"model\":\"x\"")
          .doesNotContain("anthropic_version", "anthropic_beta");
    }
  }

  @Test
  void theStreamOfAnInvokedModelComesInFrames() {
    try (FakeUpstream upstream = chat();
        House house = house(upstream)) {
      byte[] body =
          bytes(
              house,
              "/model/anthropic.claude-opus-5/invoke-with-response-stream",
              MESSAGES.formatted("bedrock-2023-05-31"));

      ByteArrayOutputStream events = new ByteArrayOutputStream();
      for (AwsEvent frame : frames(body)) {
        assertThat(frame.type()).isEqualTo("chunk");
        String json = new String(frame.payload(), StandardCharsets.UTF_8);
        var base64 = Pattern.compile("\"bytes\":\"([^\"]+)\"").matcher(json);
        assertThat(base64.find()).isTrue();
        events.writeBytes(Base64.getDecoder().decode(base64.group(1)));
      }
      assertThat(events.toString(StandardCharsets.UTF_8))
          .contains("message_start", "\"text\":\"Hel\"", "\"text\":\"lo\"", "message_stop");
    }
  }

  @Test
  void anErrorInTheWayOfBedrockHasItsShape() {
    try (FakeUpstream upstream = chat();
        House house = house(upstream)) {
      HttpResponse<String> answer = house.post("/model/nobody/invoke", "{\"messages\":[]}");

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).contains("\"message\":").doesNotContain("\"error\":");
    }
  }

  @Test
  void aModelPredictsInTheWayOfVertex() {
    try (FakeUpstream upstream = chat();
        House house = house(upstream)) {
      String models = "/v1/projects/p/locations/global/publishers/anthropic/models/";
      String body = MESSAGES.formatted("vertex-2023-10-16");
      HttpResponse<String> whole =
          house.post(models + "claude-sonnet-4-5@20250929:rawPredict", body);
      HttpResponse<String> stream =
          house.post(models + "claude-sonnet-4-5@20250929:streamRawPredict", body);

      assertThat(whole.body()).contains("\"type\":\"message\"", "Hello");
      assertThat(stream.body()).startsWith("event: message_start").contains("message_stop");
    }
  }

  @Test
  void aClientOfConverseReachesAModelOfChat() {
    try (FakeUpstream upstream = chat();
        House house = house(upstream)) {
      String ask = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}]}";
      HttpResponse<String> whole = house.post("/model/my-claude/converse", ask);
      List<AwsEvent> frames = frames(bytes(house, "/model/my-claude/converse-stream", ask));

      assertThat(whole.body()).contains("\"stopReason\":\"end_turn\"", "\"text\":\"Hello\"");
      assertThat(frames)
          .extracting(AwsEvent::type)
          .startsWith("messageStart")
          .contains("contentBlockDelta", "messageStop");
    }
  }
}
