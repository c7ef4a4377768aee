package dev.customhouse.flow;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.flow.api.Door;
import dev.customhouse.flow.route.Router;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Delivery;
import org.jspecify.annotations.Nullable;

/**
 * The way of a question how many tokens a prompt has. It is always answered, if only about, and
 * nothing is used by it.
 */
final class TokenCounts {
  private final Flow.Stages stages;

  TokenCounts(Flow.Stages stages) {
    this.stages = stages;
  }

  /**
   * Answers the question.
   *
   * @throws Refusal of kind INVALID_REQUEST when it holds no prompt
   */
  void answer(
      Plan.@Nullable Journey exact, Caller caller, Call call, Router route, Door door, Trace trace)
      throws InterruptedException {
    OnUnsupported policy = exact == null ? OnUnsupported.LISTED : exact.onUnsupported();
    Translator.Letter letter = stages.translate().letter(caller, call, route.fleet(), policy);
    try (Delivery told = exact == null ? null : told(exact, call, letter, route, trace)) {
      if (told == null) {
        trace.answeredLocally();
        door.answerEstimated(letter.estimate());
        return;
      }
      trace.took(told.leg());
      trace.translated(told.dropped(), told.outline());
      door.went(told.leg().model(), told.leg().provider(), trace.attempts().size());
      door.changed(told.dropped(), told.form());
      stages.upstream().relay(told, call, door, trace);
      trace.settled(told.observation(), null);
    }
  }

  /** What the provider tells: a count, or what is wrong with the prompt. Null: neither. */
  private @Nullable Delivery told(
      Plan.Journey exact, Call call, Translator.Letter letter, Router route, Trace trace)
      throws InterruptedException {
    Delivery told;
    try {
      told = stages.upstream().send(exact, call, route.fleet(), new LetterWriting(letter), trace);
    } catch (Refusal e) {
      return null;
    }
    if (told.isError() && !told.isOfTheRequest()) {
      told.close();
      return null;
    }
    return told;
  }
}
