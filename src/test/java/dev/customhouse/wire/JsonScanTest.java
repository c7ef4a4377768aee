package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScanTest {
  private static final Names HEAD = Names.of("model", "stream", "n", "stream_options");

  @Test
  void remembersWhereTheWantedMembersLie() {
    String body = " { \"model\" : \"gpt-4o\" , \"messages\":[{\"model\":1}], \"stream\":true } ";
    JsonScan scan = scan(body);

    Range range = scan.range("model");
    assertThat(range).isNotNull();
    assertThat(body.substring(range.start(), range.end())).isEqualTo("\"gpt-4o\"");
    assertThat(scan.string("model")).isEqualTo("gpt-4o");
    assertThat(scan.isTrue("stream")).isTrue();
    assertThat(scan.has("n")).isFalse();
    assertThat(scan.range("n")).isNull();
    assertThat(scan.openingBrace()).isEqualTo(1);
    assertThat(scan.isEmptyObject()).isFalse();
  }

  @Test
  void tellsAbsentFromNullFromAnotherType() {
    JsonScan scan = scan("{\"model\":null,\"stream\":\"true\",\"n\":[1]}");

    assertThat(scan.has("model")).isTrue();
    assertThat(scan.isNull("model")).isTrue();
    assertThat(scan.string("model")).isNull();
    assertThat(scan.isTrue("stream")).isFalse();
    assertThat(scan.integer("n")).isNull();
    assertThat(scan.isNull("stream_options")).isFalse();
    assertThat(scan.has("stream_options")).isFalse();
    assertThat(scan.object("n", HEAD)).isNull();
    assertThat(scan.object("stream_options", HEAD)).isNull();
  }

  @Test
  void aNameThatWasNotScannedForIsAMistakeOfTheCaller() {
    assertThatThrownBy(() -> scan("{}").has("user"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("user");
  }

  @Test
  void decodesEscapesAndSurrogates() {
    JsonScan scan =
        scan("{\"mod\\u0065l\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00-\u00e9\u20ac\"}");

    assertThat(scan.string("model")).isEqualTo("a\"\\/\b\f\n\r\t\u00e9\uD83D\uDE00-\u00e9\u20ac");
  }

  @Test
  void readsWholeNumbersHoweverTheyAreWritten() {
    assertThat(integer("0")).isZero();
    assertThat(integer("-0")).isZero();
    assertThat(integer("-12")).isEqualTo(-12);
    assertThat(integer("999999999999999999")).isEqualTo(999_999_999_999_999_999L);
    assertThat(integer("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(integer("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    assertThat(integer("9223372036854775808")).isNull();
    assertThat(integer("1e9")).isEqualTo(1_000_000_000L);
    assertThat(integer("4.0")).isEqualTo(4);
    assertThat(integer("4.5")).isNull();
    assertThat(integer("1e999999999")).isNull();
    assertThat(integer("1e-999999999")).isNull();
    assertThat(integer("1e99999999999999999")).isNull();
    assertThat(integer("\"4\"")).isNull();
    assertThat(integer("1" + "0".repeat(100_000))).isNull();
  }

  private static @Nullable Long integer(String number) {
    return scan("{\"n\":" + number + "}").integer("n");
  }

  @Test
  void looksIntoAMemberThatIsAnObject() {
    JsonScan options =
        scan("{\"stream_options\":{\"include_usage\":true,\"x\":{}}}")
            .object("stream_options", Names.of("include_usage", "x"));

    assertThat(options).isNotNull();
    assertThat(options.isTrue("include_usage")).isTrue();
    JsonScan empty = options.object("x", Names.NONE);
    assertThat(empty).isNotNull();
    assertThat(empty.isEmptyObject()).isTrue();
  }

  @Test
  void scansARangeOfAnArrayAndCountsOffsetsInTheArray() {
    byte[] line = "data: {\"model\":\"m\"}\n".getBytes(UTF_8);
    JsonScan scan = JsonScan.of(line, 6, line.length - 1, HEAD);

    assertThat(scan.string("model")).isEqualTo("m");
    assertThat(scan.openingBrace()).isEqualTo(6);
    assertThatThrownBy(() -> JsonScan.of(line, 6, line.length - 2, HEAD))
        .isInstanceOfSatisfying(
            JsonScanException.class, e -> assertThat(e.offset()).isEqualTo(line.length - 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":1,\"model\":1}",
        "{\"model\":1,\"x\":2,\"mod\\u0065l\":1}",
        "{\"\\u006dodel\":1,\"x\":2,\"model\":1}",
        "{\"mo\\u0064el\":1,\"mod\\u0065l\":1}"
      })
  void refusesAMemberThatComesTwiceAlsoWhenWrittenWithEscapes(String body) {
    assertThatThrownBy(() -> scan(body))
        .isInstanceOf(JsonScanException.class)
        .hasMessageContaining("\"model\" is repeated");
  }

  @Test
  void refusesAnyRepeatedMemberAmongFewAndAmongMany() {
    for (int count : new int[] {1, 2, 15, 16, 17, 31, 32, 33, 34, 100, 4000}) {
      StringBuilder body = new StringBuilder("{");
      for (int i = 0; i < count; i++) {
        body.append("\"k").append(i).append("\":0,");
      }
      scan(body + "\"model\":\"m\"}");
      for (int repeated : new int[] {0, count / 2, count - 1}) {
        assertThatThrownBy(() -> scan(body + "\"k" + repeated + "\":0}"))
            .isInstanceOf(JsonScanException.class)
            .hasMessageContaining("\"k" + repeated + "\" is repeated");
      }
    }
    refused("{\"\":1,\"\":2}", "is repeated");
    refused("{\"\u00e9\":1,\"\\u00E9\":2}", "is repeated");
  }

  @Test
  void findsAWantedMemberBehindManyOthersAndBehindEscapedOnes() {
    StringBuilder body = new StringBuilder("{\"stream\":true,\"\\u0061\":1,");
    for (int i = 0; i < 100; i++) {
      body.append("\"k").append(i).append("\":0,");
    }
    JsonScan scan = scan(body + "\"model\":\"m\"}");

    assertThat(scan.string("model")).isEqualTo("m");
    assertThat(scan.isTrue("stream")).isTrue();
  }

  @Test
  void refusesMoreMembersThanTheLimit() {
    StringBuilder body = new StringBuilder("{\"k\":0");
    for (int i = 1; i < JsonScan.MEMBERS_MAX; i++) {
      body.append(",\"k").append(i).append("\":0");
    }
    scan(body + "}");
    refused(body + ",\"more\":0}", "at most 4096 members");
  }

  @Test
  void refusesANameThatDecodersWouldReadDifferently() {
    // An overlong "e": a lenient upstream would read "model".
    byte[] body = "{\"mod??l\":1}".getBytes(UTF_8);
    body[5] = (byte) 0xC1;
    body[6] = (byte) 0xA5;

    assertThatThrownBy(() -> JsonScan.of(body, HEAD))
        .isInstanceOf(JsonScanException.class)
        .hasMessage("JSON at byte 2: expected a member name in UTF-8");
  }

  @Test
  void messagesNeverHoldMoreOfTheContentThanAShortenedName() {
    String name = "n".repeat(500) + "\\n";
    assertThatThrownBy(() -> scan("{\"" + name + "\":1,\"" + name + "\":2}"))
        .hasMessage(
            "JSON at byte 509: expected each member once, \""
                + "n".repeat(64)
                + "...\" is repeated");
    assertThatThrownBy(() -> scan("{\"a\\nb\":1,\"a\\nb\":2}")).hasMessageContaining("\"a?b\"");
    assertThatThrownBy(() -> scan("{\"messages\":\"top secret"))
        .hasMessage("JSON at byte 23: expected a quote at the string's end, found the end");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "[1,]",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}}",
        "[1]]",
        "[] []",
        "{} x",
        "01",
        "-",
        "-01",
        "+1",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "NaN",
        "Infinity",
        "tru",
        "truE",
        "trues",
        "nul",
        "falsy",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\u0000\"",
        "[\"a\u001f\"]",
        "//c\n1",
        "[1 /* c */]",
        "1\u00a0",
        "\ufeff{}",
        "\ufeff",
        "{\"a\":1,\"b\"",
        "[[[]]",
        "{\"a\":[{]}}",
        "\u0000",
        "1\u0000"
      })
  void refusesWhatTheGrammarRefuses(String body) {
    assertThatThrownBy(() -> scan(body)).isInstanceOf(JsonScanException.class);
    if (!body.isBlank() && !body.contains("\ufeff")) {
      assertThatThrownBy(() -> scan("{\"x\":" + body + ",\"y\":[1]"))
          .isInstanceOf(JsonScanException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        " [ ] ",
        "{ }",
        "0",
        "-0",
        "-1.5e+10",
        "0E-0",
        "\"\"",
        "\"\\u0000\"",
        "true",
        "false",
        "null",
        "[[],{},[{}]]",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
        "\t\r\n 1 \t\r\n",
        "[\"\u007f\"]",
        "{\"\":0}",
        "{\"a\":{\"x\":1,\"x\":1}}",
        "[{\"x\":1,\"x\":1}]"
      })
  void acceptsWhatTheGrammarAccepts(String body) {
    scan(body);
    scan("{\"x\":" + body + ",\"y\":[" + body + "," + body + "]}");
  }

  @Test
  void aValueThatIsNotAnObjectHasNoMembers() {
    JsonScan scan = scan("[{\"model\":\"m\"}]");

    assertThat(scan.has("model")).isFalse();
    assertThat(scan.openingBrace()).isEqualTo(-1);
    assertThat(scan.isEmptyObject()).isFalse();
  }

  @Test
  void countsTheOutermostValueAsTheFirstLevelOfNesting() {
    scan("[".repeat(64) + "]".repeat(64));
    refused("[".repeat(65) + "]".repeat(65), "at most 64 levels");
    scan("{\"a\":".repeat(64) + "1" + "}".repeat(64));
    refused("{\"a\":".repeat(64) + "[]" + "}".repeat(64), "at most 64 levels");
    scan("{\"a\":" + "[{\"b\":".repeat(31) + "[]" + "}]".repeat(31) + "}");
    byte[] flat = "{\"a\":[]}".getBytes(UTF_8);
    JsonScan.of(flat, 0, flat.length, HEAD, 2);
    assertThatThrownBy(() -> JsonScan.of(flat, 0, flat.length, HEAD, 1))
        .isInstanceOf(JsonScanException.class);
  }

  @Test
  void remembersTheKindOfEveryOpenLevel() {
    refused("[".repeat(63) + "{" + "]".repeat(64), "member name");
    refused("{\"a\":".repeat(63) + "[1}" + "}".repeat(63), "',' or ']'");
  }

  @Test
  void hostileInputsOfMegabytesAreReadInLinearTime() {
    int size = 8 * 1024 * 1024;
    Assertions.assertTimeout(
        Duration.ofSeconds(10),
        () -> {
          refused("[".repeat(size), "levels");
          refused("{\"a\":".repeat(size / 5), "levels");
          refused("\"" + "\\\"".repeat(size / 2), "quote");
          refused("\"" + "x".repeat(size), "quote");
          refused("1" + "0".repeat(size) + "x", "nothing after");
          refused(" ".repeat(size), "a value");
          scan("[" + "[],".repeat(size / 3) + "1]");
          scan("{\"model\":\"" + "\\u0061".repeat(size / 6) + "\"}").string("model");
          refused("{\"" + "k".repeat(size) + "\":1,\"" + "k".repeat(size) + "\":1}", "repeated");
          StringBuilder colliding = new StringBuilder("{");
          for (int i = 0; i < JsonScan.MEMBERS_MAX - 1; i++) {
            // Same length, first, middle and last byte: one hash for all.
            colliding.append("\"a%06da%06da\":0,".formatted(i, 0));
          }
          for (int i = 0; i < 100; i++) {
            scan(colliding + "\"model\":0}");
          }
        });
  }

  @Test
  void plainStringsOfEveryLengthEndWhereTheyEnd() {
    for (int length = 0; length < 70; length++) {
      for (String stop : new String[] {"\\n", "\\\"", "\u00e9", "\ud83d\ude00", " !", "\u007f#["}) {
        String inside = "x".repeat(length) + stop + "y".repeat(length % 9);
        assertThat(scan("{\"model\":\"" + inside + "\",\"n\":1}").integer("n")).isEqualTo(1);
        refused("{\"model\":\"" + inside + "\u0001\"}", "escaped character");
      }
    }
  }

  @Test
  void splicesAValueAtItsRange() {
    byte[] body = "{\"model\": \"a\", \"x\":1}".getBytes(UTF_8);
    Range range = JsonScan.of(body, HEAD).range("model");
    assertThat(range).isNotNull();

    byte[] spliced = JsonScan.splice(body, range.start(), range.end(), JsonScan.quote("gpt-\"5\""));

    assertThat(new String(spliced, UTF_8)).isEqualTo("{\"model\": \"gpt-\\\"5\\\"\", \"x\":1}");
  }

  @Test
  void insertsAMemberWithACommaOnlyWhereOthersFollow() {
    assertThat(inserted("{}")).isEqualTo("{\"n\":2}");
    assertThat(inserted(" { } ")).isEqualTo(" {\"n\":2 } ");
    assertThat(inserted("{ \"a\":1}")).isEqualTo("{\"n\":2, \"a\":1}");
    assertThatThrownBy(() -> inserted("[]")).isInstanceOf(IllegalArgumentException.class);
  }

  private static String inserted(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    byte[] result = JsonScan.insertMember(bytes, scan(body), "\"n\":2".getBytes(UTF_8));
    if (body.contains("{")) {
      assertThat(scan(new String(result, UTF_8)).integer("n")).isEqualTo(2);
    }
    return new String(result, UTF_8);
  }

  @Test
  void insertsIntoANestedObjectToo() {
    byte[] body = "{\"stream_options\":{},\"n\":1}".getBytes(UTF_8);
    JsonScan nested = JsonScan.of(body, HEAD).object("stream_options", Names.NONE);
    assertThat(nested).isNotNull();

    byte[] result = JsonScan.insertMember(body, nested, "\"include_usage\":true".getBytes(UTF_8));

    assertThat(new String(result, UTF_8))
        .isEqualTo("{\"stream_options\":{\"include_usage\":true},\"n\":1}");
  }

  @Test
  void quotesEveryTextSoThatItComesBack() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c < 0x3000; c++) {
      all.append((char) c);
    }
    for (String text :
        new String[] {
          "", "plain", "\u00e9\ud83d\ude00", "\ud83d", "a\ude00b", "\"\\", all.toString()
        }) {
      byte[] quoted = JsonScan.quote(text);
      byte[] body = JsonScan.splice("{\"model\":}".getBytes(UTF_8), 9, 9, quoted);
      assertThat(JsonScan.of(body, HEAD).string("model")).isEqualTo(text);
      assertThat(new String(quoted, UTF_8).getBytes(UTF_8)).isEqualTo(quoted);
    }
    assertThat(new String(JsonScan.quote("\n\u0001"), UTF_8)).isEqualTo("\"\\n\\u0001\"");
  }

  @Test
  void namesAreDifferentPlainAscii() {
    assertThatThrownBy(() -> Names.of("a", "a")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Names.of("\u00e9")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Names.of("a\"")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Names.of("")).isInstanceOf(IllegalArgumentException.class);
    String[] many = new String[100];
    Arrays.setAll(many, i -> "name" + i);
    Names names = Names.of(many);
    for (int i = 0; i < many.length; i++) {
      byte[] name = many[i].getBytes(UTF_8);
      assertThat(names.indexOf(name, 0, name.length)).isEqualTo(i);
      assertThat(names.indexOf(name, 0, name.length - 1)).isNotEqualTo(i);
    }
  }

  private static JsonScan scan(String body) {
    return JsonScan.of(body.getBytes(UTF_8), HEAD);
  }

  private static void refused(String body, String message) {
    assertThatThrownBy(() -> scan(body))
        .isInstanceOf(JsonScanException.class)
        .hasMessageContaining(message);
  }
}
