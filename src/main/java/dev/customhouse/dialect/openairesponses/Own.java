package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Target;
import java.util.Map;

/** What is this dialect's own, and who is at home in it. */
final class Own {
  static final DialectId DIALECT = DialectId.OPENAI_RESPONSES;

  /** Parts of messages that the hub does not know are told from items by this before their type. */
  static final String PART = "content[].";

  private Own() {}

  /** True for OpenAI and Azure: all others know a part of the dialect. */
  static boolean isHome(Target target) {
    String type = target.hostType();
    return type.equals("openai") || type.startsWith("azure");
  }

  /** Extras that say whose the element is even when it carries nothing. */
  static Extras tagged(Map<String, JsonNode> fields) {
    return new Extras(DIALECT, fields, null);
  }

  /** True when the element was read from this dialect and says so. */
  static boolean is(Extras extras) {
    return extras.dialect() == DIALECT;
  }
}
