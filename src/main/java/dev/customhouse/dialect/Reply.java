package dev.customhouse.dialect;

import dev.customhouse.canonical.chat.ChatRequest;
import java.time.Instant;

/**
 * What an answer needs to know of the request that it answers.
 *
 * @param requestId the gateway's, from which ids are made that the provider did not give
 * @param model by the name the client asked for
 * @param stream true when events are asked for
 * @param usageAsked true when the client wants the usage chunk of a chat stream
 * @param arraySought true when a Gemini client streams without asking for events
 * @param created when the request arrived
 * @param estimatedInputTokens for dialects that tell the input's size before the provider does
 */
public record Reply(
    String requestId,
    String model,
    boolean stream,
    boolean usageAsked,
    boolean arraySought,
    Instant created,
    long estimatedInputTokens,
    ChatRequest request) {}
