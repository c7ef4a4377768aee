package dev.customhouse.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.models.ModelInfo;
import dev.customhouse.House;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** anthropic-java with the gateway's base URL and key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnthropicSdkTest {
  private static final String TEXT = "Grüße from the customs house, twice two is four.";

  private House house;
  private AnthropicClient anthropic;

  @BeforeAll
  void open() {
    house = House.sandbox();
    anthropic = client(house, House.KEY);
  }

  @AfterAll
  void close() {
    anthropic.close();
    house.close();
  }

  private static AnthropicClient client(House house, String key) {
    return AnthropicOkHttpClient.builder().baseUrl(house.root()).apiKey(key).maxRetries(0).build();
  }

  private static MessageCreateParams.Builder message(String model, String text) {
    return MessageCreateParams.builder()
        .model("sandbox/" + model)
        .maxTokens(100)
        .system("Be kind.")
        .addUserMessage(text);
  }

  private Message accumulated(MessageCreateParams params) {
    MessageAccumulator accumulator = MessageAccumulator.create();
    try (StreamResponse<RawMessageStreamEvent> stream =
        anthropic.messages().createStreaming(params)) {
      stream.stream().map(RawMessageStreamEvent::validate).forEach(accumulator::accumulate);
    }
    return accumulator.message();
  }

  @Test
  void aMessageAndItsStreamSayTheSameAndAreCountedBeforehand() {
    MessageCreateParams params = message("echo", TEXT).build();

    Message whole = anthropic.messages().create(params).validate();
    Message streamed = accumulated(params);

    assertThat(whole.content().getFirst().asText().text()).isEqualTo(TEXT);
    assertThat(streamed.content()).isEqualTo(whole.content());
    assertThat(streamed.stopReason()).isEqualTo(whole.stopReason()).contains(StopReason.END_TURN);
    assertThat(streamed.usage().inputTokens()).isEqualTo(whole.usage().inputTokens());
    assertThat(streamed.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
    assertThat(
            anthropic
                .messages()
                .countTokens(
                    MessageCountTokensParams.builder()
                        .model("sandbox/echo")
                        .system("Be kind.")
                        .addUserMessage(TEXT)
                        .build())
                .inputTokens())
        .isEqualTo(whole.usage().inputTokens());
  }

  @Test
  void aLoopOverToolsComesToItsEndWholeAndStreamed() {
    Tool.InputSchema schema =
        Tool.InputSchema.builder()
            .properties(
                JsonValue.from(
                    Map.of("city", Map.of("type", "string", "enum", List.of("Lisbon", "Oslo")))))
            .putAdditionalProperty("required", JsonValue.from(List.of("city")))
            .build();
    MessageCreateParams params =
        message("tools", TEXT)
            .addTool(Tool.builder().name("weather").inputSchema(schema).build())
            .build();

    for (Message asked :
        List.of(anthropic.messages().create(params).validate(), accumulated(params))) {
      assertThat(asked.stopReason()).contains(StopReason.TOOL_USE);
      ToolUseBlock use = asked.content().getFirst().asToolUse();
      assertThat(use._input()).isEqualTo(JsonValue.from(Map.of("city", "Lisbon")));

      Message answered =
          anthropic
              .messages()
              .create(
                  params.toBuilder()
                      .addMessage(asked)
                      .addUserMessageOfContentBlockParams(
                          List.of(
                              ContentBlockParam.ofToolResult(
                                  ToolResultBlockParam.builder()
                                      .toolUseId(use.id())
                                      .content("22 degrees")
                                      .build())))
                      .build());
      assertThat(answered.content().getFirst().asText().text())
          .isEqualTo("The tools answered: 22 degrees");
    }
  }

  @Test
  void modelsAreListedAndLookedUp() {
    List<String> ids = anthropic.models().list().items().stream().map(ModelInfo::id).toList();

    assertThat(ids).contains("sandbox/echo", "sandbox/tools");
    assertThat(anthropic.models().retrieve("sandbox/echo").id()).isEqualTo("sandbox/echo");
    assertThatThrownBy(() -> anthropic.models().retrieve("sandbox/none"))
        .isInstanceOf(NotFoundException.class);
  }

  private static void refused(
      String key,
      MessageCreateParams params,
      Class<? extends AnthropicServiceException> type,
      String words) {
    try (House own = House.sandbox()) {
      AnthropicClient client = client(own, key);
      assertThatThrownBy(() -> client.messages().create(params))
          .isInstanceOf(type)
          .hasMessageContaining(words);
      assertThatThrownBy(() -> client.messages().createStreaming(params)).isInstanceOf(type);
      client.close();
    }
  }

  @Test
  void errorsAreOfTheClassesThatTheSdkHasForThem() {
    refused("sk-wrong", message("echo", TEXT).build(), UnauthorizedException.class, "API key");
    refused(House.KEY, message("ehco", TEXT).build(), NotFoundException.class, "sandbox/echo");
    refused(House.KEY, message("error", "400").build(), BadRequestException.class, "");
    refused(House.KEY, message("error", "429").build(), RateLimitException.class, "");
    refused(House.KEY, message("error", "500").build(), InternalServerException.class, "");
  }

  @Test
  void anOverloadedProviderIsToldByAnthropicsOwnStatus() {
    try (House own = House.sandbox()) {
      AnthropicClient client = client(own, House.KEY);
      assertThatThrownBy(() -> client.messages().create(message("error", "529").build()))
          .isInstanceOfSatisfying(
              AnthropicServiceException.class,
              overloaded -> {
                assertThat(overloaded.statusCode()).isEqualTo(529);
                assertThat(overloaded.body().toString()).contains("overloaded_error");
                assertThat(overloaded.headers().values("x-should-retry")).containsExactly("true");
                assertThat(overloaded.headers().values("request-id")).hasSize(1);
              });
      client.close();
    }
  }

  @Test
  void anErrorEventInsideAStreamIsAnExceptionWhileReading() {
    assertThatThrownBy(
            () -> accumulated(message("error", "error event after some words, 529").build()))
        .isInstanceOf(AnthropicException.class);
  }
}
