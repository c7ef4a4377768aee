package dev.customhouse.flow.recall;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.wire.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

class ItemsTest {
  private static List<String> each(String array) {
    byte[] json = array.getBytes(UTF_8);
    Range within = Items.within(json, new Range(0, json.length));
    return Items.each(json, within).stream()
        .map(item -> new String(json, item.start(), item.length(), UTF_8))
        .toList();
  }

  @Test
  void itemsAreCutWhereTheyEndWhateverTheyHold() {
    assertThat(each("[]")).isEmpty();
    assertThat(each(" [ \n\t ] ".strip())).isEmpty();
    assertThat(each("[{}]")).containsExactly("{}");
    assertThat(each("[ {\"a\":[1,{\"b\":2}],\"c\":\"x,y]}\"} ,\n {\"d\" : \"\\\"],\\\\\"} ]"))
        .containsExactly("{\"a\":[1,{\"b\":2}],\"c\":\"x,y]}\"}", "{\"d\" : \"\\\"],\\\\\"}");
    assertThat(each("[\"\\\\\",\"ü,\",1]")).containsExactly("\"\\\\\"", "\"ü,\"", "1");
  }

  @Test
  void theOutputOfAResponseIsFoundAndItsIds() {
    byte[] response =
        "{\"output\": [{\"id\":\"a\"}, {\"x\":1}, {\"id\":\"b\"}],\"id\":\"r\"}".getBytes(UTF_8);

    assertThat(Items.ids(response, Items.ofOutput(response))).containsExactly("a", "b");
    assertThat(Items.ofOutput("{}".getBytes(UTF_8)).length()).isZero();
    assertThat(Items.ofOutput("{\"output\":null}".getBytes(UTF_8)).length()).isZero();
  }
}
