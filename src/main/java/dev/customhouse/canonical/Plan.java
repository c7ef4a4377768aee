package dev.customhouse.canonical;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is to become of a request. */
public sealed interface Plan {
  /** The gateway answers itself with the models the caller may use. */
  record Catalogue(List<ModelCard> models) implements Plan {}

  /** The gateway answers itself with one model. */
  record Card(ModelCard model) implements Plan {}

  /** The gateway answers itself with what it keeps, or with what became of that: JSON. */
  record Kept(byte[] body) implements Plan {}

  /**
   * The gateway answers itself with events that it keeps, and with those that are still to come.
   */
  record Followed(Following events) implements Plan {}

  /** Events, some after others. Used by one thread. */
  interface Following {
    /** The next events, raw and whole, which may have to be waited for; null: there are no more. */
    byte @Nullable [] next() throws InterruptedException;
  }

  /**
   * The gateway answers how many tokens a prompt has.
   *
   * @param exact where a provider is asked for it, which may fail; null: no provider of the model
   *     can tell, and the gateway estimates
   */
  record Count(@Nullable Journey exact) implements Plan {}

  /**
   * No provider of the model shortens conversations: the model is asked for a summary of it.
   *
   * @param asked the ways that the question may take
   */
  record Compaction(Journey asked) implements Plan {}

  /**
   * The request travels to a provider.
   *
   * @param legs the ways it may take, in order; at least one
   * @param retryOn which failures are worth another try
   * @param shadow where a copy goes; null: nowhere
   * @param strategy how the order was found, for {@code explain}
   * @param onUnsupported what becomes of what a way's dialect cannot carry
   */
  record Journey(
      List<Leg> legs,
      Set<ErrorKind> retryOn,
      Duration backoff,
      @Nullable Leg shadow,
      String strategy,
      OnUnsupported onUnsupported)
      implements Plan {
    /** The same along some of its ways, without a copy. */
    public Journey along(List<Leg> some) {
      return new Journey(some, retryOn, backoff, null, strategy, onUnsupported);
    }
  }
}
