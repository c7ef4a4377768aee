package dev.customhouse.flow;

import dev.customhouse.canonical.Leg;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Upstream;
import java.time.Duration;

/** A letter for the stage that sends it: stages do not know each other. */
record LetterWriting(Translator.Letter letter) implements Upstream.Writing {
  @Override
  public void prepare(Leg leg) throws InterruptedException {
    letter.prepare(leg);
  }

  @Override
  public Outgoing write(Leg leg, String traceparent, Duration firstByteTimeout) {
    return letter.towards(leg, traceparent, firstByteTimeout);
  }
}
