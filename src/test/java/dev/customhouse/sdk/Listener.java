package dev.customhouse.sdk;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.google.genai.Client;
import com.google.genai.types.Candidate;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseOutputMessage;
import com.openai.models.responses.ResponseReasoningItem;
import com.openai.models.responses.ResponseStreamEvent;
import dev.customhouse.House;
import dev.customhouse.canonical.DialectId;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.token.credentials.StaticTokenProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.auth.scheme.BearerAuthScheme;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockDelta;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.TokenUsage;
import software.amazon.awssdk.services.bedrockruntime.model.ToolUseBlockStart;

/** An SDK that asks for a stream and hears it to its end. */
interface Listener {
  /** What the question is. */
  String QUESTION = "Is the harbour open?";

  /**
   * What an SDK made of a stream.
   *
   * @param calls name and arguments of each
   * @param callIds their ids
   * @param end the SDK's word for why it ended
   * @param inputTokens all of them, those from the cache too
   * @param outputTokens all of them
   */
  record Heard(
      String text,
      String thoughts,
      String declined,
      List<String> calls,
      List<String> callIds,
      String end,
      long inputTokens,
      long cachedTokens,
      long outputTokens) {}

  /** Asks the model and hears the answer; what the SDK throws comes out. */
  Heard ask(String model);

  /** A listener of that dialect. */
  static Listener of(DialectId dialect, House house) {
    return switch (dialect) {
      case OPENAI_CHAT -> model -> chat(house, model);
      case OPENAI_RESPONSES -> model -> responses(house, model);
      case ANTHROPIC_MESSAGES -> model -> messages(house, model);
      case GEMINI -> model -> gemini(house, model);
      case BEDROCK -> model -> converse(house, model);
    };
  }

  private static OpenAIClient openai(House house) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(house.root() + "/v1")
        .apiKey(House.KEY)
        .maxRetries(0)
        .build();
  }

  private static Heard chat(House house, String model) {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    StringBuilder thoughts = new StringBuilder();
    OpenAIClient client = openai(house);
    try (var stream =
        client
            .chat()
            .completions()
            .createStreaming(
                ChatCompletionCreateParams.builder()
                    .model(model)
                    .addUserMessage(QUESTION)
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      stream.stream()
          .map(ChatCompletionChunk::validate)
          .peek(chunk -> {
            for (ChatCompletionChunk.Choice choice : chunk.choices()) {
              JsonValue thought = choice.delta()._additionalProperties().get("reasoning_content");
              thoughts.append(thought == null ? "" : thought.asString().orElse(""));
            }
          })
          .forEach(accumulator::accumulate);
    } finally {
      client.close();
    }
    ChatCompletion answer = accumulator.chatCompletion().validate();
    ChatCompletion.Choice choice = answer.choices().getFirst();
    List<ChatCompletionMessageToolCall> calls = choice.message().toolCalls().orElse(List.of());
    var usage = answer.usage().orElseThrow();
    return new Heard(
        choice.message().content().orElse(""),
        thoughts.toString(),
        choice.message().refusal().orElse(""),
        calls.stream()
            .map(ChatCompletionMessageToolCall::asFunction)
            .map(call -> call.function().name() + call.function().arguments())
            .toList(),
        calls.stream().map(call -> call.asFunction().id()).toList(),
        choice.finishReason().asString(),
        usage.promptTokens(),
        usage.promptTokensDetails().flatMap(details -> details.cachedTokens()).orElse(0L),
        usage.completionTokens());
  }

  private static Heard responses(House house, String model) {
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    OpenAIClient client = openai(house);
    try (var stream =
        client
            .responses()
            .createStreaming(ResponseCreateParams.builder().model(model).input(QUESTION).build())) {
      stream.stream().map(ResponseStreamEvent::validate).forEach(accumulator::accumulate);
    } finally {
      client.close();
    }
    Response answer = accumulator.response().validate();
    StringBuilder text = new StringBuilder();
    StringBuilder thoughts = new StringBuilder();
    StringBuilder declined = new StringBuilder();
    List<String> calls = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (ResponseOutputItem item : answer.output()) {
      if (item.isMessage()) {
        for (ResponseOutputMessage.Content part : item.asMessage().content()) {
          if (part.isRefusal()) {
            declined.append(part.asRefusal().refusal());
          } else {
            text.append(part.asOutputText().text());
          }
        }
      } else if (item.isReasoning()) {
        for (ResponseReasoningItem.Summary part : item.asReasoning().summary()) {
          thoughts.append(part.text());
        }
      } else {
        calls.add(item.asFunctionCall().name() + item.asFunctionCall().arguments());
        ids.add(item.asFunctionCall().callId());
      }
    }
    String status = answer.status().orElseThrow().asString();
    String why =
        answer
            .incompleteDetails()
            .flatMap(details -> details.reason())
            .map(reason -> " " + reason.asString())
            .or(() -> answer.error().map(error -> " " + error.message()))
            .orElse("");
    var usage = answer.usage();
    return new Heard(
        text.toString(),
        thoughts.toString(),
        declined.toString(),
        calls,
        ids,
        status + why,
        usage.map(told -> told.inputTokens()).orElse(0L),
        usage.map(told -> told.inputTokensDetails().cachedTokens()).orElse(0L),
        usage.map(told -> told.outputTokens()).orElse(0L));
  }

  private static Heard messages(House house, String model) {
    MessageAccumulator accumulator = MessageAccumulator.create();
    AnthropicClient client =
        AnthropicOkHttpClient.builder()
            .baseUrl(house.root())
            .apiKey(House.KEY)
            .maxRetries(0)
            .build();
    try (var stream =
        client
            .messages()
            .createStreaming(
                MessageCreateParams.builder()
                    .model(model)
                    .maxTokens(4000)
                    .addUserMessage(QUESTION)
                    .build())) {
      stream.stream().map(RawMessageStreamEvent::validate).forEach(accumulator::accumulate);
    } finally {
      client.close();
    }
    Message answer = accumulator.message().validate();
    StringBuilder text = new StringBuilder();
    StringBuilder thoughts = new StringBuilder();
    List<String> calls = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (ContentBlock block : answer.content()) {
      block.text().ifPresent(told -> text.append(told.text()));
      block.thinking().ifPresent(told -> thoughts.append(told.thinking()));
      block
          .toolUse()
          .ifPresent(told -> {
            calls.add(told.name() + told._input());
            ids.add(told.id());
          });
    }
    var usage = answer.usage();
    long cached = usage.cacheReadInputTokens().orElse(0L);
    return new Heard(
        text.toString(),
        thoughts.toString(),
        "",
        calls,
        ids,
        answer.stopReason().orElseThrow().asString(),
        usage.inputTokens() + cached + usage.cacheCreationInputTokens().orElse(0L),
        cached,
        usage.outputTokens());
  }

  private static Heard gemini(House house, String model) {
    StringBuilder text = new StringBuilder();
    StringBuilder thoughts = new StringBuilder();
    List<String> calls = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    String end = "";
    GenerateContentResponseUsageMetadata usage =
        GenerateContentResponseUsageMetadata.builder().build();
    try (Client client =
            Client.builder()
                .apiKey(House.KEY)
                .httpOptions(
                    HttpOptions.builder()
                        .baseUrl(house.root())
                        .retryOptions(HttpRetryOptions.builder().attempts(1).build())
                        .build())
                .build();
        var stream =
            client.models.generateContentStream(
                model,
                QUESTION,
                GenerateContentConfig.builder()
                    .thinkingConfig(ThinkingConfig.builder().includeThoughts(true).build())
                    .build())) {
      for (GenerateContentResponse chunk : stream) {
        usage = chunk.usageMetadata().orElse(usage);
        for (Candidate candidate : chunk.candidates().orElse(List.of())) {
          end = candidate.finishReason().map(Object::toString).orElse(end);
          for (Part part : candidate.content().flatMap(Content::parts).orElse(List.of())) {
            part.text().ifPresent((part.thought().orElse(false) ? thoughts : text)::append);
            part.functionCall()
                .ifPresent(call -> {
                  calls.add(call.name().orElseThrow() + call.args().orElseThrow());
                  ids.add(call.id().orElseThrow());
                });
          }
        }
      }
    }
    return new Heard(
        text.toString(),
        thoughts.toString(),
        "",
        calls,
        ids,
        end,
        usage.promptTokenCount().orElse(0),
        usage.cachedContentTokenCount().orElse(0),
        usage.candidatesTokenCount().orElse(0) + usage.thoughtsTokenCount().orElse(0));
  }

  /** Waits for the end as long as the slowest machine may need. */
  Duration PATIENCE = Duration.ofSeconds(30);

  private static Heard converse(House house, String model) {
    StringBuilder text = new StringBuilder();
    StringBuilder thoughts = new StringBuilder();
    List<String> names = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    List<StringBuilder> inputs = new ArrayList<>();
    AtomicReference<String> end = new AtomicReference<>("");
    AtomicReference<TokenUsage> usage = new AtomicReference<>(TokenUsage.builder().build());
    ConverseStreamResponseHandler handler =
        ConverseStreamResponseHandler.builder()
            .subscriber(
                ConverseStreamResponseHandler.Visitor.builder()
                    .onContentBlockStart(event -> {
                      ToolUseBlockStart call = event.start().toolUse();
                      names.add(call.name());
                      ids.add(call.toolUseId());
                      inputs.add(new StringBuilder());
                    })
                    .onContentBlockDelta(event -> {
                      ContentBlockDelta delta = event.delta();
                      switch (delta.type()) {
                        case TEXT -> text.append(delta.text());
                        case TOOL_USE -> inputs.getLast().append(delta.toolUse().input());
                        case REASONING_CONTENT ->
                            thoughts.append(
                                Objects.requireNonNullElse(delta.reasoningContent().text(), ""));
                        default -> throw new AssertionError("unexpected: " + delta);
                      }
                    })
                    .onMessageStop(event -> end.set(event.stopReasonAsString()))
                    .onMetadata(event -> usage.set(event.usage()))
                    .build())
            .build();
    try (JdkAsyncHttp http = new JdkAsyncHttp();
        BedrockRuntimeAsyncClient client =
            BedrockRuntimeAsyncClient.builder()
                .httpClient(http)
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create(house.root()))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .tokenProvider(StaticTokenProvider.create(() -> House.KEY))
                .authSchemeProvider(asked ->
                    List.of(
                        AuthSchemeOption.builder().schemeId(BearerAuthScheme.SCHEME_ID).build()))
                .overrideConfiguration(
                    config -> config.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
      client
          .converseStream(
              request ->
                  request
                      .modelId(model)
                      .messages(
                          software.amazon.awssdk.services.bedrockruntime.model.Message.builder()
                              .role(ConversationRole.USER)
                              .content(
                                  software.amazon.awssdk.services.bedrockruntime.model.ContentBlock
                                      .fromText(QUESTION))
                              .build()),
              handler)
          .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SdkException told) {
        throw told;
      }
      throw e;
    }
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      calls.add(names.get(i) + inputs.get(i));
    }
    TokenUsage told = usage.get();
    long cached = Objects.requireNonNullElse(told.cacheReadInputTokens(), 0);
    return new Heard(
        text.toString(),
        thoughts.toString(),
        "",
        calls,
        ids,
        end.get(),
        Objects.requireNonNullElse(told.inputTokens(), 0) + cached,
        cached,
        Objects.requireNonNullElse(told.outputTokens(), 0));
  }
}
