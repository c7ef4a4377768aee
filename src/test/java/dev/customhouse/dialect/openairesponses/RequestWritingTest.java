package dev.customhouse.dialect.openairesponses;

import static dev.customhouse.dialect.openairesponses.Desk.OPENAI;
import static dev.customhouse.dialect.openairesponses.Desk.VLLM;
import static dev.customhouse.dialect.openairesponses.Desk.json;
import static dev.customhouse.dialect.openairesponses.Desk.read;
import static dev.customhouse.dialect.openairesponses.Desk.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Content.Media;
import dev.customhouse.canonical.chat.Content.Source;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Thinking.Effort;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestWritingTest {
  private static final Message HI = Message.of(Role.USER, Content.Text.of("Hi"));

  private static ChatRequest.Builder request(Message... messages) {
    return ChatRequest.builder("gpt").messages(List.of(messages));
  }

  private static JsonNode input(Message... messages) {
    return write(request(messages).build(), OPENAI).path("input");
  }

  private static Content.Reasoning reasoning(String text, @Nullable Seal seal) {
    return new Content.Reasoning(text, seal, Extras.NONE);
  }

  private static Tool.Function function(String name, @Nullable Boolean strict, String schema) {
    return new Tool.Function(name, null, null, json(schema), strict, false, Extras.NONE);
  }

  @Test
  void aRequestIsWrittenWhole() {
    ChatRequest asked =
        request(
                Message.of(Role.SYSTEM, Content.Text.of("Be brief."), Content.Text.of("Rhyme.")),
                Message.of(Role.SYSTEM, Content.Text.of("In German.")),
                HI,
                Message.of(Role.SYSTEM, Content.Text.of("Now in French.")))
            .stream(true)
            .sampling(new Sampling(null, null, null, null, null, null, 8, List.of(), null))
            .tools(List.of(function("look", null, "{\"type\":\"object\",\"properties\":{}}")))
            .toolChoice(ToolChoice.named("look"))
            .parallelToolCalls(false)
            .thinking(new Thinking(null, Effort.MAX, null, true, Extras.NONE))
            .endUser("u1")
            .cacheKey("k")
            .build();

    assertThat(write(asked, OPENAI))
        .isEqualTo(
            json(
                """
                {"model":"gpt-5.1",
                 "instructions":"Be brief.\\n\\nRhyme.\\n\\nIn German.",
                 "input":[
                  {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},
                  {"type":"message","role":"developer",
                   "content":[{"type":"input_text","text":"Now in French."}]}],
                 "stream":true,
                 "max_output_tokens":16,
                 "tools":[{"type":"function","name":"look",
                  "parameters":{"type":"object","properties":{}},"strict":false}],
                 "tool_choice":{"type":"function","name":"look"},
                 "parallel_tool_calls":false,
                 "reasoning":{"effort":"xhigh","summary":"auto"},
                 "safety_identifier":"u1",
                 "prompt_cache_key":"k",
                 "include":["reasoning.encrypted_content"],
                 "store":false}
                """));
  }

  @ParameterizedTest
  @CsvSource({"openai,true", "azure.ai.openai,true", "groq,false", "compatible,false"})
  void whatOnlyOpenAiTakesOfAChatIsToldForOtherHosts(String type, boolean taken) {
    Map<String, JsonNode> chat =
        Map.of(
            "metadata", json("{\"a\":\"b\"}"),
            "store", json("true"),
            "verbosity", json("\"low\""),
            "prompt_cache_retention", json("\"24h\""));
    ChatRequest asked = request(HI).extras(Extras.of(DialectId.OPENAI_CHAT, chat)).build();
    Target target = new Target("p", type, "gpt-5.1");
    Losses losses =
        new Losses(
            LossTable.load(),
            DialectId.OPENAI_CHAT,
            DialectId.OPENAI_RESPONSES,
            target,
            OnUnsupported.LISTED);

    JsonNode written = write(asked, target, losses);

    assertThat(written.has("metadata")).isEqualTo(taken);
    assertThat(written.has("prompt_cache_retention")).isEqualTo(taken);
    assertThat(written.at("/text/verbosity").isTextual()).isEqualTo(taken);
    assertThat(written.path("store").asBoolean()).isEqualTo(taken);
    assertThat(written.has("include")).isEqualTo(taken);
    if (taken) {
      assertThat(losses.dropped()).isEmpty();
    } else {
      assertThat(losses.dropped())
          .containsExactlyInAnyOrder("metadata", "store", "verbosity", "prompt_cache_retention");
    }
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void aRequestOfThisDialectComesOutAsItWentIn() {
    String members =
        """
        "instructions":"Be brief.",
        "input":[
          {"type":"additional_tools","role":"developer","tools":[
            {"type":"namespace","name":"functions","description":"All.","tools":[
              {"type":"custom","name":"exec","description":"Runs.",
               "format":{"type":"grammar","syntax":"lark","definition":"start: /.+/"}},
              {"type":"function","name":"wait","parameters":{"type":"object"},"strict":false}]}]},
          {"type":"message","role":"developer","content":[{"type":"input_text","text":"Code."}]},
          {"type":"message","role":"user","content":[
            {"type":"input_text","text":"Go","prompt_cache_breakpoint":{"mode":"explicit"}},
            {"type":"input_image","detail":"low","image_url":"data:image/png;base64,iVBO"}]},
          {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"id":"rs_1",
           "encrypted_content":"gAAA"},
          {"type":"message","role":"assistant","content":[{"type":"output_text","text":"On it."}],
           "id":"msg_1","phase":"commentary"},
          {"type":"custom_tool_call","call_id":"c1","name":"exec","namespace":"functions","input":"ls"},
          {"type":"custom_tool_call_output","call_id":"c1","output":"a"},
          {"type":"message","role":"user","content":[{"type":"input_text","text":"And?"}]}],
        "stream":true,
        "temperature":0.5,
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"web_search"}],
        "tool_choice":"auto",
        "parallel_tool_calls":true,
        "reasoning":{"effort":"max","summary":"auto","context":"all_turns"},
        "text":{"verbosity":"low"},
        "prompt_cache_key":"k",
        "include":["reasoning.encrypted_content","web_search_call.action.sources"],
        "store":false,
        "client_metadata":{"a":"b"}
        """;
    ChatRequest asked = read(members);

    JsonNode written = write(asked, OPENAI);

    assertThat(written).isEqualTo(json("{\"model\":\"gpt-5.1\"," + members + "}"));
    assertThat(Desk.losses(OPENAI).dropped()).isEmpty();
  }

  @Test
  void whatAClientDidNotSayStaysUnsaid() {
    JsonNode written = write(read("\"input\":\"Hi\""), VLLM);

    assertThat(written)
        .isEqualTo(
            json(
                "{\"model\":\"qwen3\",\"input\":[{\"type\":\"message\",\"role\":\"user\","
                    + "\"content\":[{\"type\":\"input_text\",\"text\":\"Hi\"}]}]}"));
  }

  @Test
  void instructionsAloneAreInput() {
    JsonNode written =
        write(request(Message.of(Role.SYSTEM, Content.Text.of("Speak."))).build(), OPENAI);

    assertThat(written.has("instructions")).isFalse();
    assertThat(written.at("/input/0/role").asText()).isEqualTo("developer");
  }

  @Test
  void aTurnIsItsItemsInOrder() {
    Seal seal = new Seal(DialectId.OPENAI_RESPONSES, OPENAI.maker(), "gAAA", true);

    assertThat(
            input(
                HI,
                Message.of(
                    Role.ASSISTANT,
                    reasoning("Hm.", seal),
                    Content.Text.of("Looking."),
                    Content.ToolCall.of("call_1", "look", "")),
                Message.of(
                    Role.USER,
                    new Content.ToolResult(
                        "call_1", "look", List.of(Content.Text.of("none")), true, Extras.NONE),
                    Content.Text.of("So?"))))
        .isEqualTo(
            json(
                """
                [{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},
                 {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],
                  "encrypted_content":"gAAA"},
                 {"type":"message","role":"assistant",
                  "content":[{"type":"output_text","text":"Looking."}]},
                 {"type":"function_call","call_id":"call_1","name":"look","arguments":"{}"},
                 {"type":"function_call_output","call_id":"call_1","output":"Error: none"},
                 {"type":"message","role":"user","content":[{"type":"input_text","text":"So?"}]}]
                """));
  }

  @Test
  void mediaOfResultsAreParts() {
    Content picture =
        new Media(Media.Kind.IMAGE, new Source.Inline("/9j/AA"), null, null, Extras.NONE);

    JsonNode output =
        input(
                HI,
                Message.of(Role.ASSISTANT, Content.ToolCall.of("c", "shoot", "{}")),
                Message.of(
                    Role.USER,
                    new Content.ToolResult("c", null, List.of(picture), true, Extras.NONE)))
            .at("/2/output");

    assertThat(output)
        .isEqualTo(
            json(
                "[{\"type\":\"input_text\",\"text\":\"Error:\"},"
                    + "{\"type\":\"input_image\",\"image_url\":\"data:image/jpeg;base64,/9j/AA\"}]"));
  }

  @Test
  void filesAreWrittenByWhereTheyAre() {
    JsonNode content =
        input(
                Message.of(
                    Role.USER,
                    new Media(
                        Media.Kind.DOCUMENT,
                        new Source.Inline("JVBE"),
                        "application/pdf",
                        null,
                        Extras.NONE),
                    new Media(
                        Media.Kind.DOCUMENT,
                        new Source.Url("https://x.test/a.pdf"),
                        null,
                        null,
                        Extras.NONE),
                    new Media(
                        Media.Kind.DOCUMENT,
                        new Source.Words("Once."),
                        "text/plain",
                        "tale",
                        Extras.NONE),
                    new Media(
                        Media.Kind.IMAGE,
                        new Source.FileId(DialectId.OPENAI_CHAT, "file-1"),
                        null,
                        null,
                        Extras.NONE)))
            .at("/0/content");

    assertThat(content)
        .isEqualTo(
            json(
                """
                [{"type":"input_file","filename":"document.pdf",
                  "file_data":"data:application/pdf;base64,JVBE"},
                 {"type":"input_file","file_url":"https://x.test/a.pdf"},
                 {"type":"input_text","text":"tale\\n\\nOnce."},
                 {"type":"input_image","file_id":"file-1"}]
                """));
  }

  @Test
  void reasoningGoesOnlyToWhoMadeIt() {
    Seal foreign = new Seal(DialectId.ANTHROPIC_MESSAGES, "p/claude", "c2ln", false);
    Seal another = new Seal(DialectId.OPENAI_RESPONSES, "house/gpt-4", "gAAA", true);
    Losses losses = Desk.losses(OPENAI);

    JsonNode written =
        write(
            request(
                    HI,
                    Message.of(
                        Role.ASSISTANT,
                        reasoning("a", foreign),
                        reasoning("b", another),
                        reasoning("c", null),
                        Content.Text.of("Yes.")))
                .build(),
            OPENAI,
            losses);

    assertThat(written.path("input")).hasSize(2);
    assertThat(losses.dropped())
        .containsExactly("messages[].content[].signature", "messages[].content[].thinking");
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void hostsThatShowTheirReasoningGetItBackWithoutASeal() {
    Seal empty = new Seal(DialectId.OPENAI_RESPONSES, VLLM.maker(), "", false);
    ChatRequest asked =
        request(HI, Message.of(Role.ASSISTANT, reasoning("Hm.", empty), Content.Text.of("Yes.")))
            .build();

    assertThat(write(asked, VLLM).at("/input/1"))
        .isEqualTo(
            json(
                "{\"type\":\"reasoning\",\"summary\":[],"
                    + "\"content\":[{\"type\":\"reasoning_text\",\"text\":\"Hm.\"}]}"));
    assertThat(write(asked, OPENAI).path("input")).hasSize(2);
  }

  @Test
  void reasoningThatNothingFollowsIsLeftOut() {
    Seal seal = new Seal(DialectId.OPENAI_RESPONSES, null, "gAAA", true);
    Losses losses = Desk.losses(OPENAI);

    JsonNode written =
        write(
            request(HI, Message.of(Role.ASSISTANT, reasoning("a", seal)), HI).build(),
            OPENAI,
            losses);

    assertThat(written.path("input")).hasSize(2);
    assertThat(losses.dropped()).hasSize(1);
    assertThat(losses.unlisted()).isEmpty();
  }

  @Test
  void itemsLoseTheirIdsWithTheReasoningTheyWereBoundTo() {
    String boxed =
        dev.customhouse.dialect.SealBox.pack(
            new Seal(DialectId.ANTHROPIC_MESSAGES, "p/claude", "c2ln", false),
            DialectId.OPENAI_RESPONSES);
    ChatRequest asked =
        read(
            "\"input\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                + "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\""
                + boxed
                + "\"},{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"c\",\"name\":\"f\","
                + "\"arguments\":\"{}\"}]");

    assertThat(write(asked, OPENAI).at("/input/1"))
        .isEqualTo(
            json(
                "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}"));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "OFF, -, -, gpt-5.1, none",
        "OFF, -, -, gpt-5, minimal",
        "OFF, -, -, o3, low",
        "-, MAX, -, gpt-5, high",
        "-, XHIGH, -, gpt-5.1, xhigh",
        "-, MINIMAL, -, gpt-5.1, none",
        "ON, -, 1024, o3, low",
        "ON, -, 8000, o3, medium",
        "ON, -, 32000, o3, high",
        "ON, -, -, gpt-5.1, medium",
        "ADAPTIVE, -, -, o3, -",
        "-, HIGH, -, gpt-4.1, -"
      })
  void thinkingBecomesTheNearestEffort(
      Thinking.@Nullable Mode mode,
      @Nullable Effort effort,
      @Nullable Integer budget,
      String model,
      @Nullable String expected) {
    ChatRequest asked =
        request(HI).thinking(new Thinking(mode, effort, budget, null, Extras.NONE)).build();

    JsonNode written = write(asked, new Target("house", "openai", model));

    assertThat(written.at("/reasoning/effort").asText(null)).isEqualTo(expected);
  }

  @Test
  void whatTheDialectHasNoPlaceForIsTold() {
    Losses losses = Desk.losses(OPENAI);
    Extras marked = Extras.NONE.with(new Extras.CacheMark("5m"));
    ChatRequest asked =
        request(
                HI,
                Message.of(
                    Role.ASSISTANT,
                    new Content.Text(
                        "x",
                        List.of(new Citation(null, "t", "q", null, null, Extras.NONE)),
                        marked),
                    new Content.Native(DialectId.GEMINI, "executableCode", json("{}")),
                    new Content.ToolCall(
                        "c",
                        "f",
                        null,
                        false,
                        "{}",
                        new Seal(DialectId.GEMINI, "g/m", "AA", false),
                        Extras.NONE)))
            .sampling(
                new Sampling(
                    BigDecimal.ONE,
                    BigDecimal.ONE,
                    5,
                    BigDecimal.ONE,
                    BigDecimal.ONE,
                    7L,
                    null,
                    List.of("STOP"),
                    2))
            .tools(
                List.of(
                    new Tool.Native(
                        DialectId.ANTHROPIC_MESSAGES,
                        "web_search_20250305",
                        "web_search",
                        json("{}")),
                    new Tool.Native(
                        DialectId.ANTHROPIC_MESSAGES,
                        "tool_search_tool_regex_20251119",
                        "search",
                        json("{}")),
                    new Tool.Native(
                        DialectId.ANTHROPIC_MESSAGES, "bash_20250124", "bash", json("{}")),
                    new Tool.Function("late", null, null, null, null, true, Extras.NONE)))
            .toolChoice(ToolChoice.named("bash"))
            .serviceTier("reserved")
            .build();

    JsonNode written = write(asked, OPENAI, losses);

    assertThat(losses.unlisted()).isEmpty();
    assertThat(losses.dropped())
        .containsExactly(
            "tools[].type web_search",
            "tools[].type search",
            "tools[].type bash",
            "tools[].defer_loading late",
            "messages[].content[].citations",
            "cache_control",
            "messages[].content[].type executableCode",
            "messages[].content[].signature",
            "temperature",
            "top_p",
            "top_k",
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "candidates",
            "stop_sequences",
            "tool_choice bash",
            "service_tier");
    assertThat(written.has("tool_choice")).isFalse();
    assertThat(written.at("/tools/0/parameters"))
        .isEqualTo(json("{\"type\":\"object\",\"properties\":{}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"AUDIO", "VIDEO"})
  void soundAndFilmAreRefused(Media.Kind kind) {
    ChatRequest asked =
        request(
                Message.of(
                    Role.USER, new Media(kind, new Source.Inline("AA"), null, null, Extras.NONE)))
            .build();
    Losses losses =
        new Losses(
            LossTable.load(),
            DialectId.GEMINI,
            DialectId.OPENAI_RESPONSES,
            OPENAI,
            OnUnsupported.ERROR);

    assertThatThrownBy(() -> write(asked, OPENAI, losses)).isInstanceOf(Refusal.class);
  }

  @Test
  void modelsThatAreDrawnFromKeepTheirTemperature() {
    ChatRequest asked =
        request(HI)
            .sampling(
                new Sampling(
                    new BigDecimal("0.7"), null, null, null, null, null, null, List.of(), null))
            .build();

    assertThat(write(asked, VLLM).path("temperature").decimalValue()).isEqualTo("0.7");
  }

  @Test
  void onlyOpenAiKnowsTheWholeDialect() {
    assertThat(Desk.CODEC.needs(OPENAI).freeformTools()).isTrue();
    assertThat(Desk.CODEC.needs(OPENAI).namespaces()).isTrue();
    assertThat(Desk.CODEC.needs(VLLM).freeformTools()).isFalse();
    assertThat(Desk.CODEC.needs(VLLM).namespaces()).isFalse();
    assertThat(write(request(HI).endUser("u").build(), VLLM))
        .isEqualTo(
            json(
                """
                {"model":"qwen3",
                 "input":[{"type":"message","role":"user",
                  "content":[{"type":"input_text","text":"Hi"}]}],
                 "user":"u","store":false}
                """));
  }

  @Test
  void chatsOfOpenAiKeepWhatBothDialectsHave() {
    ChatRequest asked =
        request(HI)
            .tools(
                List.of(
                    new Tool.Freeform(
                        "exec",
                        null,
                        null,
                        json(
                            "{\"type\":\"grammar\",\"grammar\":"
                                + "{\"syntax\":\"lark\",\"definition\":\"start: /.+/\"}}"),
                        Extras.NONE)))
            .extras(
                Extras.of(
                    DialectId.OPENAI_CHAT,
                    Map.of(
                        "store", json("true"),
                        "verbosity", json("\"low\""),
                        "metadata", json("{\"a\":\"b\"}"))))
            .build();

    JsonNode written = write(asked, OPENAI);

    assertThat(written.path("store").asBoolean()).isTrue();
    assertThat(written.at("/text/verbosity").asText()).isEqualTo("low");
    assertThat(written.path("metadata")).isEqualTo(json("{\"a\":\"b\"}"));
    assertThat(written.at("/tools/0/format"))
        .isEqualTo(
            json("{\"type\":\"grammar\",\"syntax\":\"lark\",\"definition\":\"start: /.+/\"}"));
  }

  @Test
  void theSameRequestIsAlwaysTheSameBytes() {
    ChatRequest asked =
        request(HI).tools(List.of(function("f", true, "{\"type\":\"object\"}"))).build();

    assertThat(Desk.CODEC.writeRequest(asked, OPENAI, Desk.losses(OPENAI)).body())
        .isEqualTo(Desk.CODEC.writeRequest(asked, OPENAI, Desk.losses(OPENAI)).body());
  }
}
