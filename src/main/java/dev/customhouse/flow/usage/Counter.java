package dev.customhouse.flow.usage;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a request used: what the provider said, or an estimate that says it is one. */
public final class Counter {
  /** English text has about four bytes a token; other languages have fewer, code has more. */
  private static final int BYTES_PER_TOKEN = 4;

  private static final Set<Operation> IN_TOKENS =
      EnumSet.of(Operation.CHAT, Operation.TEXT_COMPLETION, Operation.EMBEDDINGS);

  /** Looking at a stored answer uses nothing, though it tells again what making it used. */
  private static final Set<Operation> STORED =
      EnumSet.of(
          Operation.RESPONSE_GET,
          Operation.RESPONSE_CANCEL,
          Operation.RESPONSE_DELETE,
          Operation.RESPONSE_INPUT_ITEMS);

  /**
   * The usage of an answered call.
   *
   * @param contentBytes the answer's bytes that the client was sent
   * @param contentEvents the events of a stream; a provider sends about a token in each
   * @return null for operations that are not counted in tokens
   */
  public @Nullable Usage count(Call call, Observation seen, long contentBytes, int contentEvents) {
    if (STORED.contains(call.operation())) {
      return null;
    }
    Usage told = seen.usage();
    if (told != null) {
      return told;
    }
    if (!IN_TOKENS.contains(call.operation())) {
      return null;
    }
    long input = Math.ceilDiv(call.body().length, BYTES_PER_TOKEN);
    long output =
        call.operation() == Operation.EMBEDDINGS
            ? 0
            : call.stream() ? contentEvents : contentBytes / BYTES_PER_TOKEN;
    return new Usage(input, output, null, null, null, true);
  }
}
