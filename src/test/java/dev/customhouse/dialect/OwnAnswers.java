package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.wire.AwsEvent;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Objects;

/**
 * One answer as providers of each dialect give it, whole and as a stream: the thought "Hm, höher.",
 * the words "Gruß 😀 an\n\"alle\".", calls of look with x 7.5 and of hear without arguments, and 30
 * tokens in, of which 10 were cached, and 20 out, of which 5 were thought, which Bedrock does not
 * say.
 */
public final class OwnAnswers {
  private static final Map<DialectId, String> WHOLE =
      Map.of(
          DialectId.OPENAI_CHAT,
          """
          {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant",
          "reasoning_content":"Hm, höher.","content":"Gruß 😀 an\\n\\"alle\\".","tool_calls":[
          {"id":"call_1","type":"function","function":{"name":"look","arguments":"{\\"x\\":7.5}"}},
          {"id":"call_2","type":"function","function":{"name":"hear","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
          "usage":{"prompt_tokens":30,"completion_tokens":20,"total_tokens":50,"prompt_tokens_details":{"cached_tokens":10},
          "completion_tokens_details":{"reasoning_tokens":5}}}
          """,
          DialectId.OPENAI_RESPONSES,
          """
          {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"up","output":[
          {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm, höher."}],"encrypted_content":"cHJvb2Y="},
          {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Gruß 😀 an\\n\\"alle\\".","annotations":[]}]},
          {"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":"{\\"x\\":7.5}","status":"completed"},
          {"type":"function_call","id":"fc_2","call_id":"call_2","name":"hear","arguments":"{}","status":"completed"}],
          "usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":50}}
          """,
          DialectId.ANTHROPIC_MESSAGES,
          """
          {"id":"msg_1","type":"message","role":"assistant","model":"up","content":[
          {"type":"thinking","thinking":"Hm, höher.","signature":"cHJvb2Y="},
          {"type":"text","text":"Gruß 😀 an\\n\\"alle\\"."},
          {"type":"tool_use","id":"call_1","name":"look","input":{"x":7.5}},
          {"type":"tool_use","id":"call_2","name":"hear","input":{}}],
          "stop_reason":"tool_use","stop_sequence":null,
          "usage":{"input_tokens":20,"cache_read_input_tokens":10,"cache_creation_input_tokens":0,"output_tokens":20,"output_tokens_details":{"thinking_tokens":5}}}
          """,
          DialectId.GEMINI,
          """
          {"responseId":"r1","modelVersion":"up","candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[
          {"text":"Hm, höher.","thought":true},
          {"text":"Gruß 😀 an\\n\\"alle\\"."},
          {"functionCall":{"id":"call_1","name":"look","args":{"x":7.5}},"thoughtSignature":"cHJvb2Y="},
          {"functionCall":{"id":"call_2","name":"hear","args":{}}}]}}],
          "usageMetadata":{"promptTokenCount":30,"cachedContentTokenCount":10,"candidatesTokenCount":15,"thoughtsTokenCount":5,"totalTokenCount":50}}
          """,
          DialectId.BEDROCK,
          """
          {"output":{"message":{"role":"assistant","content":[
          {"reasoningContent":{"reasoningText":{"text":"Hm, höher.","signature":"cHJvb2Y="}}},
          {"text":"Gruß 😀 an\\n\\"alle\\"."},
          {"toolUse":{"toolUseId":"call_1","name":"look","input":{"x":7.5}}},
          {"toolUse":{"toolUseId":"call_2","name":"hear","input":{}}}]}},
          "stopReason":"tool_use","metrics":{"latencyMs":5},
          "usage":{"inputTokens":20,"outputTokens":20,"totalTokens":50,"cacheReadInputTokens":10,"cacheWriteInputTokens":0}}
          """);

  /** The type of each frame and its payload. */
  private static final String FRAMES =
      """
      messageStart {"role":"assistant","p":"abc"}
      contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm, höher."}}}
      contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"cHJvb2Y="}}}
      contentBlockStop {"contentBlockIndex":0}
      contentBlockDelta {"contentBlockIndex":1,"delta":{"text":"Gruß 😀 an"}}
      contentBlockDelta {"contentBlockIndex":1,"delta":{"text":"\\n\\"alle\\"."}}
      contentBlockStop {"contentBlockIndex":1}
      contentBlockStart {"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"call_1","name":"look"}}}
      contentBlockDelta {"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\\"x\\":"}}}
      contentBlockDelta {"contentBlockIndex":2,"delta":{"toolUse":{"input":"7.5}"}}}
      contentBlockStop {"contentBlockIndex":2}
      contentBlockStart {"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"call_2","name":"hear"}}}
      contentBlockStop {"contentBlockIndex":3}
      messageStop {"stopReason":"tool_use"}
      metadata {"usage":{"inputTokens":20,"outputTokens":20,"totalTokens":50,"cacheReadInputTokens":10,"cacheWriteInputTokens":0},"metrics":{"latencyMs":5}}
      """;

  private static final Map<DialectId, String> STREAMS =
      Map.of(
          DialectId.OPENAI_CHAT,
          """
          : hello

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"reasoning_content":"Hm, "}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"reasoning_content":"höher."}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"content":"Gruß 😀 an"}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"content":"\\n\\"alle\\"."}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}}]}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"hear","arguments":""}}]}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"x\\":"}}]}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":"7.5}"}}]}}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

          data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":20,"total_tokens":50,"prompt_tokens_details":{"cached_tokens":10},"completion_tokens_details":{"reasoning_tokens":5}}}

          data: [DONE]

          """,
          DialectId.OPENAI_RESPONSES,
          """
          event: response.created
          data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"up","output":[]}}

          event: response.output_item.added
          data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}

          event: response.reasoning_summary_text.delta
          data: {"type":"response.reasoning_summary_text.delta","sequence_number":2,"output_index":0,"item_id":"rs_1","summary_index":0,"delta":"Hm, höher."}

          event: response.output_item.done
          data: {"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm, höher."}],"encrypted_content":"cHJvb2Y="}}

          event: response.output_item.added
          data: {"type":"response.output_item.added","sequence_number":4,"output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","status":"in_progress","content":[]}}

          event: response.output_text.delta
          data: {"type":"response.output_text.delta","sequence_number":5,"output_index":1,"content_index":0,"item_id":"msg_1","delta":"Gruß 😀 an"}

          event: response.output_text.delta
          data: {"type":"response.output_text.delta","sequence_number":6,"output_index":1,"content_index":0,"item_id":"msg_1","delta":"\\n\\"alle\\"."}

          event: response.output_item.done
          data: {"type":"response.output_item.done","sequence_number":7,"output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Gruß 😀 an\\n\\"alle\\".","annotations":[]}]}}

          event: response.output_item.added
          data: {"type":"response.output_item.added","sequence_number":8,"output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":""}}

          event: response.function_call_arguments.delta
          data: {"type":"response.function_call_arguments.delta","sequence_number":9,"output_index":2,"item_id":"fc_1","delta":"{\\"x\\":"}

          event: response.function_call_arguments.delta
          data: {"type":"response.function_call_arguments.delta","sequence_number":10,"output_index":2,"item_id":"fc_1","delta":"7.5}"}

          event: response.output_item.done
          data: {"type":"response.output_item.done","sequence_number":11,"output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":"{\\"x\\":7.5}","status":"completed"}}

          event: response.output_item.added
          data: {"type":"response.output_item.added","sequence_number":12,"output_index":3,"item":{"type":"function_call","id":"fc_2","call_id":"call_2","name":"hear","arguments":""}}

          event: response.output_item.done
          data: {"type":"response.output_item.done","sequence_number":13,"output_index":3,"item":{"type":"function_call","id":"fc_2","call_id":"call_2","name":"hear","arguments":"{}","status":"completed"}}

          event: response.completed
          data: {"type":"response.completed","sequence_number":14,"response":{"id":"resp_1","object":"response","status":"completed","model":"up","output":[],"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":50}}}

          """,
          DialectId.ANTHROPIC_MESSAGES,
          """
          event: message_start
          data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_read_input_tokens":10,"cache_creation_input_tokens":0,"output_tokens":1}}}

          event: content_block_start
          data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

          event: ping
          data: {"type":"ping"}

          event: content_block_delta
          data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm, höher."}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"cHJvb2Y="}}

          event: content_block_stop
          data: {"type":"content_block_stop","index":0}

          event: content_block_start
          data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Gruß 😀 an"}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\\n\\"alle\\"."}}

          event: content_block_stop
          data: {"type":"content_block_stop","index":1}

          event: content_block_start
          data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_1","name":"look","input":{}}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"x\\":"}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"7.5}"}}

          event: content_block_stop
          data: {"type":"content_block_stop","index":2}

          event: content_block_start
          data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"call_2","name":"hear","input":{}}}

          event: content_block_stop
          data: {"type":"content_block_stop","index":3}

          event: message_delta
          data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":20,"output_tokens_details":{"thinking_tokens":5}}}

          event: message_stop
          data: {"type":"message_stop"}

          """,
          DialectId.GEMINI,
          """
          data: {"responseId":"r1","modelVersion":"up","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hm, höher.","thought":true}]}}],"usageMetadata":{"promptTokenCount":30,"totalTokenCount":30}}

          data: {"responseId":"r1","modelVersion":"up","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Gruß 😀 an"}]}}],"usageMetadata":{"promptTokenCount":30,"totalTokenCount":30}}

          data: {"responseId":"r1","modelVersion":"up","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"\\n\\"alle\\"."},{"functionCall":{"id":"call_1","name":"look","args":{"x":7.5}},"thoughtSignature":"cHJvb2Y="}]}}],"usageMetadata":{"promptTokenCount":30,"totalTokenCount":30}}

          data: {"responseId":"r1","modelVersion":"up","candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[{"functionCall":{"id":"call_2","name":"hear","args":{}}}]}}],"usageMetadata":{"promptTokenCount":30,"cachedContentTokenCount":10,"candidatesTokenCount":15,"thoughtsTokenCount":5,"totalTokenCount":50}}

          """);

  private OwnAnswers() {}

  /** Frames, each from a line with its type and its payload. */
  public static byte[] frames(String lines) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (String line : lines.lines().toList()) {
      int at = line.indexOf(' ');
      byte[] payload = line.substring(at + 1).getBytes(UTF_8);
      String type = line.substring(0, at);
      frames.writeBytes(
          type.endsWith("Exception")
              ? AwsEvent.exception(type, payload)
              : AwsEvent.event(type, payload));
    }
    return frames.toByteArray();
  }

  /** The dialects that there are answers in. */
  public static java.util.List<DialectId> dialects() {
    return java.util.Arrays.stream(DialectId.values()).filter(WHOLE::containsKey).toList();
  }

  /** The whole answer. */
  public static byte[] whole(DialectId dialect) {
    return Objects.requireNonNull(WHOLE.get(dialect)).getBytes(UTF_8);
  }

  /** The answer in events. */
  public static byte[] stream(DialectId dialect) {
    if (dialect == DialectId.BEDROCK) {
      return frames(FRAMES);
    }
    return Objects.requireNonNull(STREAMS.get(dialect)).getBytes(UTF_8);
  }
}
