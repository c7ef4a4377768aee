package dev.customhouse.dialect.openairesponses;

import static dev.customhouse.dialect.openairesponses.Desk.CODEC;
import static dev.customhouse.dialect.openairesponses.Desk.VLLM;
import static dev.customhouse.dialect.openairesponses.Desk.json;
import static dev.customhouse.dialect.openairesponses.Desk.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.Translation;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/**
 * Codex CLI asks for a model whose host knows neither namespaces nor tools of free text; the shape
 * of its request is that of version 0.169.0 with the models that take {@code additional_tools}.
 */
class CodexTest {
  private static final String REQUEST =
      """
      {"model":"gpt","stream":true,"store":false,"tool_choice":"auto","parallel_tool_calls":true,
       "include":["reasoning.encrypted_content"],"prompt_cache_key":"session",
       "client_metadata":{"turn":"1"},"reasoning":{"effort":"medium","context":"all_turns"},
       "input":[
        {"type":"additional_tools","role":"developer","tools":[
          {"type":"namespace","name":"functions","description":"Tools.","tools":[
            {"type":"custom","name":"exec","description":"Runs JavaScript.",
             "format":{"type":"grammar","syntax":"lark","definition":"start: /.+/"}},
            {"type":"function","name":"wait","description":"Waits.","strict":false,
             "parameters":{"type":"object","properties":{}}}]}]},
        {"type":"message","role":"developer","id":"msg_a","content":[
          {"type":"input_text","text":"You code."}]},
        {"type":"message","role":"user","id":"msg_b","content":[{"type":"input_text","text":"Go"}]},
        {"type":"custom_tool_call","id":"ctc_c","call_id":"call_1","name":"exec",
         "namespace":"functions","input":"1+1"},
        {"type":"custom_tool_call_output","id":"fco_d","call_id":"call_1","output":"2"}]}
      """;

  private static Translation translation() {
    var request = CODEC.readRequest(Desk.call(REQUEST.getBytes(UTF_8)));
    Reply reply =
        new Reply("req_1", "gpt", true, true, false, Instant.ofEpochSecond(9), 0, request);
    return Translation.of(CODEC, CODEC, reply, VLLM, LossTable.load(), OnUnsupported.ERROR);
  }

  @Test
  void theHostGetsPlainFunctions() {
    Translation translation = translation();
    JsonNode written = Json.read(translation.written().body());

    assertThat(written.path("tools"))
        .isEqualTo(
            json(
                """
                [{"type":"function","name":"functions__exec",
                  "description":"Runs JavaScript.\\n\\nThe input must follow this grammar:\\nstart: /.+/",
                  "parameters":{"type":"object","properties":{"input":{"type":"string",
                   "description":"The whole input of the tool, as plain text."}},
                   "required":["input"],"additionalProperties":false},
                  "strict":false},
                 {"type":"function","name":"functions__wait","description":"Waits.",
                  "parameters":{"type":"object","properties":{}},"strict":false}]
                """));
    assertThat(written.at("/input/2"))
        .isEqualTo(
            json(
                """
                {"type":"function_call","call_id":"call_1","name":"functions__exec",
                 "arguments":"{\\"input\\":\\"1+1\\"}","id":"ctc_c"}
                """));
    assertThat(written.at("/input/3/type").asText()).isEqualTo("function_call_output");
    assertThat(translation.dropped()).isEmpty();
    assertThat(translation.unlisted()).isEmpty();
  }

  @Test
  void codexGetsItsToolBackInItsNamespaceAsFreeText() {
    Translation.Events events = translation().events();
    String upstream =
        stream(
            "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}",
            "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"fc\","
                + "\"type\":\"function_call\",\"call_id\":\"call_2\",\"name\":\"functions__exec\"}}",
            "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":0,"
                + "\"delta\":\"{\\\"input\\\":\"}",
            "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":0,"
                + "\"delta\":\"\\\"2+2\\\"}\"}",
            "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}");
    StringBuilder told = new StringBuilder();
    for (String event : upstream.split("(?<=\n\n)")) {
      byte[] bytes = event.getBytes(UTF_8);
      told.append(new String(events.event(bytes, 0, bytes.length), UTF_8));
    }

    assertThat(told.toString())
        .contains(
            "\"item\":{\"id\":\"ctc_req_1_0\",\"type\":\"custom_tool_call\",\"status\":\"completed\","
                + "\"input\":\"2+2\",\"call_id\":\"call_2\",\"name\":\"exec\","
                + "\"namespace\":\"functions\"}")
        .contains("event: response.completed");
  }
}
