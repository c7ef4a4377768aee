package dev.customhouse.dialect.openairesponses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client of Responses reads when a stream that passed byte for byte breaks off. */
class BrokenResponseTest {
  private static final byte[] BEGUN =
      """
      event: response.created
      data: {"type":"response.created","sequence_number":4,"response":{"id":"resp_1","model":"gpt-5.2"}}

      """
          .getBytes(UTF_8);

  /** OpenAI's list of codes ({@code ResponseErrorCode}) is what its SDKs hold an answer to. */
  @ParameterizedTest
  @CsvSource({
    "NETWORK, upstream_stream_broken, server_error",
    "UNAVAILABLE, gateway_stopping, server_error",
    "TIMEOUT, deadline_exceeded, server_error",
    "RATE_LIMITED, upstream_rate_limited, rate_limit_exceeded",
    "CONTENT_FILTERED, upstream_content_filtered, invalid_prompt"
  })
  void theCodeIsOneOfOpenAisAndNotOfTheGateways(ErrorKind kind, String code, String expected) {
    StreamObserver observer = new OpenAiResponses().observer(Desk.call("{}".getBytes(UTF_8)));
    observer.event(BEGUN, 0, BEGUN.length);

    String event = new String(observer.failure(new Refusal(kind, code, "It broke."), "r"), UTF_8);

    assertThat(event).startsWith("event: response.failed\ndata: ").endsWith("\n\n");
    JsonNode data = Json.read(event.substring(event.indexOf('{')).getBytes(UTF_8));
    assertThat(data.path("sequence_number").asInt()).isEqualTo(5);
    assertThat(data.at("/response/id").asText()).isEqualTo("resp_1");
    assertThat(data.at("/response/error/code").asText()).isEqualTo(expected);
    assertThat(data.at("/response/error/message").asText()).isEqualTo("It broke.");
  }
}
