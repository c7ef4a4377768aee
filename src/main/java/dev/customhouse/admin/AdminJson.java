package dev.customhouse.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * JSON of the admin API: read strictly (no field twice, nothing behind the value), written whole.
 */
final class AdminJson {
  private static final int DEPTH = 16;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private AdminJson() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /**
   * The text of a tree. Written as characters, because the writer of bytes refuses lone surrogates,
   * which clients may send in a model's name.
   */
  static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An object that this program wrote. */
  static ObjectNode readKept(String text) {
    try {
      return (ObjectNode) MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The object that the bytes are.
   *
   * @throws Refusal of kind INVALID_REQUEST that says where the fault is, and nothing of the body
   */
  static ObjectNode readObject(byte[] body) {
    try {
      if (MAPPER.readTree(body) instanceof ObjectNode object) {
        return object;
      }
      throw refused("The body is not a JSON object; expected one.");
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw refused(
          "The body is no valid JSON, nests deeper than %d, or has a field twice%s."
              .formatted(
                  DEPTH,
                  at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()));
    } catch (IOException e) {
      throw refused("The body is no valid JSON: its bytes are not UTF-8.");
    }
  }

  private static Refusal refused(String message) {
    return new Refusal(ErrorKind.INVALID_REQUEST, "invalid_json", message);
  }
}
