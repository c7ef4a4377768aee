package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.dialect.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an element that the hub has no noun for, and its cache mark. Members that are null
 * are taken for absent: in this dialect both mean the same.
 */
final class Members {
  /** Whose extras these are. */
  static final DialectId OWN = DialectId.ANTHROPIC_MESSAGES;

  /** The member that is a cache mark. */
  static final String CACHE_CONTROL = "cache_control";

  private static final Set<String> MARK = Set.of("type", "ttl");

  private Members() {}

  /** What the element has beside the known members. */
  static Extras rest(JsonNode element, Set<String> known) {
    return rest(element, known, Map.of());
  }

  /** What the element has beside the known members, and these fields in front of it. */
  static Extras rest(JsonNode element, Set<String> known, Map<String, JsonNode> first) {
    Map<String, JsonNode> fields = new LinkedHashMap<>(first);
    for (var member : element.properties()) {
      String name = member.getKey();
      if (!known.contains(name) && !name.equals(CACHE_CONTROL) && !member.getValue().isNull()) {
        fields.put(name, member.getValue());
      }
    }
    JsonNode control = element.path(CACHE_CONTROL);
    if (!control.isObject()) {
      return Extras.of(OWN, fields);
    }
    for (var member : control.properties()) {
      if (!MARK.contains(member.getKey())) {
        // Claude Code marks some with a scope: such a mark is also kept whole.
        fields.put(CACHE_CONTROL, control);
      }
    }
    return Extras.of(OWN, fields).with(new Extras.CacheMark(Json.text(control.path("ttl"))));
  }

  /** Puts the members back that are this dialect's, but for its cache mark. */
  static void restore(ObjectNode element, Extras extras) {
    extras
        .of(OWN)
        .forEach((name, value) -> {
          if (!name.equals(CACHE_CONTROL) && !element.has(name)) {
            element.set(name, value);
          }
        });
  }

  /** This dialect's member of that name; null when there is none. */
  static @Nullable JsonNode own(Extras extras, String name) {
    return extras.of(OWN).get(name);
  }
}
