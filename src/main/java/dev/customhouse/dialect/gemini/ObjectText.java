package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Names;
import org.jspecify.annotations.Nullable;

/** Texts that are one whole JSON object and nothing else. */
final class ObjectText {
  private ObjectText() {}

  /** The object; null when the text is none, such as arguments that broke off. */
  static @Nullable ObjectNode read(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    try {
      if (JsonScan.of(bytes, Names.NONE).openingBrace() < 0) {
        return null;
      }
    } catch (JsonScanException e) {
      return null;
    }
    return Json.read(bytes) instanceof ObjectNode object ? object : null;
  }

  /** The arguments of a call, where nothing at all is an empty object; null when broken. */
  static @Nullable ObjectNode arguments(String text) {
    return text.isBlank() ? Json.object() : read(text);
  }
}
