package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaFillingTest {
  private static String filled(String schema) throws Exception {
    return SchemaFilling.fill(Talk.MAPPER.readTree(schema)).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"type\":\"string\"} | \"text\"",
        "{\"type\":\"STRING\"} | \"text\"",
        "{\"type\":[\"null\",\"integer\"]} | 1",
        "{\"const\":\"only\"} | \"only\"",
        "{\"enum\":[\"b\",\"a\"]} | \"b\"",
        "{\"type\":\"integer\",\"default\":7} | 7",
        "{\"type\":\"integer\",\"minimum\":5} | 5",
        "{\"type\":\"integer\",\"exclusiveMinimum\":5} | 6",
        "{\"type\":\"integer\",\"maximum\":-3} | -3",
        "{\"type\":\"integer\",\"minimum\":3,\"multipleOf\":5} | 5",
        "{\"type\":\"number\",\"minimum\":0,\"maximum\":0.5} | 0",
        "{\"type\":\"number\",\"minimum\":2,\"exclusiveMinimum\":true} | 2.001",
        "{\"type\":\"boolean\"} | true",
        "{\"type\":\"null\"} | null",
        "{\"type\":\"string\",\"maxLength\":2} | \"te\"",
        "{\"type\":\"string\",\"minLength\":6} | \"text text\"",
        "{\"type\":\"string\",\"format\":\"date\"} | \"2026-01-01\"",
        "{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}-\\\\d{3}$\"} | \"ABC-123\"",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}} | [1]",
        "{\"type\":\"array\",\"minItems\":2,\"items\":{\"type\":\"string\"}} | [\"text\",\"text\"]",
        "{\"type\":\"array\",\"minItems\":2,\"uniqueItems\":true,\"items\":{\"type\":\"string\"}} | [\"text\",\"text1\"]",
        "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}]} | [\"text\",1]",
        "{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"integer\"}]} | 1",
        "{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}}},{\"properties\":{\"b\":{\"type\":\"boolean\"}}}]} | {\"a\":1,\"b\":true}",
        "{\"$defs\":{\"n\":{\"type\":\"integer\"}},\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}}} | {\"a\":1}",
        "{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\"}},\"required\":[\"b\"]} | {\"b\":\"text\"}",
        "{} | {}"
      })
  void aValueSatisfiesItsSchema(String schema, String expected) throws Exception {
    assertThat(filled(schema)).isEqualTo(expected);
  }

  @Test
  void recursionThatNobodyRequiresEnds() throws Exception {
    assertThat(filled("{\"type\":\"object\",\"properties\":{\"child\":{\"$ref\":\"#\"}}}"))
        .startsWith("{\"child\":{\"child\":")
        .hasSizeLessThan(100);
  }

  @Test
  void recursionWithoutEndIsRefused() {
    assertThatThrownBy(() ->
            filled(
                "{\"type\":\"object\",\"required\":[\"a\",\"b\"],\"properties\":"
                    + "{\"a\":{\"$ref\":\"#\"},\"b\":{\"$ref\":\"#\"}}}"))
        .isInstanceOf(FaultException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"^(a?|b?){40}x$", ".*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*x"})
  void aPatternThatCouldTakeLongIsNotTried(String pattern) throws Exception {
    assertThat(filled("{\"type\":\"string\",\"pattern\":\"" + pattern + "\"}"))
        .isEqualTo("\"text\"");
  }

  @Test
  void aReferenceToNowhereIsRefused() {
    assertThatThrownBy(() -> filled("{\"$ref\":\"#/$defs/none\"}"))
        .isInstanceOf(FaultException.class);
  }
}
