package dev.customhouse.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** Anthropic's dialect by way of InvokeModel, and its token count by way of CountTokens. */
final class InvokeModel {
  private static final String INVOKE = "invoke";
  private static final String STREAM = "invoke-with-response-stream";
  private static final String COUNT = "count-tokens";

  /**
   * The betas that Bedrock knows; it refuses requests that name others
   * (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html).
   */
  private static final Set<String> BETAS =
      Set.of(
          "computer-use-2024-10-22",
          "computer-use-2025-01-24",
          "computer-use-2025-11-24",
          "token-efficient-tools-2025-02-19",
          "interleaved-thinking-2025-05-14",
          "output-128k-2025-02-19",
          "dev-full-thinking-2025-05-14",
          "context-1m-2025-08-07",
          "context-management-2025-06-27",
          "effort-2025-11-24",
          "tool-search-tool-2025-10-19",
          "tool-examples-2025-10-29",
          "fine-grained-tool-streaming-2025-05-14",
          "thinking-binding-controls-2026-08-01");

  private InvokeModel() {}

  /** The last segment of the path for the call. */
  static String action(Call call) {
    if (call.operation() == Operation.COUNT_TOKENS) {
      return COUNT;
    }
    return call.stream() ? STREAM : INVOKE;
  }

  private static boolean isFor(UpstreamRequest request, String action) {
    return request.uri().getRawPath().endsWith("/" + action);
  }

  /**
   * The request with what stood in header fields in its body.
   *
   * @param losses are told what Bedrock does not take
   */
  static UpstreamRequest request(UpstreamRequest request, Losses losses) {
    byte[] body =
        RehostedMessages.outward(
            request.body(),
            RehostedMessages.Service.BEDROCK,
            betas(request.headers(), losses),
            losses);
    Headers headers =
        request.headers().toBuilder()
            .remove(RehostedMessages.BETA_HEADER)
            .remove("anthropic-version")
            .remove("accept")
            .build();
    return request.with(headers, isFor(request, COUNT) ? counted(body) : body);
  }

  private static List<String> betas(Headers headers, Losses losses) {
    List<String> known = new ArrayList<>();
    for (String list : headers.all(RehostedMessages.BETA_HEADER)) {
      for (String each : list.split(",", -1)) {
        String beta = each.strip();
        if (BETAS.contains(beta)) {
          known.add(beta);
        } else if (!beta.isEmpty()) {
          losses.lost(DialectId.ANTHROPIC_MESSAGES, RehostedMessages.BETA_HEADER, beta);
        }
      }
    }
    return known;
  }

  /** CountTokens wants a body that could be asked to be answered: one with a limit. */
  private static byte[] counted(byte[] body) {
    byte[] whole = body;
    if (Json.read(body) instanceof ObjectNode asked && !asked.has("max_tokens")) {
      whole = Json.write(asked.put("max_tokens", 1));
    }
    ObjectNode counted = Json.object();
    counted
        .putObject("input")
        .putObject("invokeModel")
        .put("body", Base64.getEncoder().encodeToString(whole));
    return Json.write(counted);
  }

  /** The answer as Anthropic would have given it. */
  static UpstreamAnswer answer(UpstreamAnswer answer, UpstreamRequest request) {
    if (answer.status() >= 400) {
      return new RewrittenAnswer(answer, body -> error(answer.status(), body));
    }
    if (isFor(request, COUNT)) {
      return new RewrittenAnswer(answer, InvokeModel::count);
    }
    return isFor(request, STREAM) ? new InvokedEvents(answer) : answer;
  }

  private static byte[] count(byte[] body) {
    Long tokens = Json.count(Json.read(body).path("inputTokens"));
    return tokens == null ? body : Json.write(Json.object().put("input_tokens", tokens));
  }

  /** The words stay: clients recover by what they say. */
  private static byte[] error(int status, byte[] body) {
    JsonNode told = Json.read(body);
    JsonNode message =
        told.path("message").isTextual() ? told.path("message") : told.path("Message");
    return message.isTextual()
        ? Json.write(InvokedEvents.error(type(status), message.textValue()))
        : body;
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 408, 504 -> "timeout_error";
      case 503, 529 -> "overloaded_error";
      default -> status >= 500 || status == 424 ? "api_error" : "invalid_request_error";
    };
  }
}
