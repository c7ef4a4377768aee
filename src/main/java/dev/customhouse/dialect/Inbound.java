package dev.customhouse.dialect;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.Names;
import org.jspecify.annotations.Nullable;

/**
 * A request before its dialect has understood it.
 *
 * @param body decompressed; empty for none
 * @param pathModel the model named by the path; null when the body names it
 * @param resourceId the stored thing named by the path; null: none
 */
public record Inbound(
    String requestId,
    Operation operation,
    String method,
    String path,
    @Nullable String query,
    Headers headers,
    byte[] body,
    @Nullable String pathModel,
    @Nullable String resourceId) {

  /**
   * The call of a dialect whose path names the model and the operation.
   *
   * @param parameter what the dialect calls the model in the path
   * @param stream whether events are asked for
   * @throws Refusal of kind INVALID_REQUEST when there is no such model, or the body is no object
   */
  public Call ofPath(DialectId dialect, String parameter, boolean stream) {
    String model = pathModel;
    if (model == null) {
      throw RequestBody.invalid("missing_model", "The path must name a model.", parameter);
    }
    var unused = RequestBody.scan(body, Names.NONE);
    return new Call(
        requestId,
        operation,
        dialect,
        method,
        path,
        query,
        headers,
        body,
        RequestBody.checked(model),
        null,
        stream,
        true,
        Call.Marks.NONE,
        null,
        null);
  }

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return "Inbound[" + requestId + " " + operation.label() + "]";
  }
}
