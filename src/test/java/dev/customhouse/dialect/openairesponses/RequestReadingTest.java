package dev.customhouse.dialect.openairesponses;

import static dev.customhouse.dialect.openairesponses.Desk.json;
import static dev.customhouse.dialect.openairesponses.Desk.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Message.Role;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import dev.customhouse.dialect.SealBox;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReadingTest {
  private static List<Message> messages(String items) {
    return read("\"input\":[" + items + "]").messages();
  }

  @Test
  void aStringIsWhatTheUserSays() {
    assertThat(read("\"input\":\"Hi\"").messages())
        .containsExactly(Message.of(Role.USER, Content.Text.of("Hi")));
  }

  @Test
  void instructionsComeFirstAndAreToldFromASystemMessage() {
    ChatRequest request =
        read(
            "\"instructions\":\"Be brief.\",\"input\":[{\"role\":\"system\",\"content\":\"Rhyme.\"}]");

    assertThat(request.messages().getFirst())
        .isEqualTo(Message.of(Role.SYSTEM, Content.Text.of("Be brief.")));
    assertThat(request.messages().getLast().role()).isEqualTo(Role.SYSTEM);
    assertThat(request.messages().getLast()).isNotEqualTo(request.messages().getFirst());
  }

  @ParameterizedTest
  @CsvSource({"user, USER", "assistant, ASSISTANT", "system, SYSTEM", "developer, DEVELOPER"})
  void messagesNeedNeitherTypeNorId(String name, Role role) {
    List<Message> messages = messages("{\"role\":\"" + name + "\",\"content\":\"Hi\"}");

    assertThat(messages.getFirst().role()).isEqualTo(role);
    assertThat(messages.getFirst().content()).containsExactly(Content.Text.of("Hi"));
  }

  @Test
  void partsOfAMessageAreItsContent() {
    List<Content> content =
        messages(
                """
                {"type":"message","role":"user","content":[
                  {"type":"input_text","text":"See"},
                  {"type":"input_image","image_url":"data:image/png;base64,iVBO","detail":"auto"},
                  {"type":"input_image","image_url":"https://x.test/a.png","detail":"low"},
                  {"type":"input_image","file_id":"file-1"},
                  {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"},
                  {"type":"input_file","file_url":"https://x.test/b.pdf"},
                  {"type":"input_audio","input_audio":{"data":"UklG","format":"mp3"}},
                  {"type":"input_smell","smell":"rose"}]}
                """)
            .getFirst()
            .content();

    assertThat(content.get(0)).isEqualTo(Content.Text.of("See"));
    assertThat(content.get(1))
        .isEqualTo(
            new Content.Media(
                Content.Media.Kind.IMAGE,
                new Content.Source.Inline("iVBO"),
                "image/png",
                null,
                Extras.NONE));
    assertThat(((Content.Media) content.get(2)).source())
        .isEqualTo(new Content.Source.Url("https://x.test/a.png"));
    assertThat(content.get(2).extras().fields()).containsOnlyKeys("detail");
    assertThat(((Content.Media) content.get(3)).source())
        .isEqualTo(new Content.Source.FileId(DialectId.OPENAI_RESPONSES, "file-1"));
    assertThat(content.get(4))
        .isEqualTo(
            new Content.Media(
                Content.Media.Kind.DOCUMENT,
                new Content.Source.Inline("JVBE"),
                "application/pdf",
                "a.pdf",
                Extras.NONE));
    assertThat(((Content.Media) content.get(5)).source())
        .isEqualTo(new Content.Source.Url("https://x.test/b.pdf"));
    assertThat(((Content.Media) content.get(6)).mediaType()).isEqualTo("audio/mpeg");
    assertThat(content.get(7)).isInstanceOf(Content.Native.class);
  }

  @Test
  void whatAModelDidInOneTurnIsOneMessageAndResultsAreOne() {
    List<Message> messages =
        messages(
            """
            {"role":"user","content":"Weather?"},
            {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Look."}],
             "encrypted_content":"gAAA"},
            {"type":"message","role":"assistant","id":"msg_1","status":"completed",
             "phase":"commentary","content":[{"type":"output_text","text":"Looking.","annotations":[]}]},
            {"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":"{}"},
            {"type":"custom_tool_call","call_id":"call_2","name":"exec","input":"ls"},
            {"type":"function_call_output","call_id":"call_1","output":"rain"},
            {"type":"custom_tool_call_output","call_id":"call_2","output":[{"type":"input_text","text":"a b"}]},
            {"role":"user","content":"So?"}
            """);

    assertThat(messages)
        .extracting(Message::role)
        .containsExactly(Role.USER, Role.ASSISTANT, Role.USER, Role.USER);
    List<Content> turn = messages.get(1).content();
    Content.Reasoning reasoning = (Content.Reasoning) turn.get(0);
    assertThat(reasoning.text()).isEqualTo("Look.");
    assertThat(reasoning.seal())
        .isEqualTo(new Seal(DialectId.OPENAI_RESPONSES, null, "gAAA", true));
    assertThat(turn.get(1).extras().fields()).containsOnlyKeys("id", "status", "phase");
    Content.ToolCall call = (Content.ToolCall) turn.get(3);
    assertThat(call.freeform()).isTrue();
    assertThat(call.arguments()).isEqualTo("ls");
    Content.ToolResult result = (Content.ToolResult) messages.get(2).content().get(1);
    assertThat(result.callId()).isEqualTo("call_2");
    assertThat(result.content()).containsExactly(Content.Text.of("a b"));
  }

  @Test
  void aRefusalIsDeclining() {
    assertThat(
            messages(
                    "{\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]}")
                .getFirst()
                .content())
        .containsExactly(new Content.Declined("No.", Extras.NONE));
  }

  @Test
  void twoMessagesOfTheModelInARowStayTwo() {
    assertThat(
            messages(
                "{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}"))
        .hasSize(2);
  }

  @Test
  void aSealInABoxIsUnpacked() {
    Seal seal = new Seal(DialectId.ANTHROPIC_MESSAGES, "p/claude", "c2ln", false);
    String boxed = SealBox.pack(seal, DialectId.OPENAI_RESPONSES);

    Content content =
        messages("{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"" + boxed + "\"}")
            .getFirst()
            .content()
            .getFirst();

    assertThat(((Content.Reasoning) content).seal()).isEqualTo(seal);
  }

  @Test
  void reasoningWithoutASummaryIsItsContent() {
    Content content =
        messages(
                "{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":null,"
                    + "\"content\":[{\"type\":\"reasoning_text\",\"text\":\"Hm.\"}]}")
            .getFirst()
            .content()
            .getFirst();

    assertThat(((Content.Reasoning) content).text()).isEqualTo("Hm.");
    assertThat(((Content.Reasoning) content).seal()).isNull();
  }

  @Test
  void anItemOfAnUnknownTypePassesAsItIs() {
    Content content =
        messages("{\"type\":\"web_search_call\",\"id\":\"ws_1\",\"status\":\"completed\"}")
            .getFirst()
            .content()
            .getFirst();

    assertThat(content)
        .isEqualTo(
            new Content.Native(
                DialectId.OPENAI_RESPONSES,
                "web_search_call",
                json("{\"type\":\"web_search_call\",\"id\":\"ws_1\",\"status\":\"completed\"}")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"item_reference\",\"id\":\"rs_9\"}", "{\"id\":\"rs_9\"}"})
  void aReferenceToAnItemThatIsNotKeptIsRefused(String item) {
    assertThatThrownBy(() -> messages(item))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("input[0]")
        .hasMessageContaining("rs_9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"input\":[{\"role\":\"critic\",\"content\":\"x\"}] | input[0].role",
        "\"input\":[{\"type\":\"function_call\",\"name\":\"f\"}] | input[0].call_id",
        "\"input\":[{\"content\":\"x\"}] | input[0].type",
        "\"input\":[7] | input[0]",
        "\"input\":7 | input",
        "\"tools\":[] | input",
        "\"input\":\"x\",\"temperature\":\"hot\" | temperature",
        "\"input\":\"x\",\"max_output_tokens\":1.5 | max_output_tokens",
        "\"input\":\"x\",\"tools\":[{\"type\":\"function\"}] | tools[0].name",
        "\"input\":\"x\",\"tool_choice\":\"maybe\" | tool_choice",
        "\"input\":\"x\",\"text\":{\"format\":{\"type\":\"xml\"}} | text.format.type"
      })
  void aRefusalNamesTheField(String members, String field) {
    assertThatThrownBy(() -> read(members))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.param()).isEqualTo(field));
  }

  @Test
  void toolsOfNamespacesAndOfItemsStandWithTheOthers() {
    List<Tool> tools =
        read("""
        "tools":[
          {"type":"function","name":"look","description":"Looks.","strict":true,
           "parameters":{"type":"object"},"defer_loading":true},
          {"type":"namespace","name":"agents","description":"Helpers.","tools":[
            {"type":"function","name":"spawn","parameters":{"type":"object"}}]},
          {"type":"web_search"},
          {"type":"mcp","server_label":"wiki","server_url":"https://w.test"}],
        "input":[
          {"type":"additional_tools","role":"developer","tools":[
            {"type":"namespace","name":"functions","description":"","tools":[
              {"type":"custom","name":"exec","format":
                {"type":"grammar","syntax":"lark","definition":"start: /.+/"}},
              {"type":"custom","name":"note","format":{"type":"text"}}]}]},
          {"role":"user","content":"Go"},
          {"type":"function_call","call_id":"c","name":"spawn","namespace":"agents","arguments":"{}"}]
        """)
            .tools();

    assertThat(tools)
        .extracting(Tool::name)
        .containsExactly("look", "spawn", "web_search", "wiki", "exec", "note");
    Tool.Function look = (Tool.Function) tools.get(0);
    assertThat(look.strict()).isTrue();
    assertThat(look.deferred()).isTrue();
    assertThat(((Tool.Function) tools.get(1)).namespace()).isEqualTo("agents");
    assertThat(((Tool.Native) tools.get(2)).type()).isEqualTo("web_search");
    Tool.Freeform exec = (Tool.Freeform) tools.get(4);
    assertThat(exec.namespace()).isEqualTo("functions");
    assertThat(exec.grammar())
        .isEqualTo(
            json("{\"type\":\"grammar\",\"syntax\":\"lark\",\"definition\":\"start: /.+/\"}"));
    assertThat(((Tool.Freeform) tools.get(5)).grammar()).isNull();
  }

  @Test
  void everyFormOfChoiceIsUnderstood() {
    assertThat(choice("\"auto\"")).isEqualTo(ToolChoice.of(ToolChoice.Mode.AUTO));
    assertThat(choice("\"none\"")).isEqualTo(ToolChoice.of(ToolChoice.Mode.NONE));
    assertThat(choice("\"required\"")).isEqualTo(ToolChoice.of(ToolChoice.Mode.REQUIRED));
    assertThat(choice("{\"type\":\"function\",\"name\":\"f\"}")).isEqualTo(ToolChoice.named("f"));
    assertThat(choice("{\"type\":\"custom\",\"name\":\"f\"}")).isEqualTo(ToolChoice.named("f"));
    assertThat(choice("{\"type\":\"web_search\"}")).isEqualTo(ToolChoice.named("web_search"));
    assertThat(choice("{\"type\":\"mcp\",\"server_label\":\"wiki\"}"))
        .isEqualTo(ToolChoice.named("wiki"));
    assertThat(
            choice(
                "{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":"
                    + "[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"custom\",\"name\":\"g\"}]}"))
        .isEqualTo(new ToolChoice(ToolChoice.Mode.ALLOWED, List.of("f", "g"), true));
  }

  private static ToolChoice choice(String choice) {
    ToolChoice read = read("\"input\":\"x\",\"tool_choice\":" + choice).toolChoice();
    assertThat(read).isNotNull();
    return read;
  }

  @Test
  void reasoningIsThinking() {
    assertThat(
            read("\"input\":\"x\",\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"}")
                .thinking())
        .isEqualTo(new Thinking(null, Thinking.Effort.HIGH, null, true, Extras.NONE));
    assertThat(read("\"input\":\"x\",\"reasoning\":{\"effort\":\"none\"}").thinking())
        .isEqualTo(new Thinking(Thinking.Mode.OFF, Thinking.Effort.NONE, null, null, Extras.NONE));
    Thinking old =
        read("\"input\":\"x\",\"reasoning\":"
                + "{\"generate_summary\":\"concise\",\"context\":\"all_turns\"}")
            .thinking();
    assertThat(old).isNotNull();
    assertThat(old.shown()).isTrue();
    assertThat(old.extras().fields()).containsOnlyKeys("generate_summary", "context");
    assertThat(read("\"input\":\"x\",\"reasoning\":{\"effort\":null,\"summary\":null}").thinking())
        .isNull();
  }

  @Test
  void theFormatOfTheTextIsTheOutputs() {
    assertThat(
            read("\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_object\"}}").outputFormat())
        .isEqualTo(new OutputFormat.JsonObject());
    assertThat(
            read("\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\","
                    + "\"schema\":{\"type\":\"object\"},\"strict\":true}}")
                .outputFormat())
        .isEqualTo(
            new OutputFormat.JsonSchema(
                "n", null, json("{\"type\":\"object\"}"), true, Extras.NONE));
    assertThat(read("\"input\":\"x\",\"text\":{\"verbosity\":\"low\"}").extras().fields())
        .isEqualTo(Map.of("verbosity", json("\"low\"")));
  }

  @Test
  void numbersKeepTheirDigits() {
    var sampling =
        read("\"input\":\"x\",\"temperature\":0.70,\"top_p\":1,\"max_output_tokens\":64")
            .sampling();

    assertThat(sampling.temperature()).isEqualByComparingTo(new BigDecimal("0.7"));
    assertThat(sampling.topP()).isEqualByComparingTo("1");
    assertThat(sampling.maxOutputTokens()).isEqualTo(64);
  }

  @Test
  void usersTiersAndKeysAreTheHubs() {
    ChatRequest request =
        read(
            "\"input\":\"x\",\"safety_identifier\":\"u1\",\"user\":\"u2\","
                + "\"service_tier\":\"flex\",\"prompt_cache_key\":\"k\",\"parallel_tool_calls\":false");

    assertThat(request.endUser()).isEqualTo("u1");
    assertThat(request.extras().fields()).containsOnlyKeys("user");
    assertThat(request.serviceTier()).isEqualTo("flex");
    assertThat(request.cacheKey()).isEqualTo("k");
    assertThat(request.parallelToolCalls()).isFalse();
    assertThat(read("\"input\":\"x\",\"user\":\"u2\"").endUser()).isEqualTo("u2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"store\":true",
        "\"metadata\":{}",
        "\"truncation\":\"disabled\"",
        "\"background\":false",
        "\"text\":{}",
        "\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}",
        "\"reasoning\":{}",
        "\"include\":[\"reasoning.encrypted_content\"]",
        "\"include\":null",
        "\"previous_response_id\":null",
        "\"conversation\":null",
        "\"top_logprobs\":0",
        "\"service_tier\":\"auto\"",
        "\"stream\":false",
        "\"instructions\":null",
        "\"tools\":[]"
      })
  void aFieldAtItsDefaultIsNoField(String member) {
    assertThat(read("\"input\":\"x\"," + member)).isEqualTo(read("\"input\":\"x\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "store\":false",
        "metadata\":{\"a\":\"b\"}",
        "truncation\":\"auto\"",
        "background\":true",
        "previous_response_id\":\"resp_1\"",
        "conversation\":{\"id\":\"conv_1\"}",
        "prompt\":{\"id\":\"pmpt_1\"}",
        "client_metadata\":{\"a\":\"b\"}",
        "include\":[\"web_search_call.action.sources\"]",
        "max_tool_calls\":3",
        "stream_options\":{\"include_obfuscation\":false}",
        "brand_new\":1"
      })
  void whatTheHubHasNoNounForIsAnExtra(String member) {
    ChatRequest request = read("\"input\":\"x\",\"" + member);

    assertThat(request.extras().dialect()).isEqualTo(DialectId.OPENAI_RESPONSES);
    assertThat(request.extras().fields())
        .containsOnlyKeys(member.substring(0, member.indexOf('"')));
  }

  @Test
  void aMarkOfThePromptCacheIsTheHubs() {
    Content text =
        messages(
                "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Long\","
                    + "\"prompt_cache_breakpoint\":{\"mode\":\"explicit\"}}]}")
            .getFirst()
            .content()
            .getFirst();

    assertThat(text.extras().cache()).isEqualTo(new Extras.CacheMark(null));
  }
}
