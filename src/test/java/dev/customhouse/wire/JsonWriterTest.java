package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final JsonFactory UTF_8 = new JsonFactory();

  private final JsonWriter json = JsonWriter.ascii(16);

  @Test
  void valuesAreDividedByCommasWhereverTheyStand() {
    json.beginObject();
    json.name("a").number(1).name("b").beginArray();
    json.text("x").text(null).flag(true).number(-2).beginArray().endArray().number((Long) null);
    json.beginObject().endObject().json("{\"raw\":1}").millis(1_500).endArray();
    json.anyName("q\"q").beginObject().name("c").text("").name("d").flag(false).endObject();
    json.endObject();
    assertThat(json)
        .hasToString(
            "{\"a\":1,\"b\":[\"x\",null,true,-2,[],null,{},{\"raw\":1},1.5],"
                + "\"q\\\"q\":{\"c\":\"\",\"d\":false}}");
  }

  @Test
  void aTextThatEndsLikeAListIsStillFollowedByAComma() {
    json.beginArray().text("[").text("{").text(":").text(",").endArray();
    assertThat(json).hasToString("[\"[\",\"{\",\":\",\",\"]");
  }

  @Test
  void whatIsJsonAlreadyIsKeptButForLettersThatAreEscaped() {
    json.beginArray().json("{\"\\u00e9\\n\u00e9\ud83d\ude00\": [1, 2]}").endArray();
    assertThat(json).hasToString("[{\"\\u00e9\\n\\u00E9\\uD83D\\uDE00\": [1, 2]}]");
    assertThat(JsonWriter.utf8(1).json("{\"\\u00e9\\n\u00e9\ud83d\ude00\u4e2d\": [1, 2]}"))
        .hasToString("{\"\\u00e9\\n\u00e9\\uD83D\\uDE00\u4e2d\": [1, 2]}");
  }

  @Test
  void aTextIsWrittenWholeOrNotAtAll() throws IOException {
    json.beginArray();
    assertThat(json.textIfPlain("a ~")).isTrue();
    for (String other : List.of("a\"", "\\", "abc\n", "abc\u007f", "abc\u00e9", "\u4e2d")) {
      assertThat(json.textIfPlain(other)).as(other).isFalse();
    }
    assertThat(json.textIfPlain("")).isTrue();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    json.endArray().writeTo(out);
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("[\"a ~\",\"\"]");
  }

  @Test
  void numbersAreWrittenAsTheyAre() {
    Random random = new Random(3);
    for (int round = 0; round < 100_000; round++) {
      long value = random.nextLong() >> random.nextInt(64);
      assertThat(JsonWriter.ascii(1).number(value)).hasToString(Long.toString(value));
    }
    for (long power = 1, count = 0; count < 19; power *= 10, count++) {
      assertThat(JsonWriter.ascii(1).number(power)).hasToString(Long.toString(power));
      assertThat(JsonWriter.ascii(1).number(power - 1)).hasToString(Long.toString(power - 1));
    }
    assertThat(JsonWriter.ascii(1).number(Long.MAX_VALUE)).hasToString("9223372036854775807");
    assertThat(JsonWriter.ascii(1).number(Long.MIN_VALUE)).hasToString("-9223372036854775808");
  }

  @Test
  void linesStandAloneAndWhatIsCutIsForgotten() {
    json.beginArray().number(1).endArray().endLine();
    int whole = json.length();
    json.beginArray().text("half");
    json.cutTo(whole);
    json.beginArray().number(2).endArray().endLine();
    assertThat(json).hasToString("[1]\n[2]\n");
    json.cutTo(0);
    json.beginArray().number(3).endArray();
    assertThat(json).hasToString("[3]");
  }

  @Test
  void everyCharacterIsWrittenAsJacksonDoes() throws IOException {
    for (int unit = 0; unit <= Character.MAX_VALUE; unit++) {
      assertWritten("a" + (char) unit + "b");
    }
  }

  @Test
  void anyTextIsWrittenAsJacksonDoes() throws IOException {
    Random random = new Random(1);
    String kinds = "az\"\\/\b\t\n\f\r\u0000\u001f\u007f\u0080\u00e9\u2028\ud83d\ude00\ud800\udc00";
    for (int round = 0; round < 5_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        text.append(
            random.nextInt(4) == 0
                ? (char) random.nextInt(0x1_0000)
                : kinds.charAt(random.nextInt(kinds.length())));
      }
      assertWritten(text.toString());
    }
    assertWritten("x".repeat(100_000) + "\u00e9".repeat(100_000));
  }

  private static void assertWritten(String text) throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    try (JsonGenerator generator = JSON.createGenerator(expected)) {
      generator.writeString(text);
    }
    ByteArrayOutputStream letters = new ByteArrayOutputStream();
    try (JsonGenerator generator = UTF_8.createGenerator(letters)) {
      generator.writeString(text);
    }
    JsonWriter utf8 = JsonWriter.utf8(0).text(text);
    assertThat(utf8.toByteArray()).isEqualTo(letters.toByteArray());
    assertThat(utf8).hasToString(letters.toString(StandardCharsets.UTF_8));
    assertThat(utf8.length()).isEqualTo(letters.size());
    String written = JsonWriter.ascii(16).text(text).toString();
    assertThat(written).isEqualTo(expected.toString(StandardCharsets.UTF_8));
    assertThat(JsonWriter.ascii(16).beginObject().anyName(text).number(1).endObject().toString())
        .isEqualTo("{" + written + ":1}");
  }

  @Test
  void microsecondsAreMillisecondsAsADoubleHasThem() {
    Random random = new Random(2);
    for (int round = 0; round < 200_000; round++) {
      assertMillis(random.nextLong() >>> random.nextInt(64));
    }
    for (long micros = 0; micros < 20_000; micros++) {
      assertMillis(micros);
    }
    assertMillis(-1);
    assertMillis(9_999_999_999L);
    assertMillis(10_000_000_000L);
    assertMillis(Long.MIN_VALUE);
  }

  private static void assertMillis(long micros) {
    assertThat(JsonWriter.ascii(16).millis(micros)).hasToString(Double.toString(micros / 1_000.0));
  }
}
