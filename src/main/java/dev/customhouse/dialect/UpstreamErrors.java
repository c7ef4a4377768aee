package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.ErrorKind;
import java.util.List;
import java.util.Locale;

/**
 * What an upstream's error means. Providers agree on little, so it is asked in this order: code and
 * type, then the words of the message, then the status. All shapes met in recorded traffic are
 * read: {@code {"error":{...}}}, {@code {"error":"text","code":...}}, {@code {"message":...}},
 * {@code {"detail":...}}, {@code [{"error":{...}}]}.
 */
public final class UpstreamErrors {
  /** Errors are short; a longer text is not searched to its end. */
  private static final int SEARCHED_CHARS = 4_000;

  /** What stands before a phrase about an account at the beginning of a message: "You have". */
  private static final int LEADING_CHARS = 10;

  private static final List<String> NO_CREDIT =
      List.of(
          "credit balance is too low",
          "insufficient balance",
          "insufficient credit",
          "insufficient_quota",
          "exceeded your current quota, please check your plan",
          "reached your specified api usage limits",
          "billing hard limit");
  private static final List<String> TOO_LONG =
      List.of(
          "context_length_exceeded",
          "maximum context length",
          "prompt is too long",
          "input token count",
          "input tokens exceed",
          "input is too long",
          "exceeds the context window",
          "context window exceeded",
          "too many tokens: total");
  private static final List<String> BAD_KEY =
      List.of(
          "api_key_invalid",
          "api key not valid",
          "incorrect api key",
          "invalid api key",
          "invalid_api_key",
          "invalid x-api-key");

  private UpstreamErrors() {}

  /** What an error says in words; a general word when it says nothing. */
  public static String message(byte[] body) {
    return message(Json.read(body));
  }

  /** The same of a body that was read. */
  public static String message(JsonNode read) {
    JsonNode root = read.isArray() && !read.isEmpty() ? read.get(0) : read;
    JsonNode error = root.path("error");
    List<JsonNode> places =
        List.of(error.path("message"), error, root.path("message"), root.path("detail"));
    for (JsonNode place : places) {
      if (place.isTextual() && !place.textValue().isEmpty()) {
        return place.textValue();
      }
    }
    return "The provider answered with an error.";
  }

  /** The kind of an answer with a status of 400 or more. */
  public static ErrorKind classify(int status, byte[] body) {
    return classify(status, Json.read(body));
  }

  /** The kind of an error object; {@code status} 0 when it came inside a stream. */
  public static ErrorKind classify(int status, JsonNode body) {
    JsonNode root = body.isArray() && !body.isEmpty() ? body.get(0) : body;
    JsonNode nested = root.path("error");
    JsonNode error = nested.isObject() ? nested : root;
    // Some events nest once more: {"type":"error","error":{"error":{...}}}.
    if (error.path("error").isObject()) {
      error = error.path("error");
    }
    String code = lower(error.path("code")) + " " + lower(root.path("code"));
    String type =
        lower(error.path("type"))
            + " "
            + lower(error.path("status"))
            + " "
            + lower(root.path("error_type"));
    String message = lower(error.path("message"));
    if (message.isEmpty()) {
      message = lower(nested.isTextual() ? nested : root.path("detail"));
    }
    String own = code + " " + type + " " + reasons(error.path("details"));
    String words = own + " " + message;
    int told = status != 0 ? status : error.path("code").asInt(0);

    if (isOfAccount(told, own, message, NO_CREDIT)
        || type.contains("billing_error")
        || told == 402) {
      return ErrorKind.INSUFFICIENT_CREDIT;
    }
    if (isOfAccount(told, own, message, BAD_KEY) || type.contains("authentication_error")) {
      return ErrorKind.UNAUTHORIZED;
    }
    if (told != 429 && containsAny(words, TOO_LONG)) {
      return ErrorKind.CONTEXT_TOO_LONG;
    }
    if (told >= 400) {
      ErrorKind byStatus = byStatus(told);
      boolean filtered =
          told == 400 && (code.contains("content_filter") || code.contains("content_policy"));
      return filtered ? ErrorKind.CONTENT_FILTERED : byStatus;
    }
    return byWords(code + " " + type);
  }

  /**
   * Whether the error is about our account. Messages quote what the client wrote, and a key that is
   * taken for refused serves nobody for a while: unless the status speaks of keys or money, only
   * the very beginning of a message counts, and not where it is the name of a field.
   */
  private static boolean isOfAccount(int status, String own, String message, List<String> phrases) {
    if (containsAny(own, phrases)) {
      return true;
    }
    if (status == 401 || status == 402 || status == 403 || status == 429) {
      return containsAny(message, phrases);
    }
    for (String phrase : phrases) {
      int at = message.indexOf(phrase);
      if (at >= 0 && at <= LEADING_CHARS && !message.contains("extra inputs are not permitted")) {
        return true;
      }
    }
    return false;
  }

  private static ErrorKind byStatus(int status) {
    return switch (status) {
      case 401 -> ErrorKind.UNAUTHORIZED;
      case 403 -> ErrorKind.FORBIDDEN;
      case 404 -> ErrorKind.NOT_FOUND;
      case 408, 504, 524 -> ErrorKind.TIMEOUT;
      case 413 -> ErrorKind.TOO_LARGE;
      case 429 -> ErrorKind.RATE_LIMITED;
      case 503, 529 -> ErrorKind.OVERLOADED;
      default -> status >= 500 || status == 424 ? ErrorKind.BAD_GATEWAY : ErrorKind.INVALID_REQUEST;
    };
  }

  private static ErrorKind byWords(String words) {
    if (words.contains("rate_limit")
        || words.contains("resource_exhausted")
        || words.contains("throttl")) {
      return ErrorKind.RATE_LIMITED;
    }
    if (words.contains("overloaded") || words.contains("unavailable")) {
      return ErrorKind.OVERLOADED;
    }
    if (words.contains("timeout") || words.contains("deadline")) {
      return ErrorKind.TIMEOUT;
    }
    if (words.contains("permission")) {
      return ErrorKind.FORBIDDEN;
    }
    if (words.contains("not_found")) {
      return ErrorKind.NOT_FOUND;
    }
    if (words.contains("invalid_request") || words.contains("invalid_argument")) {
      return ErrorKind.INVALID_REQUEST;
    }
    return ErrorKind.BAD_GATEWAY;
  }

  private static String reasons(JsonNode details) {
    StringBuilder all = new StringBuilder();
    for (JsonNode detail : details) {
      all.append(lower(detail.path("reason"))).append(' ');
    }
    return all.toString();
  }

  private static boolean containsAny(String text, List<String> phrases) {
    for (String phrase : phrases) {
      if (text.contains(phrase)) {
        return true;
      }
    }
    return false;
  }

  private static String lower(JsonNode node) {
    String text = node.isValueNode() && !node.isNull() ? node.asText() : "";
    return text.substring(0, Math.min(text.length(), SEARCHED_CHARS)).toLowerCase(Locale.ROOT);
  }
}
