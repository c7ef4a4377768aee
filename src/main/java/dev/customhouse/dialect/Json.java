package dev.customhouse.dialect;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON trees for the parts that are read or written whole. */
public final class Json {
  /** Buffers kept for the next: Jackson keeps them by thread, and a request has its own. */
  private static final int POOLED_BUFFERS = 64;

  /** Most of what is written has no more. */
  private static final int EXPECTED_BYTES = 512;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newBoundedPool(POOLED_BUFFERS))
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxStringLength(64 * 1024 * 1024)
                          .build())
                  .build())
          .build();

  private Json() {}

  /** The tree of a range of bytes; a missing node when it is no JSON. */
  public static JsonNode read(byte[] bytes, int start, int end) {
    try (JsonParser parser = MAPPER.getFactory().createParser(bytes, start, end - start)) {
      return parser.nextToken() == null ? MissingNode.getInstance() : tree(parser);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** The value that the parser stands at. It is not nested more deeply than the parser allows. */
  private static JsonNode tree(JsonParser parser) throws IOException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          parser.nextToken();
          object.set(name, tree(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(tree(parser));
        }
        yield array;
      }
      case VALUE_STRING -> nodes.textNode(parser.getText());
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      default -> throw new JsonParseException(parser, "expected a value");
    };
  }

  /** The tree of all the bytes; a missing node when they are no JSON. */
  public static JsonNode read(byte[] bytes) {
    return read(bytes, 0, bytes.length);
  }

  /** What is read in one pass, without a tree. */
  static JsonParser parser(byte[] bytes) throws IOException {
    return MAPPER.getFactory().createParser(bytes);
  }

  /** A new object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** The bytes of a tree. */
  public static byte[] write(JsonNode node) {
    return new JsonBytes(EXPECTED_BYTES).add(node).toByteArray();
  }

  /** The number as a count; null when it is absent, null or no whole number. */
  public static @Nullable Long count(JsonNode node) {
    return node.isIntegralNumber() || node.isFloatingPointNumber() && node.asDouble() >= 0
        ? Long.valueOf(Math.max(0, node.asLong()))
        : null;
  }

  /** The text; null when it is absent or no text. */
  public static @Nullable String text(JsonNode node) {
    return node.isTextual() ? node.textValue() : null;
  }
}
