package dev.customhouse.dialect;

import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
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

  /** Without headers and body: both hold what no log may hold. */
  @Override
  public String toString() {
    return "Inbound[" + requestId + " " + operation.label() + "]";
  }
}
