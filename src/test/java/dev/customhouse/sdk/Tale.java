package dev.customhouse.sdk;

import dev.customhouse.canonical.DialectId;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * What a provider tells in a stream, in each of its dialects. Every tale that comes to its end
 * costs 15 tokens of input, 5 of them from a cache, and 7 of output, 2 of them for reasoning.
 */
enum Tale {
  /** Words in two pieces. */
  WORDS,
  /** Two calls in one answer, each in two pieces where the dialect has pieces. */
  CALLS,
  /** Thoughts, then words. */
  THOUGHTS,
  /** The model or its provider declines. */
  DECLINED,
  /** The limit of tokens is reached. */
  CUT_SHORT,
  /** The provider fails after some words and says so. */
  BROKEN,
  /** The body ends after some words as if all were said. */
  GONE;

  static final String TEXT = "The harbour is open.";
  static final String THOUGHT = "I look at the tide.";
  static final String NO = "I cannot help with that.";

  private static final List<String> CITIES = List.of("Oslo", "Lisbon");

  /** The stream. */
  String in(DialectId dialect) {
    return switch (dialect) {
      case OPENAI_CHAT -> chat();
      case OPENAI_RESPONSES -> responses();
      case ANTHROPIC_MESSAGES -> messages();
      case GEMINI -> gemini();
      case BEDROCK -> throw new IllegalArgumentException("Bedrock streams no text");
    };
  }

  /** The words that come, whether or not all of them do. */
  private List<String> words() {
    return switch (this) {
      case WORDS, THOUGHTS -> List.of("The harbour", " is open.");
      case CUT_SHORT, BROKEN, GONE -> List.of("The harbour");
      case CALLS, DECLINED -> List.of();
    };
  }

  private static String data(String json) {
    return "data: " + json + "\n\n";
  }

  private static String named(String type, String members) {
    return "event: " + type + "\n" + data("{\"type\":\"" + type + "\"" + members + "}");
  }

  // --- Chat Completions ---

  private static String chunk(String delta, String finish) {
    return data(
        """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"up",\
        "choices":[{"index":0,"delta":%s,"finish_reason":%s}]}\
        """
            .formatted(delta, finish));
  }

  private String chat() {
    StringBuilder told =
        new StringBuilder(chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
    if (this == THOUGHTS) {
      told.append(chunk("{\"reasoning_content\":\"" + THOUGHT + "\"}", "null"));
    }
    if (this == DECLINED) {
      told.append(chunk("{\"refusal\":\"" + NO + "\"}", "null"));
    }
    words().forEach(piece -> told.append(chunk("{\"content\":\"" + piece + "\"}", "null")));
    for (int i = 0; this == CALLS && i < CITIES.size(); i++) {
      told.append(
          chunk(
              """
              {"tool_calls":[{"index":%d,"id":"call_%d","type":"function",\
              "function":{"name":"weather","arguments":""}}]}\
              """
                  .formatted(i, i),
              "null"));
      for (String piece : List.of("{\\\"city\\\":", "\\\"" + CITIES.get(i) + "\\\"}")) {
        told.append(
            chunk(
                "{\"tool_calls\":[{\"index\":%d,\"function\":{\"arguments\":\"%s\"}}]}"
                    .formatted(i, piece),
                "null"));
      }
    }
    if (this == GONE) {
      return told.toString();
    }
    if (this == BROKEN) {
      return told.append(
              data(
                  "{\"error\":{\"message\":\"Out of memory\",\"type\":\"server_error\",\"code\":500}}"))
          .toString();
    }
    String finish =
        switch (this) {
          case CALLS -> "tool_calls";
          case CUT_SHORT -> "length";
          default -> "stop";
        };
    return told.append(chunk("{}", "\"" + finish + "\""))
        .append(
            data(
                """
                {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,\
                "model":"up","choices":[],"usage":{"prompt_tokens":15,"completion_tokens":7,\
                "total_tokens":22,"prompt_tokens_details":{"cached_tokens":5},\
                "completion_tokens_details":{"reasoning_tokens":2}}}\
                """))
        .append("data: [DONE]\n\n")
        .toString();
  }

  // --- Responses ---

  private static String response(String type, String status, String output, String more) {
    return named(
        type,
        """
        ,"sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1760000000,\
        "model":"up","status":"%s","output":[%s],"parallel_tool_calls":true,"tool_choice":"auto",\
        "tools":[],"metadata":{}%s}\
        """
            .formatted(status, output, more));
  }

  private String responses() {
    StringBuilder told =
        new StringBuilder(response("response.created", "in_progress", "", ",\"error\":null"));
    List<String> items = new ArrayList<>();
    if (this == THOUGHTS) {
      String item =
          """
          {"id":"rs_1","type":"reasoning","summary":[%s]}\
          """;
      told.append(added(0, item.formatted("")));
      String at =
          ",\"sequence_number\":0,\"output_index\":0,\"item_id\":\"rs_1\",\"summary_index\":0";
      told.append(
          named("response.reasoning_summary_text.delta", at + ",\"delta\":\"" + THOUGHT + "\""));
      items.add(item.formatted("{\"type\":\"summary_text\",\"text\":\"" + THOUGHT + "\"}"));
      told.append(done(0, items.getFirst()));
    }
    for (int i = 0; this == CALLS && i < CITIES.size(); i++) {
      String item =
          """
          {"id":"fc_%d","type":"function_call","status":"%s","call_id":"call_%d","name":"weather",\
          "arguments":"%s"}\
          """;
      String arguments = "{\\\"city\\\":\\\"" + CITIES.get(i) + "\\\"}";
      told.append(added(i, item.formatted(i, "in_progress", i, "")));
      for (String piece : List.of("{\\\"city\\\":", "\\\"" + CITIES.get(i) + "\\\"}")) {
        told.append(
            named(
                "response.function_call_arguments.delta",
                ",\"sequence_number\":0,\"output_index\":%d,\"item_id\":\"fc_%d\",\"delta\":\"%s\""
                    .formatted(i, i, piece)));
      }
      items.add(item.formatted(i, "completed", i, arguments));
      told.append(done(i, items.getLast()));
    }
    if (this != CALLS) {
      spoken(told, items);
    }
    if (this == GONE) {
      return told.toString();
    }
    if (this == BROKEN) {
      return told.append(
              response(
                  "response.failed",
                  "failed",
                  "",
                  ",\"error\":{\"code\":\"server_error\",\"message\":\"Out of memory\"}"))
          .toString();
    }
    String usage =
        """
        ,"error":null,"usage":{"input_tokens":15,"input_tokens_details":{"cached_tokens":5},\
        "output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":22}\
        """;
    String output = String.join(",", items);
    return told.append(
            this == CUT_SHORT
                ? response(
                    "response.incomplete",
                    "incomplete",
                    output,
                    usage + ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}")
                : response("response.completed", "completed", output, usage))
        .toString();
  }

  private void spoken(StringBuilder told, List<String> items) {
    int index = items.size();
    String item =
        """
        {"id":"msg_1","type":"message","role":"assistant","status":"%s","content":[%s]}\
        """;
    String at =
        ",\"sequence_number\":0,\"output_index\":%d,\"item_id\":\"msg_1\",\"content_index\":0"
            .formatted(index);
    boolean declined = this == DECLINED;
    String part =
        declined
            ? "{\"type\":\"refusal\",\"refusal\":\"%s\"}"
            : "{\"type\":\"output_text\",\"text\":\"%s\",\"annotations\":[]}";
    told.append(added(index, item.formatted("in_progress", "")));
    told.append(named("response.content_part.added", at + ",\"part\":" + part.formatted("")));
    StringJoiner all = new StringJoiner("");
    for (String piece : declined ? List.of(NO) : words()) {
      all.add(piece);
      String type = declined ? "response.refusal.delta" : "response.output_text.delta";
      told.append(named(type, at + ",\"delta\":\"" + piece + "\""));
    }
    if (this != BROKEN && this != GONE) {
      items.add(item.formatted("completed", part.formatted(all)));
      told.append(done(index, items.getLast()));
    }
  }

  private static String added(int index, String item) {
    return named(
        "response.output_item.added",
        ",\"sequence_number\":0,\"output_index\":%d,\"item\":%s".formatted(index, item));
  }

  private static String done(int index, String item) {
    return named(
        "response.output_item.done",
        ",\"sequence_number\":0,\"output_index\":%d,\"item\":%s".formatted(index, item));
  }

  // --- Messages ---

  private static void block(StringBuilder told, int index, String opening, List<String> deltas) {
    told.append(
        named(
            "content_block_start", ",\"index\":%d,\"content_block\":%s".formatted(index, opening)));
    for (String delta : deltas) {
      told.append(
          named("content_block_delta", ",\"index\":%d,\"delta\":%s".formatted(index, delta)));
    }
  }

  private static String stopped(int index) {
    return named("content_block_stop", ",\"index\":" + index);
  }

  private String messages() {
    StringBuilder told =
        new StringBuilder(
            named(
                "message_start",
                """
                ,"message":{"id":"msg_1","type":"message","role":"assistant","model":"up",\
                "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,\
                "cache_read_input_tokens":5,"cache_creation_input_tokens":0,"output_tokens":1}}\
                """));
    told.append(named("ping", ""));
    int index = 0;
    if (this == THOUGHTS) {
      block(
          told,
          index,
          "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}",
          List.of(
              "{\"type\":\"thinking_delta\",\"thinking\":\"" + THOUGHT + "\"}",
              "{\"type\":\"signature_delta\",\"signature\":\"c2VhbA==\"}"));
      told.append(stopped(index++));
    }
    for (int i = 0; this == CALLS && i < CITIES.size(); i++) {
      block(
          told,
          i,
          "{\"type\":\"tool_use\",\"id\":\"toolu_%d\",\"name\":\"weather\",\"input\":{}}"
              .formatted(i),
          List.of(
              "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\":\"}",
              "{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"%s\\\"}\"}"
                  .formatted(CITIES.get(i))));
      told.append(stopped(i));
    }
    if (!words().isEmpty()) {
      block(
          told,
          index,
          "{\"type\":\"text\",\"text\":\"\"}",
          words().stream()
              .map(piece -> "{\"type\":\"text_delta\",\"text\":\"" + piece + "\"}")
              .toList());
    }
    if (this == GONE) {
      return told.toString();
    }
    if (this == BROKEN) {
      return told.append(
              named("error", ",\"error\":{\"type\":\"api_error\",\"message\":\"Out of memory\"}"))
          .toString();
    }
    if (!words().isEmpty()) {
      told.append(stopped(index));
    }
    String stop =
        switch (this) {
          case CALLS -> "tool_use";
          case CUT_SHORT -> "max_tokens";
          case DECLINED -> "refusal";
          default -> "end_turn";
        };
    return told.append(
            named(
                "message_delta",
                """
                ,"delta":{"stop_reason":"%s","stop_sequence":null},"usage":{"output_tokens":7,\
                "output_tokens_details":{"thinking_tokens":2}}\
                """
                    .formatted(stop)))
        .append(named("message_stop", ""))
        .toString();
  }

  // --- Gemini ---

  private static String content(String parts, String more) {
    return data(
        """
        {"candidates":[{"index":0,"content":{"role":"model","parts":[%s]}%s}],"usageMetadata":\
        {"promptTokenCount":15,"cachedContentTokenCount":5,"candidatesTokenCount":5,\
        "thoughtsTokenCount":2,"totalTokenCount":22},"modelVersion":"up","responseId":"gem_1"}\
        """
            .formatted(parts, more));
  }

  private String gemini() {
    StringBuilder told = new StringBuilder();
    if (this == THOUGHTS) {
      told.append(content("{\"text\":\"" + THOUGHT + "\",\"thought\":true}", ""));
    }
    words().forEach(piece -> told.append(content("{\"text\":\"" + piece + "\"}", "")));
    if (this == CALLS) {
      StringJoiner parts = new StringJoiner(",");
      for (String city : CITIES) {
        parts.add(
            "{\"functionCall\":{\"name\":\"weather\",\"args\":{\"city\":\"%s\"}}%s}"
                .formatted(city, parts.length() == 0 ? ",\"thoughtSignature\":\"c2VhbA==\"" : ""));
      }
      told.append(content(parts.toString(), ""));
    }
    if (this == GONE) {
      return told.toString();
    }
    if (this == BROKEN) {
      return told.append(
              data(
                  "{\"error\":{\"code\":500,\"message\":\"Out of memory\",\"status\":\"INTERNAL\"}}"))
          .toString();
    }
    String finish =
        switch (this) {
          case CUT_SHORT -> "MAX_TOKENS";
          case DECLINED -> "SAFETY";
          default -> "STOP";
        };
    return told.append(content("{\"text\":\"\"}", ",\"finishReason\":\"" + finish + "\""))
        .toString();
  }
}
