package dev.customhouse.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.Sleeper;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.models.Model;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** openai-java with the gateway's base URL and key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiSdkTest {
  private static final String TEXT = "Grüße from the customs house, twice two is four.";
  private static final Map<String, Object> WEATHER =
      Map.of(
          "type", "object",
          "properties", Map.of("city", Map.of("type", "string", "enum", List.of("Lisbon", "Oslo"))),
          "required", List.of("city"));

  private House house;
  private OpenAIClient openai;

  @BeforeAll
  void open() {
    house =
        House.of(
            """
              - { name: narrow, key: "sk-test-narrow-0123456789abcdef0123456789", models: ["sandbox/echo"] }
            """);
    openai = client(house, House.KEY).maxRetries(0).build();
  }

  @AfterAll
  void close() {
    openai.close();
    house.close();
  }

  private static OpenAIOkHttpClient.Builder client(House house, String key) {
    return OpenAIOkHttpClient.builder().baseUrl(house.root() + "/v1").apiKey(key);
  }

  private static ChatCompletionCreateParams.Builder chat(String model, String text) {
    return ChatCompletionCreateParams.builder().model("sandbox/" + model).addUserMessage(text);
  }

  private ChatCompletion accumulated(ChatCompletionCreateParams params) {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        openai.chat().completions().createStreaming(params)) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }
    return accumulator.chatCompletion();
  }

  @Test
  void aChatAndItsStreamSayTheSame() {
    ChatCompletionCreateParams params = chat("echo", TEXT).build();
    ChatCompletion whole = openai.chat().completions().create(params).validate();
    ChatCompletion streamed = accumulated(params);
    ChatCompletion counted =
        accumulated(
            params.toBuilder()
                .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build());

    assertThat(whole.choices().getFirst().message().content()).contains(TEXT);
    assertThat(streamed.choices().getFirst().message().content()).contains(TEXT);
    assertThat(streamed.usage()).isEmpty();
    assertThat(counted.usage().orElseThrow().totalTokens())
        .isEqualTo(whole.usage().orElseThrow().totalTokens());
  }

  @Test
  void aLoopOverToolsComesToItsEndWholeAndStreamed() {
    FunctionParameters.Builder parameters = FunctionParameters.builder();
    WEATHER.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    ChatCompletionCreateParams params =
        chat("tools", TEXT)
            .addFunctionTool(
                FunctionDefinition.builder().name("weather").parameters(parameters.build()).build())
            .build();

    for (ChatCompletion asked :
        List.of(openai.chat().completions().create(params).validate(), accumulated(params))) {
      ChatCompletion.Choice choice = asked.choices().getFirst();
      assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
      ChatCompletionMessageFunctionToolCall call =
          choice.message().toolCalls().orElseThrow().getFirst().asFunction();
      assertThat(call.function().name()).isEqualTo("weather");
      assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Lisbon\"}");

      ChatCompletion answered =
          openai
              .chat()
              .completions()
              .create(
                  params.toBuilder()
                      .addMessage(choice.message())
                      .addMessage(
                          ChatCompletionToolMessageParam.builder()
                              .toolCallId(call.id())
                              .content("22 degrees")
                              .build())
                      .build());
      assertThat(answered.choices().getFirst().message().content())
          .contains("The tools answered: 22 degrees");
    }
  }

  /** What the structured answer is read into. */
  static final class Parcel {
    public String sender = "";
    public int grams;
  }

  @Test
  void aStructuredAnswerIsReadIntoAClass() {
    Parcel parcel =
        openai
            .chat()
            .completions()
            .create(chat("json", TEXT).responseFormat(Parcel.class).build())
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();

    assertThat(parcel.sender).isNotEmpty();
  }

  private Response accumulated(ResponseCreateParams params) {
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream = openai.responses().createStreaming(params)) {
      stream.stream().map(ResponseStreamEvent::validate).forEach(accumulator::accumulate);
    }
    return accumulator.response();
  }

  @Test
  void aResponseIsMadeStreamedReadAgainAndDeleted() {
    ResponseCreateParams params =
        ResponseCreateParams.builder().model("sandbox/echo").input(TEXT).build();

    Response whole = openai.responses().create(params).validate();
    Response streamed = accumulated(params);

    assertThat(whole.output().getFirst().asMessage().content().getFirst().asOutputText().text())
        .isEqualTo(TEXT);
    assertThat(streamed.output()).isEqualTo(whole.output());
    assertThat(openai.responses().retrieve(whole.id()).validate().output())
        .isEqualTo(whole.output());
    assertThat(openai.responses().inputItems().list(whole.id()).data())
        .singleElement()
        .satisfies(item -> assertThat(item.toString()).contains(TEXT));
    assertThatThrownBy(() -> openai.responses().cancel(whole.id()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("synchronous");
    openai.responses().delete(whole.id());
    assertThatThrownBy(() -> openai.responses().retrieve(whole.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aResponseInTheBackgroundIsCancelled() {
    Response begun =
        openai
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model("sandbox/echo")
                    .input("in the background")
                    .background(true)
                    .build());

    Response cancelled = openai.responses().cancel(begun.id());

    assertThat(cancelled.id()).isEqualTo(begun.id());
    assertThat(cancelled.status())
        .hasValueSatisfying(
            status -> assertThat(status).isIn(ResponseStatus.CANCELLED, ResponseStatus.COMPLETED));
  }

  @Test
  void aResponsesLoopOverToolsGoesOnFromThePreviousResponse() {
    FunctionTool.Parameters.Builder parameters = FunctionTool.Parameters.builder();
    WEATHER.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    ResponseCreateParams params =
        ResponseCreateParams.builder()
            .model("sandbox/tools")
            .input(TEXT)
            .addTool(
                FunctionTool.builder()
                    .name("weather")
                    .parameters(parameters.build())
                    .strict(false)
                    .build())
            .build();

    Response asked = accumulated(params);
    ResponseFunctionToolCall call = asked.output().getFirst().asFunctionCall();
    Response answered =
        openai
            .responses()
            .create(
                params.toBuilder()
                    .previousResponseId(asked.id())
                    .inputOfResponse(
                        List.of(
                            ResponseInputItem.ofFunctionCallOutput(
                                ResponseInputItem.FunctionCallOutput.builder()
                                    .callId(call.callId())
                                    .output("22 degrees")
                                    .build())))
                    .build());

    assertThat(call.arguments()).isEqualTo("{\"city\":\"Lisbon\"}");
    assertThat(answered.output().getFirst().asMessage().content().getFirst().asOutputText().text())
        .contains("22 degrees");
  }

  @Test
  void embeddingsAreTheSameInBothEncodings() {
    EmbeddingCreateParams base64 =
        EmbeddingCreateParams.builder().model("sandbox/embed").input(TEXT).dimensions(16).build();
    EmbeddingCreateParams floats =
        base64.toBuilder().encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT).build();

    assertThat(openai.embeddings().create(floats).validate().data().getFirst().embedding())
        .hasSize(16)
        .isEqualTo(openai.embeddings().create(base64).data().getFirst().embedding());
  }

  @Test
  void moderationFlagsWhatTheTextNames() {
    var results =
        openai
            .moderations()
            .create(
                ModerationCreateParams.builder()
                    .model("sandbox/moderate")
                    .input("So much violence")
                    .build())
            .validate()
            .results();

    assertThat(results.getFirst().flagged()).isTrue();
    assertThat(results.getFirst().categories().violence()).isTrue();
  }

  @Test
  void imagesAreMade() {
    var images =
        openai
            .images()
            .generate(
                ImageGenerateParams.builder()
                    .model("sandbox/image")
                    .prompt("a customs house")
                    .build())
            .validate();

    byte[] png =
        Base64.getDecoder().decode(images.data().orElseThrow().getFirst().b64Json().orElseThrow());
    assertThat(new String(png, 1, 3, UTF_8)).isEqualTo("PNG");
  }

  @Test
  void speechIsSpokenAndTranscribed() throws IOException {
    SpeechCreateParams speech =
        SpeechCreateParams.builder()
            .model("sandbox/speech")
            .voice("alloy")
            .input(TEXT)
            .responseFormat(SpeechCreateParams.ResponseFormat.WAV)
            .build();
    byte[] sound;
    try (HttpResponse spoken = openai.audio().speech().create(speech)) {
      assertThat(spoken.headers().values("content-type")).containsExactly("audio/wav");
      sound = spoken.body().readAllBytes();
    }
    TranscriptionCreateParams heard =
        TranscriptionCreateParams.builder()
            .model("sandbox/transcribe")
            .file(
                MultipartField.<InputStream>builder()
                    .value(new ByteArrayInputStream(sound))
                    .filename("words.wav")
                    .contentType("audio/wav")
                    .build())
            .build();

    assertThat(new String(sound, 0, 4, UTF_8)).isEqualTo("RIFF");
    assertThat(openai.audio().transcriptions().create(heard).asTranscription().text())
        .contains(Integer.toString(sound.length));
  }

  @Test
  void modelsAreListedAndLookedUp() {
    List<String> ids = openai.models().list().items().stream().map(Model::id).toList();

    assertThat(ids).contains("sandbox/echo", "sandbox/tools");
    assertThat(openai.models().retrieve("sandbox/echo").validate().id()).isEqualTo("sandbox/echo");
    assertThatThrownBy(() -> openai.models().retrieve("sandbox/none"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aKeySeesTheModelsItMayUse() {
    OpenAIClient narrow =
        client(house, "sk-test-narrow-0123456789abcdef0123456789").maxRetries(0).build();

    assertThat(narrow.models().list().items())
        .singleElement()
        .satisfies(model -> assertThat(model.id()).isEqualTo("sandbox/echo"));
    assertThatThrownBy(() -> narrow.chat().completions().create(chat("tools", TEXT).build()))
        .isInstanceOf(PermissionDeniedException.class);
    narrow.close();
  }

  private static void refused(
      House house,
      String key,
      ChatCompletionCreateParams params,
      Class<? extends OpenAIServiceException> type,
      String code) {
    OpenAIClient client = client(house, key).maxRetries(0).build();
    assertThatThrownBy(() -> client.chat().completions().create(params))
        .isInstanceOfSatisfying(
            type, refusal -> assertThat(refusal.code().orElse("")).isEqualTo(code));
    assertThatThrownBy(() -> client.chat().completions().createStreaming(params))
        .isInstanceOf(type);
    client.close();
  }

  @Test
  void errorsAreOfTheClassesThatTheSdkHasForThem() {
    try (House own = House.sandbox()) {
      ChatCompletionCreateParams fine = chat("echo", TEXT).build();
      refused(own, "sk-wrong", fine, UnauthorizedException.class, "invalid_api_key");
      refused(
          own, House.KEY, chat("ehco", TEXT).build(), NotFoundException.class, "model_not_found");
      refused(
          own,
          House.KEY,
          chat("error", "too long").build(),
          BadRequestException.class,
          "context_length_exceeded");
      refused(own, House.KEY, chat("error", "500").build(), InternalServerException.class, "");
    }
  }

  @Test
  void anErrorEventInsideAStreamIsAnExceptionWhileReading() {
    assertThatThrownBy(
            () -> accumulated(chat("error", "error event after some words, 500").build()))
        .isInstanceOf(OpenAIException.class);
  }

  /** Notes the pauses and takes none. */
  private static final class Pauses implements Sleeper {
    private final List<Duration> taken = new ArrayList<>();

    @Override
    public void sleep(Duration duration) {
      taken.add(duration);
    }

    @Override
    public CompletableFuture<Void> sleepAsync(Duration duration) {
      taken.add(duration);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  /** Requests that the upstream gets from a client with its usual retries. */
  private static int tries(int status, Pauses pauses, String... headers) {
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) ->
                connection.json(status, "{\"error\":{\"message\":\"m\"}}", headers));
        House house =
            House.of(
                """
                providers:
                  openai: { base_url: "%s", api_keys: ["k1", "k2", "k3", "k4", "k5"] }
                models:
                  gpt: { targets: [{ provider: openai }], retry: { attempts: 1 } }
                """
                    .formatted(upstream.root()))) {
      OpenAIClient client = client(house, House.KEY).sleeper(pauses).build();
      assertThatThrownBy(() ->
              client
                  .chat()
                  .completions()
                  .create(
                      ChatCompletionCreateParams.builder()
                          .model("gpt")
                          .addUserMessage("x")
                          .build()))
          .isInstanceOf(OpenAIServiceException.class);
      client.close();
      return upstream.pending();
    }
  }

  @Test
  void theSdkTriesAgainWhereThatHelpsAndTheGatewayDoesNotForbidIt() {
    Pauses pauses = new Pauses();
    assertThat(tries(500, pauses)).isEqualTo(3);
    assertThat(tries(503, pauses, "x-should-retry", "false")).isEqualTo(1);
    assertThat(tries(400, pauses)).isEqualTo(1);
    assertThat(tries(404, pauses)).isEqualTo(1);
    pauses.taken.clear();
    // Each of the five keys was asked once; the SDK's later tries find all of them resting.
    assertThat(tries(429, pauses, "retry-after", "2")).isEqualTo(5);
    assertThat(pauses.taken).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  @Test
  void aRateLimitTellsWhenToComeAgain() {
    try (House own = House.sandbox()) {
      OpenAIClient client = client(own, House.KEY).maxRetries(0).build();
      assertThatThrownBy(
              () -> client.chat().completions().create(chat("error", "429, please").build()))
          .isInstanceOfSatisfying(
              RateLimitException.class,
              limit -> {
                assertThat(limit.code()).contains("rate_limit_exceeded");
                assertThat(limit.headers().values("retry-after")).containsExactly("1");
                assertThat(limit.headers().values("x-should-retry")).containsExactly("true");
              });
      client.close();
    }
  }
}
