package dev.customhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class FirstRequestTest {
  @Test
  void theSandboxAnswers() {
    try (House house = House.sandbox()) {
      HttpResponse<String> chat =
          house.post(
              "/v1/chat/completions",
              """
              {"model":"sandbox/echo","messages":[{"role":"user","content":"hello"}]}\
              """);

      assertThat(chat.statusCode()).isEqualTo(200);
      assertThat(chat.body()).contains("\"content\":\"hello\"");
      assertThat(chat.headers().firstValue("x-customhouse-provider")).hasValue("sandbox");
    }
  }

  @Test
  void aModelThatIsNearlyRightIsAnsweredWithTheNearestNames() {
    try (House house = House.sandbox()) {
      HttpResponse<String> chat =
          house.post("/v1/chat/completions", "{\"model\":\"sandbox/ehco\",\"messages\":[]}");

      assertThat(chat.statusCode()).isEqualTo(404);
      assertThat(chat.body()).contains("model_not_found", "sandbox/echo");
    }
  }
}
