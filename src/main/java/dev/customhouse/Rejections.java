package dev.customhouse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;

/** Bodies for what never became a request, and so has no dialect. */
final class Rejections {
  private Rejections() {}

  static byte[] body(int status, String message) {
    ObjectNode body = Json.object();
    body.putObject("error")
        .put("message", message)
        .put("type", "invalid_request_error")
        .putNull("param")
        .put("code", "http_" + status);
    return Json.write(body);
  }
}
