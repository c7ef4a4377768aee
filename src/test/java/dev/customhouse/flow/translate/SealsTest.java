package dev.customhouse.flow.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SealsTest {
  private static final Seal SEAL = new Seal(DialectId.ANTHROPIC_MESSAGES, "p/m", "c2ln", false);
  private static final Content.Reasoning THOUGHT =
      new Content.Reasoning("because", SEAL, Extras.NONE);
  private static final Content.ToolCall CALL = Content.ToolCall.of("call_1", "look", "{}");

  private long now;
  private final Seals seals = new Seals(() -> now);

  private static Caller caller(String key, @Nullable String project) {
    return new Caller(key, key, project, List.of(), null, 10);
  }

  private static ChatAnswer answer(Content... content) {
    return new ChatAnswer(
        "id", "m", List.of(content), FinishReason.TOOL_CALLS, null, null, Extras.NONE);
  }

  private static ChatRequest next(Content... said) {
    return ChatRequest.builder("m")
        .messages(List.of(Message.of(Message.Role.ASSISTANT, said)))
        .build();
  }

  private List<Content> restored(Caller caller, Content... said) {
    return seals.restored(caller, next(said)).messages().getFirst().content();
  }

  @Test
  void theReasoningBehindACallStandsBeforeItInTheNextRequest() {
    Content.ToolCall other = Content.ToolCall.of("call_2", "look", "{}");
    seals.keep(caller("a", null), answer(THOUGHT, Content.Text.of("Let me see."), CALL, other));

    assertThat(restored(caller("a", null), Content.Text.of("Let me see."), CALL, other))
        .containsExactly(Content.Text.of("Let me see."), THOUGHT, CALL, other);
  }

  @Test
  void theSealOfACallComesBackOnTheCall() {
    Content.ToolCall signed =
        new Content.ToolCall("call_1", "look", null, false, "{}", SEAL, Extras.NONE);
    seals.keep(caller("a", null), answer(signed));

    assertThat(restored(caller("a", null), CALL)).containsExactly(signed);
  }

  @Test
  void keysOfOneProjectShareItAndNobodyElseDoes() {
    seals.keep(caller("a", "blue"), answer(THOUGHT, CALL));

    assertThat(restored(caller("b", "blue"), CALL)).containsExactly(THOUGHT, CALL);
    assertThat(restored(caller("a", "red"), CALL)).containsExactly(CALL);
    assertThat(restored(caller("blue", null), CALL)).containsExactly(CALL);
  }

  @Test
  void aClientThatEchoesReasoningItselfKnowsBetter() {
    seals.keep(caller("a", null), answer(THOUGHT, CALL));
    Content.Reasoning own = new Content.Reasoning("other", null, Extras.NONE);

    assertThat(restored(caller("a", null), own, CALL)).containsExactly(own, CALL);
  }

  @Test
  void afterItsTimeItIsForgotten() {
    seals.keep(caller("a", null), answer(THOUGHT, CALL));
    now = Duration.ofHours(6).plusSeconds(1).toNanos();

    assertThat(restored(caller("a", null), CALL)).containsExactly(CALL);
    assertThat(seals.size()).isZero();
  }

  @Test
  void theOldestGoWhenThereIsTooMuch() {
    Content.Reasoning long1 = new Content.Reasoning("x".repeat(40_000_000), SEAL, Extras.NONE);
    seals.keep(caller("a", null), answer(long1, CALL));
    seals.keep(caller("a", null), answer(long1, Content.ToolCall.of("call_2", "look", "{}")));

    assertThat(seals.size()).isEqualTo(1);
    assertThat(restored(caller("a", null), CALL)).containsExactly(CALL);
  }
}
