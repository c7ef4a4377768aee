package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a request goes and with which key is the configuration's business alone. */
class SteeringTest {
  private static final String ANSWER =
      "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
          + "\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}]}";

  private static final List<String> FIELDS =
      List.of(
          "x-portkey-custom-host",
          "x-portkey-provider",
          "x-forwarded-host",
          "x-original-url",
          "x-rewrite-url",
          "x-customhouse-provider",
          "x-customhouse-base-url",
          "x-upstream-url",
          "api-base",
          "openai-base-url",
          "forwarded");

  @Test
  void nothingInARequestChoosesTheUpstreamOrItsKey() {
    try (FakeUpstream wanted =
            FakeUpstream.of((request, connection) -> connection.json(200, ANSWER));
        FakeUpstream tempting =
            FakeUpstream.of((request, connection) -> connection.json(200, ANSWER));
        House house =
            House.of(
                """
                providers:
                  fake: { type: openai-compatible, base_url: "%s/v1", api_keys: ["sk-upstream"] }
                models:
                  m: { provider: fake }
                """
                    .formatted(wanted.root()))) {
      String url = tempting.root() + "/v1";
      String body =
          """
          {"model":"m","messages":[{"role":"user","content":"a"}],"api_base":"URL","base_url":"URL",
           "api_key":"sk-client","custom_llm_provider":"openai","user_config":{"model_list":[
           {"litellm_params":{"api_base":"URL"}}]},"metadata":{"api_base":"URL"},
           "extra_headers":{"host":"URL"},"azure_endpoint":"URL"}\
          """
              .replace("URL", url);
      assertThat(house.post("/v1/chat/completions?api_base=" + url, body).statusCode())
          .isEqualTo(200);
      FakeUpstream.Request plain = wanted.next();
      assertThat(plain.headers()).containsEntry("authorization", "Bearer sk-upstream");
      for (String field : FIELDS) {
        var answer = house.post("/v1/chat/completions", body, field, url, "x-api-key", "sk-client");
        assertThat(answer.statusCode()).as(field).isEqualTo(200);
        FakeUpstream.Request request = wanted.next();
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-upstream");
        assertThat(request.headers()).doesNotContainKeys(field, "x-api-key");
        assertThat(request.headers().values()).noneMatch(value -> value.contains(House.KEY));
      }
      assertThat(tempting.pending()).isZero();
    }
  }
}
