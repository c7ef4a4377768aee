package dev.customhouse.flow.api;

import dev.customhouse.canonical.Headers;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages;
import dev.customhouse.wire.Names;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Messages in the paths of another service, for clients that are pointed at that
 * service: Claude Code with {@code ANTHROPIC_BEDROCK_BASE_URL} or {@code ANTHROPIC_VERTEX_BASE_URL}
 * (code.claude.com/docs/en/llm-gateway-protocol). The model and whether to stream are in the path,
 * the version and the betas in the body.
 *
 * @param service whose paths they are
 * @param stream whether the path asks for events
 */
record Guise(Service service, boolean stream) {
  private static final Names MODEL = Names.of("model");

  /** Whose. */
  enum Service {
    /**
     * Amazon Bedrock: {@code /model/{id}/invoke} and {@code invoke-with-response-stream}. Its
     * streams are frames, each of which holds one event.
     */
    BEDROCK,
    /** Google Vertex AI: {@code :rawPredict} and {@code :streamRawPredict}. */
    VERTEX
  }

  private static final String VERSION_HEADER = "anthropic-version";
  private static final String VERSION = "2023-06-01";

  /** A request as Anthropic takes it. */
  record Plain(byte[] body, Headers headers) {
    /** Without its content. */
    @Override
    public String toString() {
      return "Plain[" + body.length + " bytes]";
    }
  }

  /**
   * The request as Anthropic takes it.
   *
   * @param model from the path; null: the body names it
   */
  Plain plain(byte[] body, @Nullable String model, Headers given) {
    String named = model;
    if (named == null) {
      named = RequestBody.model(RequestBody.scan(body, MODEL));
    }
    RehostedMessages.Direct direct = RehostedMessages.inward(body, named, stream);
    Headers.Builder headers = given.toBuilder();
    Headers more = direct.headers();
    for (int i = 0; i < more.size(); i++) {
      headers.add(more.nameAt(i), more.valueAt(i));
    }
    if (!given.contains(VERSION_HEADER)) {
      headers.add(VERSION_HEADER, VERSION);
    }
    return new Plain(direct.body(), headers.build());
  }
}
