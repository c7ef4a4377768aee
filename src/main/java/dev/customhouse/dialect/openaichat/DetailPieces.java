package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts the pieces of another's {@code reasoning_details} together again. */
final class DetailPieces {
  private static final List<String> GROWING = List.of("text", "summary", "data", "signature");

  private final Map<String, ObjectNode> entries = new LinkedHashMap<>();

  void add(JsonNode piece) {
    if (!(piece instanceof ObjectNode given)) {
      return;
    }
    String key = given.path("type").asText("") + " " + given.path("index").asText("");
    ObjectNode entry = entries.get(key);
    if (entry == null) {
      entries.put(key, given.deepCopy());
      return;
    }
    for (Map.Entry<String, JsonNode> member : given.properties()) {
      String name = member.getKey();
      String grown = GROWING.contains(name) ? Json.text(member.getValue()) : null;
      if (grown != null) {
        entry.put(name, entry.path(name).asText("") + grown);
      } else if (!member.getValue().isNull()) {
        entry.set(name, member.getValue());
      }
    }
  }

  /** What came since it was last asked; null when that proves nothing. */
  @Nullable ReasoningPlaces take() {
    ArrayNode all = Json.object().putArray("all");
    entries.values().forEach(all::add);
    ReasoningPlaces places = ReasoningPlaces.read(all);
    if (places.foreignSeal(null) == null) {
      return null;
    }
    entries.clear();
    return places;
  }
}
