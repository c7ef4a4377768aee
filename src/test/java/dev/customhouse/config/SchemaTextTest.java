package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTextTest {
  private final ObjectMapper jackson = new ObjectMapper();

  @Test
  void readsTheSchemaAsJacksonDoes() throws IOException {
    String schema = new SettingsReader().schema();

    assertThat(SchemaText.read(schema)).isEqualTo(jackson.readTree(schema));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " [ ] ",
        "[1, -20, 2147483648, true, false, null, \"\"]",
        "{\"a\": {\"b\": [[], {}]}, \"c\": \"d\"}",
        "\"q\\\" b\\\\ s\\/ \\b\\f\\n\\r\\t \\u00e9 \\ud83d\\ude00 end\""
      })
  void readsJsonAsJacksonDoes(String json) throws IOException {
    assertThat(SchemaText.read(json)).isEqualTo(jackson.readTree(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[1",
        "[1,]",
        "{\"a\"}",
        "{\"a\":1,}",
        "\"open",
        "\"\\",
        "\"\\u00",
        "\"\\x\"",
        "1.5",
        "word",
        "{} {}"
      })
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> SchemaText.read(text))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the schema is not JSON at character ");
  }
}
