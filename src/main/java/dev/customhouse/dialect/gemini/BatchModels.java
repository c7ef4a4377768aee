package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Operation;
import dev.customhouse.dialect.Json;

/**
 * Embedding requests name the model in the body again ({@code models/...}), and Google wants both
 * names to be the same. Only where the upstream's name differs is the body written anew.
 */
final class BatchModels {
  private BatchModels() {}

  static byte[] replaced(Call call, String model) {
    if (call.operation() != Operation.EMBEDDINGS || model.equals(call.requestedModel())) {
      return call.body();
    }
    JsonNode body = Json.read(call.body());
    boolean changed = rename(body, model);
    for (JsonNode request : body.path("requests")) {
      changed |= rename(request, model);
    }
    return changed ? Json.write(body) : call.body();
  }

  private static boolean rename(JsonNode node, String model) {
    if (node instanceof ObjectNode object && object.path("model").isTextual()) {
      object.put("model", "models/" + model);
      return true;
    }
    return false;
  }
}
