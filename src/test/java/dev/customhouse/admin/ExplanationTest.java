package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.Operation;
import dev.customhouse.store.UsageRow;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  @Test
  void anExplanationSaysWhichWaysThereWereAndWhatCameOfThem() {
    assertThat(explained(Records.answered("req_1", House.START, "key_1", "fast")))
        .isEqualTo(
            """
            {"request":{"id":"req_1","at":"2026-11-21T12:00:00Z",\
            "trace_id":"0af7651916cd43dd8448eb211c80319c","operation":"chat",\
            "dialect":"openai-chat","method":"POST","path":"/v1/chat/completions",\
            "requested_model":"fast","stream":true,"body_bytes":321},\
            "caller":{"key_id":"key_1","key_name":"ci","project":"p1"},\
            "route":{"strategy":"weighted","legs":[\
            {"route":"fast","provider":"groq","model":"llama","attempts":2,"upstream_key":null},\
            {"route":"fast","provider":"openai","model":"gpt-5","attempts":1,"upstream_key":null}]},\
            "taken":{"route":"fast","provider":"openai","model":"gpt-5",\
            "response_model":"gpt-5-2026-01-01"},"path":"bytes","dropped":[],\
            "attempts":[{"number":1,"provider":"groq","model":"llama","upstream_key":"groq#1",\
            "status":429,"error":"rate_limited","detail":"status 429","started_ms":0.1,\
            "duration_ms":2.0},{"number":2,"provider":"openai","model":"gpt-5",\
            "upstream_key":"openai#2","status":200,"error":null,"detail":null,"started_ms":2.2,\
            "duration_ms":9.0}],"status":200,"error":null,"error_code":null,"finish":"stop",\
            "client_gone":false,"usage":{"input_tokens":10,"output_tokens":5,\
            "cache_read_tokens":4,"cache_write_tokens":null,"reasoning_tokens":2,\
            "estimated":false},"timings":{"first_byte_ms":5.5,"duration_ms":11.25},\
            "answer_bytes":654}\
            """);
  }

  @Test
  void aRefusedRequestIsExplainedWithWhatThereIs() {
    assertThat(explained(Records.refused("req_1", House.START, Operation.CHAT)))
        .contains("\"caller\":null,\"route\":null,\"taken\":null,\"path\":null")
        .contains("\"attempts\":[],\"status\":401,\"error\":\"unauthorized\"")
        .contains("\"error_code\":\"invalid_api_key\"")
        .contains("\"usage\":null,\"timings\":{\"first_byte_ms\":null,\"duration_ms\":0.01}");
  }

  @Test
  void aRowIsWrittenOfWhatWasUnderstoodOnly() {
    assertThat(UsageRows.of(Records.refused("req_1", House.START, null))).isEmpty();
    assertThat(UsageRows.of(Records.refused("req_1", House.START, Operation.CHAT)))
        .map(UsageRow::status)
        .contains(401);
    UsageRow row =
        UsageRows.of(Records.answered("req_1", House.START, "key_1", "fast")).orElseThrow();
    assertThat(row.provider()).isEqualTo("openai");
    assertThat(row.attempts()).isEqualTo(2);
    assertThat(row.path()).isEqualTo("bytes");
    assertThat(row.durationMicros()).isEqualTo(11_250);
  }

  @Test
  void namesThatClientsChooseAreCutAndCleaned() {
    assertThat(UsageRows.bounded("a\ud800b\nc😀")).isEqualTo("a\ufffdb\ufffdc😀");
    assertThat(UsageRows.bounded("x".repeat(255) + "😀tail")).isEqualTo("x".repeat(255) + "\ufffd");
    String explained =
        explained(Records.answered("req_1", House.START, "key_1", "😀".repeat(1_000_000)));
    assertThat(explained.length()).isLessThan(2_000);
  }

  @Test
  void whatIsKeptBesideARowDoesNotRepeatItAndIsShort() {
    String kept = new Decision(Records.answered("req_1", House.START, "key_1", "fast")).json();
    assertThat(kept.length()).isLessThan(450);
    assertThat(kept)
        .doesNotContain("req_1")
        .doesNotContain("key_1")
        .doesNotContain("gpt-5-2026-01-01")
        .doesNotContain("finish");
  }

  @Test
  void aDecisionThatAnOlderGatewayKeptWholeIsShownAsItIs() {
    UsageRow row =
        UsageRows.of(Records.answered("req_1", House.START, "key_1", "fast")).orElseThrow();
    assertThat(Explanation.of(row, "{\"request\":{\"id\":\"req_1\"},\"status\":200}").toString())
        .isEqualTo("{\"request\":{\"id\":\"req_1\"},\"status\":200}");
  }

  @Test
  void aDecisionThatAnOlderGatewayKeptInOnePieceIsShownWithItsTimes() {
    RequestRecord record = Records.answered("req_1", House.START, "key_1", "fast");
    String older =
        """
        {"trace_id":"0af7651916cd43dd8448eb211c80319c","method":"POST",\
        "path":"/v1/chat/completions","body_bytes":321,"key_name":"ci","strategy":"weighted",\
        "legs":[["fast","groq","llama",2,null],["fast","openai","gpt-5",1,null]],"route":"fast",\
        "attempts":[[1,"groq","llama","groq#1",429,"rate_limited","status 429",100,2000],\
        [2,"openai","gpt-5","openai#2",200,null,null,2200,9000]],"answer_bytes":654}\
        """;
    assertThat(Explanation.of(UsageRows.of(record).orElseThrow(), older).toString())
        .isEqualTo(explained(record));
  }

  @Test
  void whatHasAnIdOrATimeInItIsNotAmongWhatRequestsHaveAlike() {
    Decision first = new Decision(Records.answered("req_1", House.START, "key_1", "fast"));
    Decision second =
        new Decision(Records.answered("req_2", House.START.plusSeconds(1), "key_2", "smart"));
    assertThat(first.shared())
        .isEqualTo(second.shared())
        .isEqualTo(
            """
            {"method":"POST","path":"/v1/chat/completions","strategy":"weighted",\
            "legs":[["fast","groq","llama",2,null],["fast","openai","gpt-5",1,null]],\
            "route":"fast","attempts":[[1,"groq","llama","groq#1",429,"rate_limited",\
            "status 429"],[2,"openai","gpt-5","openai#2",200,null,null]]}\
            """);
    assertThat(first.own())
        .isEqualTo(
            """
            {"trace_id":"0af7651916cd43dd8448eb211c80319c","body_bytes":321,"key_name":"ci",\
            "attempt_micros":[100,2000,2200,9000],"answer_bytes":654}\
            """);
    Decision got = new Decision(Records.refused("req_3", House.START, Operation.RESPONSE_GET));
    assertThat(got.shared()).doesNotContain("/v1/what");
    assertThat(got.own()).contains("\"path\":\"/v1/what\"");
  }

  @Test
  void aDecisionThatWasTooLongIsExplainedByItsRowAndSaysSo() {
    UsageRow row =
        UsageRows.of(Records.answered("req_1", House.START, "key_1", "fast")).orElseThrow();
    assertThat(Explanation.of(row, "{\"dropped_chars\":70000,\"limit_chars\":65536}").toString())
        .contains("\"requested_model\":\"fast\"")
        .contains("\"status\":200")
        .contains("\"dropped_chars\":70000");
  }

  private static String explained(RequestRecord record) {
    return Explanation.of(UsageRows.of(record).orElseThrow(), new Decision(record).json())
        .toString();
  }
}
