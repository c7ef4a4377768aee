package dev.customhouse.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.errors.AnthropicException;
import com.google.genai.errors.ServerException;
import com.openai.errors.OpenAIException;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.sdk.Listener.Heard;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.bedrockruntime.model.ModelStreamErrorException;

/**
 * Every SDK reads every stream that is written for it when the model's provider speaks another
 * dialect: four SDKs, three other dialects each, and the AWS SDK, which hears all four.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherFamilyTest {
  private static final List<DialectId> ALL =
      List.of(
          DialectId.OPENAI_CHAT,
          DialectId.OPENAI_RESPONSES,
          DialectId.ANTHROPIC_MESSAGES,
          DialectId.GEMINI);

  private FakeUpstream upstream;
  private House house;

  @BeforeAll
  void open() {
    upstream = FakeUpstream.of(OtherFamilyTest::tell);
    StringBuilder providers = new StringBuilder("providers:\n");
    for (DialectId dialect : ALL) {
      providers.append(
          "  %1$s: { type: compatible, dialect: %1$s, base_url: \"%2$s/%1$s\", api_keys: [sk-p] }\n"
              .formatted(dialect.label(), upstream.root()));
    }
    house = House.of(providers.toString());
  }

  @AfterAll
  void close() {
    house.close();
    upstream.close();
  }

  /** The dialect is the base URL's path, and the tale is the model. */
  private static void tell(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException {
    String label = request.target().split("/", 3)[1];
    DialectId dialect =
        ALL.stream().filter(each -> each.label().equals(label)).findFirst().orElseThrow();
    for (Tale tale : Tale.values()) {
      if ((request.target() + request.text()).contains(model(tale))) {
        connection.beginEvents();
        connection.chunk(tale.in(dialect));
        connection.end();
      }
    }
  }

  private static String model(Tale tale) {
    return "tale-" + tale.name().toLowerCase(Locale.ROOT);
  }

  private interface Check {
    void heard(DialectId client, DialectId maker, Heard heard);
  }

  private static void everyPair(java.util.function.BiConsumer<DialectId, DialectId> check) {
    for (DialectId client : DialectId.values()) {
      for (DialectId maker : ALL) {
        if (client != maker) {
          check.accept(client, maker);
        }
      }
    }
  }

  private Heard hear(DialectId client, DialectId maker, Tale tale) {
    return Listener.of(client, house).ask(maker.label() + "/" + model(tale));
  }

  private void everyPair(Tale tale, Check check) {
    everyPair((client, maker) -> check.heard(client, maker, hear(client, maker, tale)));
  }

  private static String pair(DialectId client, DialectId maker) {
    return client.label() + " from " + maker.label();
  }

  private static void costs(DialectId client, DialectId maker, Heard heard) {
    assertThat(List.of(heard.inputTokens(), heard.cachedTokens(), heard.outputTokens()))
        .as(pair(client, maker))
        .containsExactly(15L, 5L, 7L);
  }

  @Test
  void wordsAndWhatTheyCost() {
    everyPair(
        Tale.WORDS,
        (client, maker, heard) -> {
          costs(client, maker, heard);
          assertThat(heard.text()).as(pair(client, maker)).isEqualTo(Tale.TEXT);
          assertThat(heard.end())
              .isEqualTo(
                  switch (client) {
                    case OPENAI_RESPONSES -> "completed";
                    case ANTHROPIC_MESSAGES, BEDROCK -> "end_turn";
                    case GEMINI -> "STOP";
                    case OPENAI_CHAT -> "stop";
                  });
        });
  }

  @Test
  void twoCallsAtOnce() {
    everyPair(
        Tale.CALLS,
        (client, maker, heard) -> {
          costs(client, maker, heard);
          boolean text = client != DialectId.ANTHROPIC_MESSAGES && client != DialectId.GEMINI;
          assertThat(heard.calls())
              .as(pair(client, maker))
              .containsExactly(
                  text ? "weather{\"city\":\"Oslo\"}" : "weather{city=Oslo}",
                  text ? "weather{\"city\":\"Lisbon\"}" : "weather{city=Lisbon}");
          assertThat(heard.callIds()).doesNotHaveDuplicates().doesNotContain("");
          assertThat(heard.text()).isEmpty();
          assertThat(heard.end())
              .isEqualTo(
                  switch (client) {
                    case OPENAI_RESPONSES -> "completed";
                    case ANTHROPIC_MESSAGES, BEDROCK -> "tool_use";
                    case GEMINI -> "STOP";
                    case OPENAI_CHAT -> "tool_calls";
                  });
        });
  }

  @Test
  void thoughtsBeforeWords() {
    everyPair(
        Tale.THOUGHTS,
        (client, maker, heard) -> {
          costs(client, maker, heard);
          assertThat(heard.thoughts()).as(pair(client, maker)).isEqualTo(Tale.THOUGHT);
          assertThat(heard.text()).as(pair(client, maker)).isEqualTo(Tale.TEXT);
        });
  }

  /** OpenAI's models decline in words; Anthropic and Google end the answer. */
  @Test
  void declining() {
    everyPair(
        Tale.DECLINED,
        (client, maker, heard) -> {
          costs(client, maker, heard);
          boolean inWords = maker == DialectId.OPENAI_CHAT || maker == DialectId.OPENAI_RESPONSES;
          boolean hasPlace =
              client == DialectId.OPENAI_CHAT || client == DialectId.OPENAI_RESPONSES;
          assertThat(heard.declined())
              .as(pair(client, maker))
              .isEqualTo(inWords && hasPlace ? Tale.NO : "");
          assertThat(heard.text()).isEqualTo(inWords && !hasPlace ? Tale.NO : "");
          assertThat(heard.end())
              .isEqualTo(
                  switch (client) {
                    case OPENAI_RESPONSES -> inWords ? "completed" : "incomplete content_filter";
                    case ANTHROPIC_MESSAGES -> "refusal";
                    case GEMINI -> inWords ? "STOP" : "SAFETY";
                    case OPENAI_CHAT -> inWords ? "stop" : "content_filter";
                    case BEDROCK -> inWords ? "end_turn" : "content_filtered";
                  });
        });
  }

  @Test
  void theLimitOfTokens() {
    everyPair(
        Tale.CUT_SHORT,
        (client, maker, heard) -> {
          costs(client, maker, heard);
          assertThat(heard.text()).as(pair(client, maker)).isEqualTo("The harbour");
          assertThat(heard.end())
              .isEqualTo(
                  switch (client) {
                    case OPENAI_RESPONSES -> "incomplete max_output_tokens";
                    case ANTHROPIC_MESSAGES, BEDROCK -> "max_tokens";
                    case GEMINI -> "MAX_TOKENS";
                    case OPENAI_CHAT -> "length";
                  });
        });
  }

  private static void fails(
      DialectId client,
      DialectId maker,
      Class<? extends Exception> type,
      ThrowingCallable hearing) {
    assertThatThrownBy(hearing).as(pair(client, maker)).isInstanceOf(type);
  }

  private void failsInEverySdk(Tale tale) {
    everyPair((client, maker) -> {
      ThrowingCallable hearing = () -> hear(client, maker, tale);
      switch (client) {
        case OPENAI_CHAT -> fails(client, maker, OpenAIException.class, hearing);
        case ANTHROPIC_MESSAGES -> fails(client, maker, AnthropicException.class, hearing);
        case GEMINI -> fails(client, maker, ServerException.class, hearing);
        case BEDROCK -> fails(client, maker, ModelStreamErrorException.class, hearing);
        case OPENAI_RESPONSES ->
            assertThat(hear(client, maker, tale).end())
                .as(pair(client, maker))
                .startsWith("failed ");
      }
    });
  }

  @Test
  void anErrorInTheMiddle() {
    failsInEverySdk(Tale.BROKEN);
  }

  @Test
  void anEndInTheMiddle() {
    failsInEverySdk(Tale.GONE);
  }

  /** The sandbox speaks four dialects itself; the fifth is translated for it too. */
  @Test
  void theSandboxIsHeardByEverySdk() {
    for (DialectId client : DialectId.values()) {
      Heard heard = Listener.of(client, house).ask("sandbox/echo");
      assertThat(heard.text()).as(client.label()).isEqualTo(Listener.QUESTION);
      assertThat(heard.outputTokens()).as(client.label()).isPositive();
    }
  }
}
