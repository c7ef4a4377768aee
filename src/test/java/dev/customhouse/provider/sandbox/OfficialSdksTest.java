package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.google.genai.Client;
import com.google.genai.ResponseStream;
import com.google.genai.types.Content;
import com.google.genai.types.EmbedContentConfig;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.Part;
import com.google.genai.types.Schema;
import com.google.genai.types.Tool;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The vendors' own Java SDKs read what the sandbox says, streams by their own accumulators. */
class OfficialSdksTest {
  private static final String TEXT = "Grüße from the customs house, twice two is four.";
  private static final Map<String, Object> WEATHER =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of("city", Map.of("type", "string", "enum", List.of("Lisbon", "Oslo"))),
          "required",
          List.of("city"));

  private SandboxDoor door;
  private OpenAIClient openai;
  private AnthropicClient anthropic;
  private Client gemini;

  @BeforeEach
  void openTheDoor() throws IOException {
    door = new SandboxDoor(new Talk().sandbox);
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl(door.url() + "/v1")
            .apiKey("none")
            .maxRetries(0)
            .build();
    anthropic =
        AnthropicOkHttpClient.builder().baseUrl(door.url()).apiKey("none").maxRetries(0).build();
    gemini =
        Client.builder()
            .apiKey("none")
            .httpOptions(HttpOptions.builder().baseUrl(door.url()).build())
            .build();
  }

  @AfterEach
  void closeTheDoor() {
    openai.close();
    anthropic.close();
    gemini.close();
    door.close();
  }

  @Test
  void openaiReadsChatAndItsStream() {
    ChatCompletionCreateParams params =
        ChatCompletionCreateParams.builder()
            .model("echo")
            .addUserMessage(TEXT)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();

    ChatCompletion whole = openai.chat().completions().create(params).validate();
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (com.openai.core.http.StreamResponse<ChatCompletionChunk> stream =
        openai.chat().completions().createStreaming(params)) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }
    ChatCompletion streamed = accumulator.chatCompletion();

    assertThat(whole.choices().getFirst().message().content()).contains(TEXT);
    assertThat(streamed.choices().getFirst().message().content()).contains(TEXT);
    assertThat(streamed.id()).isEqualTo(whole.id());
    assertThat(streamed.usage().orElseThrow().totalTokens())
        .isEqualTo(whole.usage().orElseThrow().totalTokens());
  }

  @Test
  void openaiReadsAToolCallAndItsStream() {
    ChatCompletionCreateParams params =
        ChatCompletionCreateParams.builder()
            .model("tools")
            .addUserMessage(TEXT)
            .addFunctionTool(
                FunctionDefinition.builder()
                    .name("weather")
                    .parameters(parameters(FunctionParameters.builder()).build())
                    .build())
            .build();

    ChatCompletion whole = openai.chat().completions().create(params).validate();
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (com.openai.core.http.StreamResponse<ChatCompletionChunk> stream =
        openai.chat().completions().createStreaming(params)) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }

    assertThat(
            whole.choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction())
        .satisfies(
            call -> assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Lisbon\"}"))
        .isEqualTo(
            accumulator
                .chatCompletion()
                .choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction());
  }

  private static FunctionParameters.Builder parameters(FunctionParameters.Builder builder) {
    WEATHER.forEach((name, value) -> builder.putAdditionalProperty(name, JsonValue.from(value)));
    return builder;
  }

  @Test
  void openaiReadsAResponseAndItsStream() {
    ResponseCreateParams params = ResponseCreateParams.builder().model("echo").input(TEXT).build();

    Response whole = openai.responses().create(params).validate();
    Response streamed = accumulated(params);

    assertThat(streamed).isEqualTo(whole);
    assertThat(whole.output().getFirst().asMessage().content().getFirst().asOutputText().text())
        .isEqualTo(TEXT);
    assertThat(openai.responses().retrieve(whole.id()).validate()).isEqualTo(whole);
  }

  @Test
  void openaiReadsAResponsesToolCallAndItsStream() {
    FunctionTool.Parameters.Builder parameters = FunctionTool.Parameters.builder();
    WEATHER.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    ResponseCreateParams params =
        ResponseCreateParams.builder()
            .model("tools")
            .input(TEXT)
            .addTool(
                FunctionTool.builder()
                    .name("weather")
                    .parameters(parameters.build())
                    .strict(false)
                    .build())
            .build();

    Response whole = openai.responses().create(params).validate();

    assertThat(whole.output().getFirst().asFunctionCall().arguments())
        .isEqualTo("{\"city\":\"Lisbon\"}");
    assertThat(accumulated(params)).isEqualTo(whole);
  }

  private Response accumulated(ResponseCreateParams params) {
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    try (com.openai.core.http.StreamResponse<ResponseStreamEvent> stream =
        openai.responses().createStreaming(params)) {
      stream.stream().map(ResponseStreamEvent::validate).forEach(accumulator::accumulate);
    }
    return accumulator.response();
  }

  @Test
  void openaiReadsEmbeddingsInBothEncodings() {
    CreateEmbeddingResponse floats =
        openai
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("embed")
                    .input(TEXT)
                    .dimensions(16)
                    .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                    .build())
            .validate();
    CreateEmbeddingResponse unasked =
        openai
            .embeddings()
            .create(
                EmbeddingCreateParams.builder().model("embed").input(TEXT).dimensions(16).build());

    assertThat(floats.data().getFirst().embedding()).hasSize(16);
    assertThat(unasked.data().getFirst().embedding())
        .isEqualTo(floats.data().getFirst().embedding());
  }

  @Test
  void openaiRaisesItsOwnExceptionForARateLimit() {
    ChatCompletionCreateParams params =
        ChatCompletionCreateParams.builder().model("error").addUserMessage("429, please").build();

    assertThatThrownBy(() -> openai.chat().completions().create(params))
        .isInstanceOfSatisfying(
            RateLimitException.class,
            limit -> {
              assertThat(limit.code()).contains("rate_limit_exceeded");
              assertThat(limit.headers().values("retry-after")).containsExactly("1");
            });
  }

  @Test
  void anthropicReadsAMessageItsStreamAndItsCount() {
    MessageCreateParams params =
        MessageCreateParams.builder()
            .model("echo")
            .maxTokens(100)
            .system("Be kind.")
            .addUserMessage(TEXT)
            .build();

    Message whole = anthropic.messages().create(params).validate();
    Message streamed = accumulated(params);

    assertThat(whole.content().getFirst().asText().text()).isEqualTo(TEXT);
    assertThat(streamed.content()).isEqualTo(whole.content());
    assertThat(streamed.stopReason()).isEqualTo(whole.stopReason()).contains(StopReason.END_TURN);
    assertThat(streamed.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
    assertThat(streamed.usage().inputTokens()).isEqualTo(whole.usage().inputTokens());
    assertThat(
            anthropic
                .messages()
                .countTokens(
                    MessageCountTokensParams.builder()
                        .model("echo")
                        .system("Be kind.")
                        .addUserMessage(TEXT)
                        .build())
                .inputTokens())
        .isEqualTo(whole.usage().inputTokens());
  }

  @Test
  void anthropicReadsAToolCallAndItsStream() {
    com.anthropic.models.messages.Tool.InputSchema schema =
        com.anthropic.models.messages.Tool.InputSchema.builder()
            .properties(com.anthropic.core.JsonValue.from(WEATHER.get("properties")))
            .putAdditionalProperty("required", com.anthropic.core.JsonValue.from(List.of("city")))
            .build();
    MessageCreateParams params =
        MessageCreateParams.builder()
            .model("tools")
            .maxTokens(100)
            .addUserMessage(TEXT)
            .addTool(
                com.anthropic.models.messages.Tool.builder()
                    .name("weather")
                    .inputSchema(schema)
                    .build())
            .build();

    Message whole = anthropic.messages().create(params).validate();
    Message streamed = accumulated(params);

    assertThat(whole.stopReason()).contains(StopReason.TOOL_USE);
    assertThat(streamed.content().getFirst().asToolUse().id())
        .isEqualTo(whole.content().getFirst().asToolUse().id());
    assertThat(streamed.content().getFirst().asToolUse()._input())
        .isEqualTo(whole.content().getFirst().asToolUse()._input());
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
  void geminiReadsContentItsStreamAndItsCount() {
    GenerateContentConfig config =
        GenerateContentConfig.builder()
            .systemInstruction(Content.fromParts(Part.fromText("Be kind.")))
            .build();

    GenerateContentResponse whole = gemini.models.generateContent("echo", TEXT, config);
    StringBuilder text = new StringBuilder();
    List<GenerateContentResponse> chunks = new ArrayList<>();
    try (ResponseStream<GenerateContentResponse> stream =
        gemini.models.generateContentStream("echo", TEXT, config)) {
      for (GenerateContentResponse chunk : stream) {
        chunks.add(chunk);
        text.append(chunk.text());
      }
    }

    assertThat(whole.text()).isEqualTo(TEXT);
    assertThat(text).hasToString(TEXT);
    assertThat(chunks.size()).isGreaterThan(3);
    assertThat(chunks.getLast().usageMetadata()).isEqualTo(whole.usageMetadata());
    assertThat(gemini.models.countTokens("echo", TEXT, null).totalTokens().orElseThrow())
        .isPositive();
  }

  @Test
  void geminiReadsAToolCallAndEmbeddings() {
    GenerateContentConfig config =
        GenerateContentConfig.builder()
            .tools(
                Tool.builder()
                    .functionDeclarations(
                        FunctionDeclaration.builder()
                            .name("weather")
                            .parameters(
                                Schema.builder()
                                    .type("OBJECT")
                                    .properties(
                                        Map.of("city", Schema.builder().type("STRING").build()))
                                    .required("city")
                                    .build())
                            .build())
                    .build())
            .build();

    assertThat(gemini.models.generateContent("tools", TEXT, config).functionCalls())
        .singleElement()
        .satisfies(call -> {
          assertThat(call.name()).contains("weather");
          assertThat(call.args().orElseThrow()).containsEntry("city", "text");
        });
    assertThat(
            gemini
                .models
                .embedContent(
                    "embed", TEXT, EmbedContentConfig.builder().outputDimensionality(8).build())
                .embeddings()
                .orElseThrow()
                .getFirst()
                .values()
                .orElseThrow())
        .hasSize(8);
  }
}
