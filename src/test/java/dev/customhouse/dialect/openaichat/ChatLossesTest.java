package dev.customhouse.dialect.openaichat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Translation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the table of losses says of this dialect, and what the codec makes of it. */
class ChatLossesTest {
  private static final LossTable TABLE = LossTable.load();

  /** The members of CreateChatCompletionRequest in OpenAI's API description of 2026-08-21. */
  private static final List<String> MEMBERS =
      List.of(
          "metadata",
          "top_logprobs",
          "temperature",
          "top_p",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "prompt_cache_options",
          "messages",
          "model",
          "service_tier",
          "modalities",
          "verbosity",
          "reasoning_effort",
          "max_completion_tokens",
          "frequency_penalty",
          "presence_penalty",
          "web_search_options",
          "response_format",
          "audio",
          "store",
          "moderation",
          "stream",
          "stop",
          "logit_bias",
          "logprobs",
          "max_tokens",
          "n",
          "prediction",
          "seed",
          "stream_options",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "function_call",
          "functions");

  @Test
  void everyMemberOfARequestIsANounOfTheHubOrListed() {
    List<String> unlisted = new ArrayList<>(MEMBERS);
    unlisted.removeAll(RequestReader.READ);
    TABLE.fields().stream()
        .filter(row -> row.from() == DialectId.OPENAI_CHAT)
        .forEach(row -> unlisted.remove(row.field()));

    assertThat(unlisted).isEmpty();
  }

  @Test
  void aConversationIsFittedToMistralAndTheAnswerTurnedBack() {
    String name = "look_up_the_weather_of_a_place_that_has_quite_a_long_name_in_this_test";
    ChatRequest request =
        Wire.request(
            "{'model':'m','tools':[{'type':'function','function':{'name':'%s'}},".formatted(name)
                + "{'type':'custom','custom':{'name':'shell'}}],'messages':["
                + "{'role':'assistant','tool_calls':[{'id':'functions.x:0','type':'function',"
                + "'function':{'name':'%s','arguments':'{}'}}]},".formatted(name)
                + "{'role':'tool','tool_call_id':'functions.x:0','content':'rain'}]}");
    Translation translation =
        Translation.of(
            Wire.CODEC,
            Wire.CODEC,
            Wire.reply(false, request),
            new Target("here", "mistral", "mistral-large-latest"),
            TABLE,
            OnUnsupported.LISTED);
    JsonNode sent = Json.read(translation.written().body());

    assertThat(translation.unlisted()).isEmpty();
    String callId = sent.at("/messages/0/tool_calls/0/id").asText();
    assertThat(callId).matches("[a-zA-Z0-9]{9}");
    assertThat(sent.at("/messages/1/tool_call_id").asText()).isEqualTo(callId);
    String fitted = sent.at("/tools/0/function/name").asText();
    assertThat(fitted).hasSizeLessThanOrEqualTo(64);
    assertThat(sent.at("/tools/1/type").asText()).isEqualTo("function");

    byte[] answer =
        Wire.quoted(
                "{'choices':[{'message':{'tool_calls':["
                    + "{'id':'abcdefghi','function':{'name':'%s','arguments':'{}'}},"
                        .formatted(fitted)
                    + "{'id':'bcdefghij','function':{'name':'shell',"
                    + "'arguments':{'input':'ls'}}}]},'finish_reason':'tool_calls'}]}")
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    JsonNode calls = Json.read(translation.answer(answer)).at("/choices/0/message/tool_calls");
    assertThat(calls.at("/0/function/name").asText()).isEqualTo(name);
    assertThat(calls.at("/1/custom/input").asText()).isEqualTo("ls");
  }
}
