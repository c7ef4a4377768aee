package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import dev.customhouse.wire.SseEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads id, model, status and usage of a response object, without building its output. */
final class ResponseObject {
  private static final Names RESPONSE =
      Names.of("id", "model", "status", "incomplete_details", "usage", "output");
  private static final byte[] FUNCTION_CALL =
      "\"function_call\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CUSTOM_CALL =
      "\"custom_tool_call\"".getBytes(StandardCharsets.US_ASCII);

  private ResponseObject() {}

  static Observation observe(byte[] bytes, int start, int end) {
    JsonScan scan;
    try {
      scan = JsonScan.of(bytes, start, end, RESPONSE);
    } catch (JsonScanException e) {
      return Observation.NONE;
    }
    String status = scan.string("status");
    Range output = scan.range("output");
    boolean calls =
        output != null
            && (holds(bytes, output, FUNCTION_CALL) || holds(bytes, output, CUSTOM_CALL));
    return new Observation(
        scan.string("id"),
        scan.string("model"),
        finish(status, read(bytes, scan.range("incomplete_details")), calls),
        usage(read(bytes, scan.range("usage"))),
        true);
  }

  /** Texts have their quotes escaped, so that the needle is found only as a whole JSON string. */
  private static boolean holds(byte[] bytes, Range range, byte[] needle) {
    int at = SseEvent.indexOf(bytes, range.start(), range.end(), needle);
    return at >= 0 && bytes[at - 1] != '\\';
  }

  private static JsonNode read(byte[] bytes, @Nullable Range range) {
    return Json.read(bytes, range == null ? 0 : range.start(), range == null ? 0 : range.end());
  }

  static @Nullable FinishReason finish(@Nullable String status, JsonNode details, boolean calls) {
    if (status == null) {
      return null;
    }
    return switch (status) {
      case "completed" -> calls ? FinishReason.TOOL_CALLS : FinishReason.STOP;
      case "incomplete" ->
          switch (details.path("reason").asText("")) {
            case "max_output_tokens" -> FinishReason.LENGTH;
            case "content_filter" -> FinishReason.CONTENT_FILTER;
            default -> FinishReason.OTHER;
          };
      case "failed", "cancelled" -> FinishReason.ERROR;
      default -> null;
    };
  }

  static @Nullable Usage usage(JsonNode usage) {
    Long input = Json.count(usage.path("input_tokens"));
    Long output = Json.count(usage.path("output_tokens"));
    if (input == null && output == null) {
      return null;
    }
    JsonNode in = usage.path("input_tokens_details");
    return new Usage(
        input == null ? 0 : input,
        output == null ? 0 : output,
        Json.count(in.path("cached_tokens")),
        Json.count(in.path("cache_write_tokens")),
        Json.count(usage.path("output_tokens_details").path("reasoning_tokens")),
        false);
  }
}
