package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Target;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Schemas with optional keys on their way to OpenAI, which knows none, and the answers back. */
class StrictAcrossTest {
  private static final String SCHEMA =
      "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},"
          + "'required':['a'],'additionalProperties':false}";

  private static final String STRICT =
      "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':['integer','null']}},"
          + "'required':['a','b'],'additionalProperties':false}";

  private static final String OPEN =
      "{'type':'object','properties':{'a':{'type':'object'}},'additionalProperties':false}";

  private static ObjectNode asking(String schema) {
    return Crossing.asking(
        DialectId.ANTHROPIC_MESSAGES,
        "'output_config':{'format':{'type':'json_schema','schema':%s}},".formatted(schema)
            + "'tools':[{'name':'look','strict':true,'input_schema':%s}]".formatted(schema));
  }

  private static Target target() {
    return new Target("p", "openai", "gpt-5.2");
  }

  private static Translation translation(String schema, DialectId to, OnUnsupported policy) {
    return Crossing.translate(DialectId.ANTHROPIC_MESSAGES, asking(schema), to, target(), policy);
  }

  private static JsonNode form(JsonNode body, DialectId to) {
    return to == DialectId.OPENAI_CHAT
        ? body.at("/response_format/json_schema")
        : body.at("/text/format");
  }

  private static JsonNode tool(JsonNode body, DialectId to) {
    return to == DialectId.OPENAI_CHAT ? body.at("/tools/0/function") : body.at("/tools/0");
  }

  @ParameterizedTest
  @EnumSource(names = {"OPENAI_CHAT", "OPENAI_RESPONSES"})
  void whatAClientIsPromisedOpenAiIsAskedToHoldTo(DialectId to) {
    Translation translation = translation(SCHEMA, to, OnUnsupported.ERROR);
    JsonNode body = Json.read(translation.written().body());

    assertThat(form(body, to).path("schema")).isEqualTo(Crossing.json(STRICT));
    assertThat(form(body, to).path("strict").asBoolean()).isTrue();
    assertThat(tool(body, to).path("parameters")).isEqualTo(Crossing.json(STRICT));
    assertThat(tool(body, to).path("strict").asBoolean()).isTrue();
    assertThat(translation.dropped()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"OPENAI_CHAT", "OPENAI_RESPONSES"})
  void aSchemaThatOpenAiCannotHoldToIsOnlyShownAndThatIsTold(DialectId to) {
    Translation translation = translation(OPEN, to, OnUnsupported.LISTED);
    JsonNode body = Json.read(translation.written().body());

    assertThat(form(body, to).path("schema")).isEqualTo(Crossing.json(OPEN));
    assertThat(form(body, to).path("strict").asBoolean(true)).isFalse();
    assertThat(tool(body, to).path("parameters")).isEqualTo(Crossing.json(OPEN));
    assertThat(tool(body, to).path("strict").asBoolean(true)).isFalse();
    assertThat(translation.dropped())
        .containsExactly("tools[].strict look", "output_config.format");
    assertThat(translation.unlisted()).isEmpty();
    assertThatThrownBy(() -> translation(OPEN, to, OnUnsupported.ERROR))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void aClientThatAskedForNoStrictnessGetsNone() {
    Translation translation =
        Crossing.translate(
            DialectId.OPENAI_CHAT,
            Crossing.asking(
                DialectId.OPENAI_CHAT,
                "'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':%s}}"
                    .formatted(SCHEMA)),
            DialectId.OPENAI_RESPONSES,
            target(),
            OnUnsupported.ERROR);
    JsonNode form = form(Json.read(translation.written().body()), DialectId.OPENAI_RESPONSES);
    assertThat(form.path("schema")).isEqualTo(Crossing.json(SCHEMA));
    assertThat(form.path("strict").asBoolean()).isFalse();
  }

  /** As OpenAI answers: every key is there, and null stands for what is not. */
  private static final String WRITTEN = "{\\\"a\\\":\\\"x\\\",\\\"b\\\":null}";

  @Test
  void theAnswerHasTheKeysThatTheClientsSchemaKnows() {
    Translation translation = translation(SCHEMA, DialectId.OPENAI_CHAT, OnUnsupported.ERROR);
    byte[] answer =
        translation.answer(
            """
            {"id":"c","object":"chat.completion","created":1,"model":"gpt-5.2","choices":[{"index":0,\
            "message":{"role":"assistant","content":"%s","tool_calls":[{"id":"call_1","type":"function",\
            "function":{"name":"look","arguments":"%s"}}]},"finish_reason":"tool_calls"}]}\
            """
                .formatted(WRITTEN, WRITTEN)
                .getBytes(UTF_8));

    ChatAnswer read = Crossing.CODECS.get(DialectId.ANTHROPIC_MESSAGES).readAnswer(answer, "p/m");
    assertThat(read.content())
        .satisfiesExactly(
            text -> assertThat(((Content.Text) text).text()).isEqualTo("{\"a\":\"x\"}"),
            call -> assertThat(((Content.ToolCall) call).arguments()).isEqualTo("{\"a\":\"x\"}"));
  }

  @Test
  void soHasTheAnswerThatStreams() {
    ObjectNode body = asking(SCHEMA);
    body.put("stream", true);
    Translation translation =
        Crossing.translate(
            DialectId.ANTHROPIC_MESSAGES,
            body,
            DialectId.OPENAI_CHAT,
            target(),
            OnUnsupported.ERROR);
    Translation.Events events = translation.events();
    StringBuilder shown = new StringBuilder();
    for (String delta :
        List.of(
            "'role':'assistant','content':''",
            "'content':'{\\'a\\':\\'x\\','",
            "'content':'\\'b\\':nu'",
            "'content':'ll}'",
            "'tool_calls':[{'index':0,'id':'call_1','type':'function','function':{'name':'look','arguments':''}}]",
            "'tool_calls':[{'index':0,'function':{'arguments':'{\\'b\\':null'}}]",
            "'tool_calls':[{'index':0,'function':{'arguments':',\\'a\\':\\'x\\'}'}}]")) {
      String chunk =
          "data: {'id':'c','object':'chat.completion.chunk','created':1,'model':'g','choices':"
              + "[{'index':0,'delta':{%s},'finish_reason':null}]}\n\n".formatted(delta);
      shown.append(event(events, chunk));
    }
    shown.append(
        event(
            events,
            "data: {'id':'c','object':'chat.completion.chunk','created':1,'model':'g','choices':"
                + "[{'index':0,'delta':{},'finish_reason':'tool_calls'}]}\n\n"));
    shown.append(event(events, "data: [DONE]\n\n"));
    shown.append(new String(events.end(), UTF_8));

    StringBuilder text = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    for (String line : shown.toString().split("\n", -1)) {
      if (line.startsWith("data: ")) {
        JsonNode delta = Json.read(line.substring(6).getBytes(UTF_8)).path("delta");
        text.append(delta.path("text").asText());
        arguments.append(delta.path("partial_json").asText());
      }
    }
    assertThat(text).hasToString("{\"a\":\"x\"}");
    assertThat(arguments).hasToString("{\"a\":\"x\"}");
  }

  private static String event(Translation.Events events, String event) {
    byte[] bytes = event.replace("\\'", "\\\"").replace('\'', '"').getBytes(UTF_8);
    return new String(events.event(bytes, 0, bytes.length), UTF_8);
  }
}
