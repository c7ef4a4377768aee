package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** JSON written without a tree, and trees written as Jackson writes them. */
class JsonBytesTest {
  private static final ObjectMapper JACKSON = new ObjectMapper();
  private static final int TREES = 2_000;
  private static final int DEPTH = 5;

  @Test
  void membersAndElementsFollowEachOther() {
    JsonBytes json = new JsonBytes(1).beginObject();
    json.put("text", "a \"b\"").put("none", (String) null).put("count", 7L).put("flag", true);
    json.put("number", Integer.valueOf(-3)).put("absent", (Integer) null).putNull("null");
    json.beginArray("list").add("x").add(Json.object().put("y", 1)).beginObject().endObject();
    json.beginArray().endArray().endArray();
    json.beginObject("inner").set("tree", Json.read("[1,{}]".getBytes(UTF_8))).endObject();
    json.set("nothing", null);
    assertThat(new String(json.endObject().toByteArray(), UTF_8))
        .isEqualTo(
            """
            {"text":"a \\"b\\"","none":null,"count":7,"flag":true,"number":-3,"absent":null,\
            "null":null,"list":["x",{"y":1},{},[]],"inner":{"tree":[1,{}]},"nothing":null}\
            """);
  }

  @Test
  void everyLetterIsWrittenAsJacksonWritesIt() throws JsonProcessingException {
    for (int letter = 0; letter <= Character.MAX_VALUE; letter++) {
      JsonNode text = Json.object().textNode("a" + (char) letter + "b");
      assertThat(Json.write(text)).as("%04x", letter).isEqualTo(JACKSON.writeValueAsBytes(text));
    }
    JsonNode face = Json.object().textNode("😀 Größe 大");
    assertThat(Json.write(face)).isEqualTo(JACKSON.writeValueAsBytes(face));
  }

  @Test
  void everyTreeIsWrittenAsJacksonWritesIt() throws JsonProcessingException {
    Random random = new Random(7);
    for (int i = 0; i < TREES; i++) {
      JsonNode tree = tree(random, DEPTH);
      assertThat(Json.write(tree)).isEqualTo(JACKSON.writeValueAsBytes(tree));
    }
  }

  private static JsonNode tree(Random random, int depth) {
    ObjectNode factory = Json.object();
    return switch (random.nextInt(depth == 0 ? 10 : 14)) {
      case 0 -> factory.numberNode(random.nextInt());
      case 1 -> factory.numberNode(random.nextLong());
      case 2 -> factory.numberNode(random.nextDouble() * Math.pow(10, random.nextInt(40) - 20));
      case 3 -> factory.numberNode(new BigDecimal(BigInteger.valueOf(random.nextLong()), 30));
      case 4 -> factory.numberNode(BigInteger.valueOf(random.nextLong()).pow(3));
      case 5 -> factory.booleanNode(random.nextBoolean());
      case 6 -> factory.nullNode();
      case 7 -> factory.missingNode();
      case 8 -> factory.numberNode(random.nextBoolean() ? Double.NaN : random.nextInt());
      case 9 -> factory.textNode(text(random));
      case 10, 11 -> {
        ArrayNode list = factory.arrayNode();
        for (int i = random.nextInt(6); i > 0; i--) {
          list.add(tree(random, depth - 1));
        }
        yield list;
      }
      default -> {
        for (int i = random.nextInt(6); i > 0; i--) {
          factory.set(text(random), tree(random, depth - 1));
        }
        yield factory;
      }
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(600); i > 0; i -= 7) {
      text.append(random.nextInt(9) == 0 ? (char) random.nextInt(0x3000) : (char) ('a' + i % 26));
    }
    return text.toString();
  }
}
