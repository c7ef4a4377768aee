package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageRoutesTest {
  private static final String REQUESTS = "/admin/v1/requests";
  private static final String USAGE = "/admin/v1/usage";

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private void append(RequestRecord record) {
    house.storage.usage().append(UsageRows.of(record).orElseThrow(), new Decision(record));
  }

  private JsonNode get(String target) {
    FakeExchange answer = house.ask("GET", target);
    assertThat(answer.status).as(answer.text).isEqualTo(200);
    return answer.json();
  }

  @Test
  void aRequestIsThereAtOnceWithItsRowAndItsExplanation() {
    String keyId = house.keys.create("ci", "p1", List.of(), null, null, null).id();
    RequestRecord record = Records.answered("req_019a", House.START, keyId, "fast");
    append(record);

    assertThat(house.ask("GET", REQUESTS + "/req_019a").text)
        .isEqualTo(
            """
            {"id":"req_019a","at":"2026-11-21T12:00:00Z","key_id":"KEY","key_name":"ci",\
            "project":"p1","operation":"chat","dialect":"openai-chat","requested_model":"fast",\
            "upstream_model":"gpt-5","response_model":"gpt-5-2026-01-01","provider":"openai",\
            "path":"bytes","status":200,"error":null,"finish":"stop","stream":true,\
            "client_gone":false,"attempts":2,"usage":{"input_tokens":10,"output_tokens":5,\
            "cache_read_tokens":4,"cache_write_tokens":null,"reasoning_tokens":2,\
            "estimated":false},"first_byte_ms":5.5,"duration_ms":11.25}\
            """
                .replace("KEY", keyId));
    assertThat(house.ask("GET", REQUESTS + "/req_019a/explain").text)
        .isEqualTo(
            Explanation.of(UsageRows.of(record).orElseThrow(), new Decision(record).json())
                .toString());

    house.storage.usage().flush();
    JsonNode list = get(REQUESTS);
    assertThat(list.path("data").path(0)).isEqualTo(get(REQUESTS + "/req_019a"));
    assertThat(list.path("has_more").asBoolean()).isFalse();
    assertThat(list.path("next").isNull()).isTrue();
  }

  @Test
  void anIdThatNothingHasIsNamed() {
    assertThat(house.ask("GET", REQUESTS + "/req_1").message())
        .isEqualTo("No request has the id \"req_1\".");
    FakeExchange explain = house.ask("GET", REQUESTS + "/req_1/explain");
    assertThat(explain.status).isEqualTo(404);
    assertThat(explain.message()).isEqualTo("No request with an explanation has the id \"req_1\".");
  }

  @Test
  void requestsAreListedInPagesAndByTimeAndKey() {
    List<String> newestFirst = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      append(
          Records.answered(
              "req_" + i, House.START.plus(Duration.ofDays(i * 5L)), i % 2 == 0 ? "a" : "b", "m"));
      newestFirst.addFirst("req_" + i);
    }
    house.storage.usage().flush();

    List<String> seen = new ArrayList<>();
    @Nullable String cursor = null;
    do {
      JsonNode page = get(REQUESTS + "?limit=3" + (cursor == null ? "" : "&cursor=" + cursor));
      seen.addAll(ids(page));
      cursor = page.path("next").textValue();
    } while (cursor != null);
    assertThat(seen).containsExactlyElementsOf(newestFirst);

    assertThat(ids(get(REQUESTS + "?key_id=b"))).containsExactly("req_5", "req_3", "req_1");
    assertThat(ids(get(REQUESTS + "?key_id=b'%20OR%201=1"))).isEmpty();
    assertThat(ids(get(REQUESTS + "?from=2026-11-26T12:00:00Z&to=2026-12-06T13:00:00%2B01:00")))
        .containsExactly("req_2", "req_1");
  }

  @Test
  void usageIsSummedByWhatIsAskedFor() {
    String keyId = house.keys.create("ci", null, List.of(), null, null, null).id();
    append(Records.answered("req_1", House.START, keyId, "m"));
    append(Records.answered("req_2", House.START, "gone", "m"));
    append(Records.refused("req_3", House.START, Operation.CHAT));
    house.storage.usage().flush();
    house.clock.move(Duration.ofDays(1));

    JsonNode all = get(USAGE);
    assertThat(all.path("from").asText()).isEqualTo("2026-10-23T12:00:00Z");
    assertThat(all.path("to").asText()).isEqualTo("2026-11-22T12:00:00Z");
    assertThat(all.path("truncated").asBoolean()).isFalse();
    assertThat(all.path("data").toString())
        .isEqualTo(
            """
            [{"model":null,"provider":null,"key_id":null,"key_name":null,"requests":3,"errors":1,\
            "input_tokens":20,"output_tokens":10,"cache_read_tokens":8,"cache_write_tokens":0,\
            "reasoning_tokens":4}]\
            """);

    JsonNode grouped = get(USAGE + "?group_by=provider,key,model");
    assertThat(grouped.path("group_by").toString()).isEqualTo("[\"model\",\"provider\",\"key\"]");
    assertThat(grouped.path("data")).hasSize(3);
    assertThat(grouped.path("data").toString())
        .contains("\"model\":\"gpt-5\",\"provider\":\"openai\",\"key_id\":\"" + keyId)
        .contains("\"key_name\":\"ci\"")
        .contains("\"key_id\":\"gone\",\"key_name\":null");
    assertThat(get(USAGE + "?group_by=provider").path("data")).hasSize(2);
    assertThat(get(USAGE + "?from=2026-11-22T00:00:00Z").path("data")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "requests?cursor=nonsense       | cursor is \"nonsense\"; expected a page's next",
        "requests?cursor=1.a%27         | cursor is",
        "requests?from=yesterday        | from is \"yesterday\"; expected a time as RFC 3339 has it",
        "requests?from=2026-01-01T00:00:00+01:00 | ('+' as %2B)",
        "requests?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z | from is 2026-01-02T00:00:00Z; expected a time before to",
        "requests?from=-999999999-01-01T00:00:00Z | from is",
        "requests?limit=5000            | limit is \"5000\"",
        "requests?key=1                 | unknown query parameter \"key\"",
        "usage?group_by=colour          | group_by has \"colour\"; expected model, provider and key",
        "usage?group_by=key,key         | group_by has key twice",
        "usage?group_by=model,          | group_by has \"\"",
        "usage?from=2020-01-01T00:00:00Z | expected at most 366 days before to",
        "usage?from=2027-01-01T00:00:00Z | expected a time before to",
        "providers?x=1                  | expected none",
        "status?x                       | expected none",
      })
  void aWrongParameterIsToldByNameAndValue(String target, String message) {
    FakeExchange refused = house.ask("GET", "/admin/v1/" + target);
    assertThat(refused.status).isEqualTo(400);
    assertThat(refused.message()).contains(message);
  }

  private static List<String> ids(JsonNode page) {
    List<String> ids = new ArrayList<>();
    page.path("data").forEach(row -> ids.add(row.path("id").asText()));
    return ids;
  }
}
