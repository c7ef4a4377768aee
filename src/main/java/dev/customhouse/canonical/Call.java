package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/**
 * A request: what came in, and what was understood of it. The body is never written to.
 *
 * @param path the canonical path, with version, such as {@code /v1/chat/completions}
 * @param query the query without credentials; null: none
 * @param headers all header fields as received
 * @param body the body, decompressed; empty for none
 * @param requestedModel the model asked for; empty for operations on a stored id
 * @param resourceId the id in the path of operations on stored things; null otherwise
 * @param stream true when events are asked for
 * @param usageAsked true when the client wants the usage chunk of a chat stream
 * @param marks where in the body the gateway may have to write
 * @param conversation what requests of one conversation share; null when the client does not say
 * @param boundTo the id of an earlier answer this request builds on; null: none
 */
public record Call(
    String requestId,
    Operation operation,
    DialectId dialect,
    String method,
    String path,
    @Nullable String query,
    Headers headers,
    byte[] body,
    String requestedModel,
    @Nullable String resourceId,
    boolean stream,
    boolean usageAsked,
    Marks marks,
    @Nullable String conversation,
    @Nullable String boundTo) {

  /**
   * Byte ranges of a body.
   *
   * @param model the value of {@code model}, quotes included in JSON; null: the path has it
   * @param streamOptions the value of {@code stream_options}; null: absent
   * @param firstMember where a member may be put in; -1: the body is no JSON object
   */
  public record Marks(@Nullable Span model, @Nullable Span streamOptions, int firstMember) {
    /** Nothing to write to. */
    public static final Marks NONE = new Marks(null, null, -1);
  }

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return "Call[" + requestId + " " + operation.label() + "]";
  }
}
