package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;

/** Errors as both of OpenAI's dialects write them (platform.openai.com/docs/guides/error-codes). */
public final class OpenAiErrors {
  private OpenAiErrors() {}

  /** The error with the status OpenAI's SDKs know it by. */
  public static ErrorAnswer answer(Refusal refusal) {
    ObjectNode body = Json.object();
    body.set("error", error(refusal));
    return new ErrorAnswer(ErrorStatus.usual(refusal), Json.write(body));
  }

  /** The error object alone. */
  public static ObjectNode error(Refusal refusal) {
    ObjectNode error = Json.object();
    error.put("message", refusal.getMessage());
    error.put("type", type(refusal.kind()));
    error.put("param", refusal.param());
    error.put("code", refusal.code());
    return error;
  }

  private static String type(ErrorKind kind) {
    return switch (kind) {
      case INSUFFICIENT_CREDIT -> "insufficient_quota";
      case FORBIDDEN -> "permission_error";
      case RATE_LIMITED -> "rate_limit_error";
      case INTERNAL, BAD_GATEWAY, NETWORK, OVERLOADED, UNAVAILABLE, TIMEOUT -> "server_error";
      case INVALID_REQUEST,
          UNAUTHORIZED,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          TOO_LARGE,
          UNSUPPORTED_MEDIA,
          CONTEXT_TOO_LONG,
          CONTENT_FILTERED ->
          "invalid_request_error";
    };
  }
}
