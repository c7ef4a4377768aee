package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client that takes one call at a time, and a provider that cannot be told so. */
class OneCallTest {
  @Test
  void aClientThatTakesOneCallAtATimeGetsOneAlthoughTheModelMakesTwo() {
    String called =
        """
        {"candidates":[{"index":0,"content":{"role":"model","parts":[\
        {"functionCall":{"id":"g1","name":"look","args":{"at":1}},"thoughtSignature":"c2ln"},\
        {"functionCall":{"id":"g2","name":"look","args":{"at":2}}}]},"finishReason":"STOP"}],\
        "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1},"responseId":"r"}\
        """;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              if (request.target().contains("stream")) {
                connection.beginEvents();
                connection.chunk("data: " + called + "\n\n");
                connection.end();
              } else {
                connection.json(200, called);
              }
            });
        House house =
            House.of(
                """
                providers:
                  p: { type: compatible, dialect: gemini, base_url: "%s", api_keys: [sk-p] }
                models:
                  m: { provider: p, model: gemini-3-pro-preview }
                """
                    .formatted(upstream.root()))) {
      for (String stream : List.of("false", "true")) {
        HttpResponse<String> one =
            house.post(
                "/v1/chat/completions",
                """
                {"model":"m","stream":%s,"messages":[{"role":"user","content":"Hi"}],\
                "parallel_tool_calls":false,\
                "tools":[{"type":"function","function":{"name":"look"}}]}\
                """
                    .formatted(stream));

        assertThat(one.body()).contains("g1", "tool_calls").doesNotContain("g2");
        assertThat(one.headers().firstValue("x-customhouse-dropped")).isEmpty();
      }
      HttpResponse<String> both =
          house.post(
              "/v1/chat/completions",
              """
              {"model":"m","messages":[{"role":"user","content":"Hi"}],\
              "tools":[{"type":"function","function":{"name":"look"}}]}\
              """);
      assertThat(both.body()).contains("g1", "g2");
    }
  }
}
