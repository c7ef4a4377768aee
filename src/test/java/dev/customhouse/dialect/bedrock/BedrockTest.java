package dev.customhouse.dialect.bedrock;

import static dev.customhouse.dialect.bedrock.Desk.frame;
import static dev.customhouse.dialect.bedrock.Desk.json;
import static dev.customhouse.dialect.bedrock.Desk.lines;
import static dev.customhouse.dialect.bedrock.Desk.tree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.ErrorAnswer;
import dev.customhouse.dialect.EventRole;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.wire.AwsEvent;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The dialect of Bedrock as its bytes pass through. */
class BedrockTest {
  private static final Bedrock BEDROCK = new Bedrock();

  @Test
  void theModelAndTheStreamAreInThePath() {
    Call call = Desk.call("us.amazon.nova-lite-v1:0", true, "{\"modelId\":\"x\"}".getBytes(UTF_8));
    assertThat(call.requestedModel()).isEqualTo("us.amazon.nova-lite-v1:0");
    assertThat(call.stream()).isTrue();
    assertThat(Desk.call("m", false, "{}".getBytes(UTF_8)).stream()).isFalse();
    assertThat(BEDROCK.body(call, "other", true)).isSameAs(call.body());
    assertThatThrownBy(() -> Desk.call("m", false, "[]".getBytes(UTF_8)))
        .isInstanceOf(Refusal.class);
    Inbound modelless =
        new Inbound(
            "r",
            Operation.CHAT,
            "POST",
            "/model//converse",
            null,
            Headers.EMPTY,
            new byte[0],
            null,
            null);
    assertThatThrownBy(() -> BEDROCK.read(modelless)).hasMessageContaining("name a model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "429 | ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/ | Too many tokens, please wait before trying again. | RATE_LIMITED",
        "429 |  | Too many tokens, please wait before trying again. | RATE_LIMITED",
        "0 |  | Too many tokens, please wait before trying again. | RATE_LIMITED",
        "429 | ModelNotReadyException | x | RATE_LIMITED",
        "400 | ServiceQuotaExceededException | x | RATE_LIMITED",
        "400 | ValidationException | The provided model identifier is invalid. | NOT_FOUND",
        "400 | ValidationException | Input Tokens Exceeded: Number of input tokens exceeds maximum length. | CONTEXT_TOO_LONG",
        "400 |  | The model returned the following errors: Input is too long for requested model. | CONTEXT_TOO_LONG",
        "400 | ValidationException | maxTokens must be positive | INVALID_REQUEST",
        "400 |  | something else | INVALID_REQUEST",
        "403 | ExpiredTokenException | The security token included in the request is expired | UNAUTHORIZED",
        "403 |  | The security token included in the request is invalid. | UNAUTHORIZED",
        "403 | UnrecognizedClientException | x | UNAUTHORIZED",
        "403 | InvalidSignatureException | x | UNAUTHORIZED",
        "403 | AccessDeniedException | Authentication failed: Please make sure your API Key is valid. | UNAUTHORIZED",
        "403 | AccessDeniedException | You don't have access to the model with the specified model ID. | FORBIDDEN",
        "403 | AccessDeniedException | INVALID_PAYMENT_INSTRUMENT: x | INSUFFICIENT_CREDIT",
        "404 | ResourceNotFoundException | x | NOT_FOUND",
        "408 | ModelTimeoutException | x | TIMEOUT",
        "424 | ModelErrorException | x | BAD_GATEWAY",
        "500 | InternalServerException | x | BAD_GATEWAY",
        "503 | ServiceUnavailableException | x | OVERLOADED",
        "413 |  | x | TOO_LARGE",
        "503 |  | x | OVERLOADED"
      })
  void errorsAreKnownForWhatTheyAre(
      int status, @Nullable String type, String message, ErrorKind kind) {
    byte[] body = Json.write(Json.object().put("message", message));
    Headers headers = type == null ? Headers.EMPTY : Headers.of("x-amzn-errortype", type);
    assertThat(BEDROCK.classify(status, headers, body)).isEqualTo(kind);
  }

  @Test
  void theTypeMayStandInTheBody() {
    byte[] body =
        "{\"__type\":\"com.amazon.coral.service#ThrottlingException\",\"Message\":\"x\"}"
            .getBytes(UTF_8);
    assertThat(BEDROCK.classify(400, Headers.EMPTY, body)).isEqualTo(ErrorKind.RATE_LIMITED);
  }

  @ParameterizedTest
  @EnumSource
  void everyRefusalComesBackAsTheKindItIs(ErrorKind kind) {
    ErrorAnswer answer = BEDROCK.refusal(new Refusal(kind, "the_code", "what was wrong"), "req_1");
    JsonNode body = Json.read(answer.body());

    assertThat(answer.status()).isBetween(400, 599);
    assertThat(body.path("message").asText()).isEqualTo("what was wrong");
    assertThat(body.path("__type").asText()).endsWith("Exception");
    ErrorKind read = BEDROCK.classify(answer.status(), Headers.EMPTY, answer.body());
    switch (kind) {
      case UNAUTHORIZED, NOT_FOUND, RATE_LIMITED, OVERLOADED, TIMEOUT, BAD_GATEWAY, FORBIDDEN ->
          assertThat(read).isEqualTo(kind);
      default -> assertThat(read).isNotNull();
    }
  }

  @Test
  void aWholeAnswerTellsReasonAndUsage() {
    byte[] body =
        json("{'stopReason':'end_turn','usage':{'inputTokens':1,'outputTokens':2}}")
            .getBytes(UTF_8);
    assertThat(BEDROCK.observe(Operation.CHAT, body).finish()).isEqualTo(FinishReason.STOP);
    assertThat(BEDROCK.observe(Operation.CHAT, body).usage()).isEqualTo(Usage.of(1, 2));
    assertThat(BEDROCK.observe(Operation.COUNT_TOKENS, body).usage()).isNull();
    assertThat(BEDROCK.observe(Operation.CHAT, "x".getBytes(UTF_8)).usage()).isNull();
  }

  private static EventRole role(StreamObserver observer, byte[] frame) {
    return observer.event(frame, 0, frame.length);
  }

  @Test
  void aStreamMayEndBehindItsReasonForStopping() {
    StreamObserver observer = BEDROCK.observer(Desk.call("m", true, "{}".getBytes(UTF_8)));

    assertThat(role(observer, frame("messageStart", "{'role':'assistant'}")))
        .isEqualTo(EventRole.PREAMBLE);
    assertThat(role(observer, frame("contentBlockDelta", "{'delta':{'text':'a'}}")))
        .isEqualTo(EventRole.CONTENT);
    assertThat(observer.mayEndHere()).isFalse();
    assertThat(role(observer, frame("messageStop", "{'stopReason':'max_tokens'}")))
        .isEqualTo(EventRole.CONTENT);
    assertThat(observer.mayEndHere()).isTrue();
    assertThat(role(observer, frame("metadata", "{'usage':{'inputTokens':1,'outputTokens':2}}")))
        .isEqualTo(EventRole.CONTENT);
    assertThat(observer.observation().finish()).isEqualTo(FinishReason.LENGTH);
    assertThat(observer.observation().usage()).isEqualTo(Usage.of(1, 2));
    assertThat(observer.observation().complete()).isTrue();
  }

  @Test
  void anExceptionIsAnErrorWithABodyOfItsOwn() {
    StreamObserver observer = BEDROCK.observer(Desk.call("m", true, "{}".getBytes(UTF_8)));
    byte[] frame =
        AwsEvent.exception("throttlingException", "{\"message\":\"slow\"}".getBytes(UTF_8));

    assertThat(role(observer, frame)).isEqualTo(EventRole.ERROR);
    assertThat(observer.error()).isEqualTo(ErrorKind.RATE_LIMITED);
    assertThat(Json.read(Objects.requireNonNull(observer.errorBody())))
        .isEqualTo(tree("{'message':'slow','__type':'throttlingException'}"));
    assertThat(observer.observation().complete()).isFalse();
    assertThat(lines(observer.failure(new Refusal(ErrorKind.NETWORK, "x", "gone"), "req_1")))
        .containsExactly("modelStreamErrorException {'message':'gone'}");
  }

  @Test
  void modelsAreListedAsBedrockListsThem() {
    ModelCard card = new ModelCard("claude", "aws", Instant.EPOCH);
    assertThat(Json.read(BEDROCK.models(List.of(card))).at("/modelSummaries/0/modelId").asText())
        .isEqualTo("claude");
    assertThat(Json.read(BEDROCK.model(card)).at("/modelDetails/providerName").asText())
        .isEqualTo("aws");
  }
}
