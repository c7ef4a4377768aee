package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Says faults in each dialect's own shape, with its own codes and words. */
final class FaultVoice {
  private static final int OPENAI_CONTEXT_TOKENS = 128_000;
  private static final int ANTHROPIC_CONTEXT_TOKENS = 200_000;
  private static final int GEMINI_CONTEXT_TOKENS = 1_048_576;

  private FaultVoice() {}

  /** {@code {"error":{"message","type","param","code"}}}. */
  static ObjectNode openai(Fault fault) {
    ObjectNode answer = Json.object();
    answer.set("error", openaiError(fault));
    return answer;
  }

  /** The inner object, as it also stands in streams. */
  static ObjectNode openaiError(Fault fault) {
    ObjectNode error = Json.object();
    error.put("message", openaiMessage(fault));
    error.put("type", openaiType(fault.kind()));
    error.put("param", fault.param());
    error.put("code", openaiCode(fault.kind()));
    return error;
  }

  private static String openaiType(Fault.Kind kind) {
    return switch (kind) {
      case RATE_LIMITED -> "requests";
      case SERVER, UNAVAILABLE, OVERLOADED -> "server_error";
      default -> "invalid_request_error";
    };
  }

  /** The code; null where OpenAI sends none. */
  static @Nullable String openaiCode(Fault.Kind kind) {
    return switch (kind) {
      case CONTEXT_TOO_LONG -> "context_length_exceeded";
      case UNAUTHORIZED -> "invalid_api_key";
      case FORBIDDEN -> "missing_scope";
      case UNKNOWN_PATH -> "unknown_url";
      case UNKNOWN_MODEL -> "model_not_found";
      case UNKNOWN_PREVIOUS -> "previous_response_not_found";
      case METHOD_NOT_ALLOWED -> "method_not_supported";
      case RATE_LIMITED -> "rate_limit_exceeded";
      case OVERLOADED -> "server_is_overloaded";
      case INVALID, UNKNOWN_RESPONSE, TOO_LARGE, THREAD_UNSUPPORTED, SERVER, UNAVAILABLE -> null;
    };
  }

  /** The words of OpenAI. */
  static String openaiMessage(Fault fault) {
    String message = fault.message();
    if (message != null) {
      return message;
    }
    return fault.kind() == Fault.Kind.CONTEXT_TOO_LONG
        ? "This model's maximum context length is "
            + OPENAI_CONTEXT_TOKENS
            + " tokens. However, your messages resulted in "
            + (OPENAI_CONTEXT_TOKENS + fault.promptTokens())
            + " tokens. Please reduce the length of the messages."
        : common(fault);
  }

  /** {@code {"type":"error","error":{"type","message"},"request_id"}}. */
  static ObjectNode anthropic(Fault fault, String requestId) {
    ObjectNode answer = Json.object().put("type", "error");
    answer.set("error", anthropicError(fault));
    return answer.put("request_id", requestId);
  }

  /** The inner object, as it also stands in streams. */
  static ObjectNode anthropicError(Fault fault) {
    String message = fault.message();
    if (message == null) {
      message =
          fault.kind() == Fault.Kind.CONTEXT_TOO_LONG
              ? "prompt is too long: "
                  + (ANTHROPIC_CONTEXT_TOKENS + fault.promptTokens())
                  + " tokens > "
                  + ANTHROPIC_CONTEXT_TOKENS
                  + " maximum"
              : common(fault);
    }
    ObjectNode error =
        Json.object().put("type", anthropicType(fault.kind())).put("message", message);
    if (fault.kind() == Fault.Kind.THREAD_UNSUPPORTED) {
      ObjectNode details = Json.object().put("error_code", "thread_unsupported_request");
      details.set("unsupported", Json.array());
      error.set("details", details);
    }
    return error;
  }

  private static String anthropicType(Fault.Kind kind) {
    return switch (kind) {
      case INVALID, CONTEXT_TOO_LONG, METHOD_NOT_ALLOWED, THREAD_UNSUPPORTED, UNKNOWN_PREVIOUS ->
          "invalid_request_error";
      case UNAUTHORIZED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case UNKNOWN_PATH, UNKNOWN_MODEL, UNKNOWN_RESPONSE -> "not_found_error";
      case TOO_LARGE -> "request_too_large";
      case RATE_LIMITED -> "rate_limit_error";
      case SERVER, UNAVAILABLE -> "api_error";
      case OVERLOADED -> "overloaded_error";
    };
  }

  /** {@code {"error":{"code","message","status","details"}}}. */
  static ObjectNode gemini(Fault fault) {
    String message = fault.message();
    if (message == null) {
      message =
          fault.kind() == Fault.Kind.CONTEXT_TOO_LONG
              ? "The input token count ("
                  + (GEMINI_CONTEXT_TOKENS + fault.promptTokens())
                  + ") exceeds the maximum number of tokens allowed ("
                  + GEMINI_CONTEXT_TOKENS
                  + ")."
              : common(fault);
    }
    ObjectNode error =
        Json.object()
            .put("code", fault.status())
            .put("message", message)
            .put("status", geminiStatus(fault.kind()));
    if (fault.kind() == Fault.Kind.RATE_LIMITED) {
      error.set(
          "details",
          Json.array(
              Json.object()
                  .put("@type", "type.googleapis.com/google.rpc.RetryInfo")
                  .put("retryDelay", Sandbox.RETRY_AFTER_SECONDS + "s")));
    }
    ObjectNode answer = Json.object();
    answer.set("error", error);
    return answer;
  }

  private static String geminiStatus(Fault.Kind kind) {
    return switch (kind) {
      case INVALID, CONTEXT_TOO_LONG, TOO_LARGE, THREAD_UNSUPPORTED, UNKNOWN_PREVIOUS ->
          "INVALID_ARGUMENT";
      case UNAUTHORIZED -> "UNAUTHENTICATED";
      case FORBIDDEN -> "PERMISSION_DENIED";
      case UNKNOWN_PATH, UNKNOWN_MODEL, UNKNOWN_RESPONSE -> "NOT_FOUND";
      case METHOD_NOT_ALLOWED -> "UNIMPLEMENTED";
      case RATE_LIMITED -> "RESOURCE_EXHAUSTED";
      case SERVER -> "INTERNAL";
      case UNAVAILABLE, OVERLOADED -> "UNAVAILABLE";
    };
  }

  private static String common(Fault fault) {
    return switch (fault.kind()) {
      case UNAUTHORIZED -> "The sandbox was asked to refuse the API key.";
      case FORBIDDEN -> "The sandbox was asked to forbid the request.";
      case UNKNOWN_MODEL -> "The sandbox was asked not to find the model.";
      case RATE_LIMITED ->
          "The sandbox was asked to limit the rate. Please try again in "
              + Sandbox.RETRY_AFTER_SECONDS
              + "s.";
      case SERVER -> "The sandbox was asked to fail while processing the request.";
      case UNAVAILABLE -> "The sandbox was asked to be unavailable. Please try again later.";
      case OVERLOADED -> "Overloaded";
      default -> "The sandbox was asked to answer with status " + fault.status() + ".";
    };
  }
}
