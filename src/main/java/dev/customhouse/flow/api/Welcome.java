package dev.customhouse.flow.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;

/** What somebody reads who opens the gateway's address in a browser. */
final class Welcome {
  private Welcome() {}

  static byte[] body(String root) {
    ObjectNode body = Json.object();
    body.put("service", "Customhouse");
    body.put(
        "message",
        "This is an AI gateway. Set a client's base URL to the one below and its API key to a key"
            + " of this gateway.");
    body.putObject("base_urls")
        .put("openai", root + "/v1")
        .put("anthropic", root)
        .put("gemini", root);
    body.put("models", "/v1/models");
    body.put("health", "/healthz");
    body.put("documentation", "The folder docs of the distribution.");
    return Json.write(body);
  }
}
