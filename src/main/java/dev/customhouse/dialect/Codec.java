package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Target;
import org.jspecify.annotations.Nullable;

/**
 * A dialect's chats, between its own form and the hub's, in both directions. Stateless and
 * deterministic: the same input always gives the same bytes, because providers bind prompt caches
 * and signed reasoning to the exact prefix.
 */
public interface Codec {
  /** Whose. */
  DialectId id();

  /** True when an answer that is asked for by a schema always fits it, with no word for that. */
  default boolean holdsToSchemas() {
    return false;
  }

  /**
   * Understands a client's request. What the hub has no noun for becomes an extra; nothing is left
   * out.
   *
   * @throws Refusal of kind INVALID_REQUEST naming the field, its value and what was expected
   */
  ChatRequest readRequest(Call call);

  /** What a target's requests must keep to. The request is fitted to it before it is written. */
  Needs needs(Target target);

  /**
   * True when the target does not take the media by their address and might take them inside the
   * request: then the gateway fetches them, if it may. Whatever stays an address is the writer's to
   * carry or to tell the losses.
   *
   * @param media whose source is an address
   */
  default boolean wantsFetched(Content.Media media, Target target) {
    return false;
  }

  /**
   * Writes a request for a provider. What cannot be carried is told to {@code losses}, which may
   * refuse.
   *
   * @throws Refusal of kind INVALID_REQUEST when the request cannot be asked of this provider
   */
  Written writeRequest(ChatRequest request, Target target, Losses losses);

  /** How the tokens of a prompt are asked for; null: the dialect does not know the question. */
  default @Nullable TokenCount counting() {
    return null;
  }

  /**
   * Understands a provider's whole answer.
   *
   * @param body a missing node when it is no JSON
   * @param maker {@link Target#maker()} of who answers, for the seals
   * @throws Refusal of kind BAD_GATEWAY when it is none
   */
  ChatAnswer readAnswer(JsonNode body, String maker);

  /**
   * Understands a provider's whole answer.
   *
   * @throws Refusal of kind BAD_GATEWAY when it is none
   */
  default ChatAnswer readAnswer(byte[] body, String maker) {
    return readAnswer(Json.read(body), maker);
  }

  /** Writes an answer for a client. */
  byte[] writeAnswer(ChatAnswer answer, Reply reply);

  /**
   * What a client that does not wait for its answer is told instead; null: the dialect has no such
   * clients.
   */
  default byte @Nullable [] queued(Reply reply) {
    return null;
  }

  /** The media type of its streams. */
  default String streamType() {
    return "text/event-stream; charset=utf-8";
  }

  /** Understands the events of one stream of a provider. */
  PartReader partReader(String maker);

  /** Writes the events of one stream for a client. */
  PartWriter partWriter(Reply reply);
}
