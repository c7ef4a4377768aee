package dev.customhouse.provider;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a kind of host is spoken to. */
public interface Host {
  /** The {@code type} in configuration, such as {@code groq}. */
  String type();

  /** OpenTelemetry's name of the provider ({@code gen_ai.provider.name}). */
  String providerName();

  /** The vendor's own address; null when only the configuration can know it. */
  @Nullable URI baseUrl();

  /** True when the operation is served in the dialect. */
  boolean serves(DialectId dialect, Operation operation);

  /**
   * The dialects in which it is asked for chats when it does not serve the client's own, the best
   * first. Those that it does not serve are passed over.
   */
  default List<DialectId> preferred() {
    return List.of(
        DialectId.OPENAI_CHAT,
        DialectId.ANTHROPIC_MESSAGES,
        DialectId.GEMINI,
        DialectId.BEDROCK,
        DialectId.OPENAI_RESPONSES);
  }

  /**
   * The dialects in which it tells how many tokens a prompt has, the best first, when the client's
   * own is not one of them.
   */
  default List<DialectId> counting() {
    return preferred().stream()
        .filter(dialect ->
            switch (dialect) {
              case ANTHROPIC_MESSAGES, GEMINI, BEDROCK -> serves(dialect, Operation.COUNT_TOKENS);
              // Others that speak OpenAI's dialects do not know the question.
              case OPENAI_CHAT, OPENAI_RESPONSES -> false;
            })
        .toList();
  }

  /** Where the call goes. */
  URI uri(URI baseUrl, Call call, String model);

  /** Puts the credential in its field, in the place of any other. Not called for keyless hosts. */
  void authorise(Headers.Builder headers, DialectId dialect, String key);

  /** False for hosts that refuse {@code stream_options}; they send usage unasked. */
  default boolean takesStreamOptions() {
    return true;
  }
}
