package dev.customhouse.provider;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Losses;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
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

  /** The same for one of its models, by the host's own name for it. */
  default boolean serves(DialectId dialect, Operation operation, String model) {
    return serves(dialect, operation);
  }

  /** False for hosts that cannot be asked which models they have. */
  default boolean listsModels() {
    return true;
  }

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
   *
   * @param model by the host's own name for it
   */
  default List<DialectId> counting(String model) {
    return preferred().stream()
        .filter(dialect ->
            switch (dialect) {
              case ANTHROPIC_MESSAGES, GEMINI, BEDROCK ->
                  serves(dialect, Operation.COUNT_TOKENS, model);
              // Others that speak OpenAI's dialects do not know the question.
              case OPENAI_CHAT, OPENAI_RESPONSES -> false;
            })
        .toList();
  }

  /** Where the call goes. */
  URI uri(URI baseUrl, Call call, String model);

  /** Puts the credential in its field, in the place of any other. Not called for keyless hosts. */
  void authorise(Headers.Builder headers, DialectId dialect, String key);

  /**
   * The request in the form in which the host takes the dialect, still without its credential. Most
   * hosts take it as it is.
   *
   * @param losses are told whatever the host does not take and is left out
   * @throws Refusal of kind INVALID_REQUEST when it is not to be left out
   */
  default UpstreamRequest rehosted(UpstreamRequest request, DialectId dialect, Losses losses) {
    return request;
  }

  /**
   * The request with the host's credential. Most hosts want a header field and nothing else; some
   * want the request signed, or a token that must be fetched first.
   *
   * @param request as {@link #rehosted} gave it
   * @param key null: none is configured
   * @throws TransportException when a token could not be fetched
   * @throws Refusal of kind UNAUTHORIZED when the credential is not one, or was refused
   */
  default UpstreamRequest prepared(UpstreamRequest request, DialectId dialect, @Nullable String key)
      throws TransportException, InterruptedException {
    if (key == null) {
      return request;
    }
    Headers.Builder headers = request.headers().toBuilder();
    authorise(headers, dialect, key);
    return request.with(headers.build());
  }

  /**
   * The answer as the dialect has it. Never fails; closing it closes the given one.
   *
   * @param request as it was sent
   */
  default UpstreamAnswer received(
      UpstreamAnswer answer, UpstreamRequest request, DialectId dialect) {
    return answer;
  }

  /** False for hosts that refuse {@code stream_options}; they send usage unasked. */
  default boolean takesStreamOptions() {
    return true;
  }
}
