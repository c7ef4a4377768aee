package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.ErrorAnswer;
import dev.customhouse.dialect.ErrorStatus;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.UpstreamErrors;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Errors of Bedrock: {@code {"message"}}, and their type in the field {@code x-amzn-errortype}, in
 * {@code __type}, or in the header of a frame.
 */
final class BedrockErrors {
  /** Errors are short; a longer text is not searched to its end. */
  private static final int SEARCHED_CHARS = 4_000;

  private BedrockErrors() {}

  /** What an answer with a status of 400 or more means. */
  static ErrorKind classify(int status, Headers headers, byte[] body) {
    String told = headers.get("x-amzn-errortype");
    return classify(status, told, Json.read(body));
  }

  /**
   * What an error means.
   *
   * @param status 0 when it came inside a stream
   * @param type as the header has it; null: it has none
   */
  static ErrorKind classify(int status, @Nullable String type, JsonNode body) {
    String named = plain(type != null ? type : body.path("__type").asText(""));
    String message = lower(body.path("message").asText(body.path("Message").asText("")));
    return switch (named) {
      case "throttling",
          "toomanyrequests",
          "toomanytokens",
          "modelnotready",
          "servicequotaexceeded",
          "limitexceeded" ->
          ErrorKind.RATE_LIMITED;
      case "serviceunavailable" -> ErrorKind.OVERLOADED;
      case "modeltimeout", "requesttimeout" -> ErrorKind.TIMEOUT;
      case "internalserver", "internalfailure", "modelerror", "modelstreamerror" ->
          ErrorKind.BAD_GATEWAY;
      case "unrecognizedclient",
          "expiredtoken",
          "invalidsignature",
          "signaturedoesnotmatch",
          "incompletesignature",
          "missingauthenticationtoken",
          "invalidclienttokenid" ->
          ErrorKind.UNAUTHORIZED;
      case "accessdenied", "notauthorized", "optinrequired" -> denied(message);
      case "resourcenotfound" -> ErrorKind.NOT_FOUND;
      case "validation", "badrequest" -> invalid(message);
      default -> untyped(status, body, message);
    };
  }

  /** {@code ThrottlingException:http://...} and {@code com.amazon#ThrottlingException} alike. */
  private static String plain(String type) {
    int hash = type.indexOf('#');
    String name = hash < 0 ? type : type.substring(hash + 1);
    int colon = name.indexOf(':');
    name = colon < 0 ? name : name.substring(0, colon);
    String lower = lower(name.strip());
    return lower.endsWith("exception")
        ? lower.substring(0, lower.length() - "exception".length())
        : lower;
  }

  private static ErrorKind denied(String message) {
    if (message.contains("invalid_payment_instrument")) {
      return ErrorKind.INSUFFICIENT_CREDIT;
    }
    return isOfKey(message) ? ErrorKind.UNAUTHORIZED : ErrorKind.FORBIDDEN;
  }

  private static boolean isOfKey(String message) {
    return message.contains("security token")
        || message.contains("authentication failed")
        || message.contains("bearer token")
        || message.contains("api key");
  }

  private static ErrorKind invalid(String message) {
    if (isTooLong(message)) {
      return ErrorKind.CONTEXT_TOO_LONG;
    }
    return message.contains("model identifier is invalid")
        ? ErrorKind.NOT_FOUND
        : ErrorKind.INVALID_REQUEST;
  }

  private static boolean isTooLong(String message) {
    return message.contains("input tokens exceeded")
        || message.contains("input is too long")
        || message.contains("prompt is too long")
        || message.contains("maximum context length")
        || message.contains("exceeds the maximum number of tokens")
        || message.contains("too many input tokens");
  }

  private static ErrorKind untyped(int status, JsonNode body, String message) {
    if (status == 429 || message.startsWith("too many tokens, please wait")) {
      return ErrorKind.RATE_LIMITED;
    }
    if (status == 400) {
      ErrorKind kind = invalid(message);
      return kind == ErrorKind.INVALID_REQUEST ? UpstreamErrors.classify(status, body) : kind;
    }
    return status == 403 ? denied(message) : UpstreamErrors.classify(status, body);
  }

  private static String lower(String text) {
    return text.substring(0, Math.min(text.length(), SEARCHED_CHARS)).toLowerCase(Locale.ROOT);
  }

  /** The gateway's own error as Bedrock writes it; the type is in the body for want of a header. */
  static ErrorAnswer answer(Refusal refusal) {
    return new ErrorAnswer(status(refusal), Json.write(body(refusal)));
  }

  private static ObjectNode body(Refusal refusal) {
    return Json.object()
        .put("__type", type(refusal.kind()))
        .put("message", refusal.getMessage())
        .put("reason", refusal.code());
  }

  /** The payload of an exception's frame. */
  static ObjectNode payload(Refusal refusal) {
    return Json.object().put("message", refusal.getMessage());
  }

  private static int status(Refusal refusal) {
    if (refusal.kind() == ErrorKind.UNAUTHORIZED) {
      return 403;
    }
    return refusal.kind() == ErrorKind.TIMEOUT ? 408 : ErrorStatus.usual(refusal);
  }

  private static String type(ErrorKind kind) {
    return switch (kind) {
      case INVALID_REQUEST,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA ->
          "ValidationException";
      case UNAUTHORIZED -> "UnrecognizedClientException";
      case FORBIDDEN, INSUFFICIENT_CREDIT -> "AccessDeniedException";
      case NOT_FOUND -> "ResourceNotFoundException";
      case RATE_LIMITED -> "ThrottlingException";
      case INTERNAL -> "InternalServerException";
      case BAD_GATEWAY, NETWORK -> "ModelErrorException";
      case OVERLOADED, UNAVAILABLE -> "ServiceUnavailableException";
      case TIMEOUT -> "ModelTimeoutException";
    };
  }

  /** The type of the exceptions that a stream of ConverseStream may hold. */
  static String streamType(ErrorKind kind) {
    return switch (kind) {
      case INVALID_REQUEST,
          UNAUTHORIZED,
          FORBIDDEN,
          INSUFFICIENT_CREDIT,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED ->
          "validationException";
      case RATE_LIMITED -> "throttlingException";
      case OVERLOADED, UNAVAILABLE -> "serviceUnavailableException";
      case INTERNAL -> "internalServerException";
      case TIMEOUT, BAD_GATEWAY, NETWORK -> "modelStreamErrorException";
    };
  }
}
