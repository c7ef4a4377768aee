package dev.customhouse.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.dialect.Outline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessLogTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void aRequestIsOneLineThatTellsAllOfIt() throws IOException {
    assertThat(line(new RecordDraft().record()))
        .isEqualTo(
            JSON.readTree(
                """
                {"timestamp": "2026-11-21T09:30:00.123Z", "event": "request",
                 "request_id": "req_1", "trace_id": "0af7651916cd43dd8448eb211c80319c",
                 "key_id": "key_7", "key_name": "ci", "project": "search",
                 "remote_address": "192.0.2.7", "method": "POST",
                 "path": "/v1/chat/completions", "operation": "chat", "dialect": "openai-chat",
                 "requested_model": "fast", "upstream_model": "gpt-5-mini",
                 "response_model": "gpt-5-mini-2026-01-01", "provider": "openai",
                 "translation": "bytes", "status": 200, "finish": "stop", "stream": true,
                 "client_gone": false, "attempts": 1,
                 "usage": {"input_tokens": 120, "output_tokens": 30, "cache_read_tokens": 100,
                           "cache_write_tokens": 5, "reasoning_tokens": 12, "estimated": false},
                 "first_byte_ms": 12.5, "duration_ms": 81.25,
                 "bytes_in": 512, "bytes_out": 2048}
                """));
  }

  @Test
  void aRequestThatWaitsToBeWrittenDoesNotHoldWhatWasSentUpstream() {
    RecordDraft draft = new RecordDraft();
    RequestRecord passed = draft.record();
    draft.sent = new Outline("/v1/messages", new byte[64 * 1024]);
    assertThat(new AccessLog.Request(draft.record()).record()).isEqualTo(passed);
    assertThat(new AccessLog.Request(passed).record()).isSameAs(passed);
  }

  @Test
  void theFieldsOfALineAreAlwaysInTheSameOrder() {
    RecordDraft draft = new RecordDraft();
    draft.attempts = List.of(RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.TIMEOUT));
    assertThat(write(List.of(draft.record())))
        .isEqualTo(
            """
            {"timestamp":"2026-11-21T09:30:00.123Z","event":"request","request_id":"req_1",\
            "trace_id":"0af7651916cd43dd8448eb211c80319c","key_id":"key_7","key_name":"ci",\
            "project":"search","remote_address":"192.0.2.7","method":"POST",\
            "path":"/v1/chat/completions","operation":"chat","dialect":"openai-chat",\
            "requested_model":"fast","upstream_model":"gpt-5-mini",\
            "response_model":"gpt-5-mini-2026-01-01","provider":"openai","translation":"bytes",\
            "status":200,"finish":"stop","stream":true,"client_gone":false,"attempts":1,\
            "attempt_list":[{"provider":"openai","model":"gpt-5-mini","upstream_key":"openai#1",\
            "status":503,"error":"timeout","duration_ms":40.5}],"usage":{"input_tokens":120,\
            "output_tokens":30,"cache_read_tokens":100,"cache_write_tokens":5,\
            "reasoning_tokens":12,"estimated":false},"first_byte_ms":12.5,"duration_ms":81.25,\
            "bytes_in":512,"bytes_out":2048}
            """);
  }

  @Test
  void theTimeOfALineIsCutToMilliseconds() {
    List<Map.Entry<String, String>> times =
        List.of(
            Map.entry("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999Z"),
            Map.entry("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            Map.entry("2028-02-29T23:59:59.001999Z", "2028-02-29T23:59:59.001Z"),
            Map.entry("2028-02-29T23:59:59.070Z", "2028-02-29T23:59:59.070Z"),
            Map.entry("2028-03-01T00:00:00Z", "2028-03-01T00:00:00.000Z"),
            Map.entry("2028-02-29T23:59:59.1Z", "2028-02-29T23:59:59.100Z"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (AccessLog log = new AccessLog(out)) {
      for (Map.Entry<String, String> time : times) {
        log.events(InstantSource.fixed(Instant.parse(time.getKey())))
            .event(EventLog.Level.INFO, "started", Map.of());
      }
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactlyElementsOf(
            times.stream()
                .map(time ->
                    "{\"timestamp\":\""
                        + time.getValue()
                        + "\",\"level\":\"info\",\"event\":\"started\"}")
                .toList());
  }

  @Test
  void aRefusedRequestLeavesOutWhatIsNotKnown() throws IOException {
    RecordDraft draft = RecordDraft.refused(ErrorKind.UNAUTHORIZED, "invalid_api_key", 401);
    draft.operation = null;
    draft.requestedModel = null;
    JsonNode line = line(draft.record());
    assertThat(line.path("error").textValue()).isEqualTo("unauthorized");
    assertThat(line.path("error_code").textValue()).isEqualTo("invalid_api_key");
    assertThat(line.path("attempts").intValue()).isZero();
    assertThat(List.of("operation", "requested_model", "provider", "usage", "first_byte_ms"))
        .noneMatch(line::has);
    assertThat(line.has("attempt_list")).isFalse();
  }

  @Test
  void severalAttemptsAreListedWithoutTheirKeys() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.attempts =
        List.of(
            RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.OVERLOADED),
            RecordDraft.attempt(2, "azure", "mini", null));
    JsonNode line = line(draft.record());
    assertThat(line.path("attempts").intValue()).isEqualTo(2);
    assertThat(line.path("attempt_list"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"provider": "openai", "model": "gpt-5-mini", "upstream_key": "openai#1",
                  "status": 503, "error": "overloaded", "duration_ms": 40.5},
                 {"provider": "azure", "model": "mini", "upstream_key": "azure#2",
                  "status": 200, "duration_ms": 40.5}]
                """));
  }

  @Test
  void oneAttemptThatFailedIsListedToo() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.attempts = List.of(RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.TIMEOUT));
    assertThat(line(draft.record()).path("attempt_list").path(0).path("error").textValue())
        .isEqualTo("timeout");
  }

  @Test
  void textOfAClientIsEscapedAndBounded() throws IOException {
    String hostile =
        "canary\"}\n{\"event\":\"forged\"}\r\t\u001b[31m\u0000\u0085\u009b\u2028\u202e";
    RecordDraft draft = new RecordDraft();
    draft.method = hostile;
    draft.path = "/v1/" + hostile + "x".repeat(100_000);
    draft.requestedModel = hostile + "y".repeat(100_000);
    draft.upstreamModel = hostile;
    draft.responseModel = hostile + "z".repeat(100_000);
    draft.remoteAddress = hostile;
    draft.requestId = hostile;
    draft.keyName = hostile;
    draft.project = hostile;
    draft.errorCode = hostile;
    String text = write(List.of(draft.record()));
    assertThat(text).hasSizeLessThan(12_000).endsWith("}\n");
    assertThat(text.substring(0, text.length() - 1)).matches("[ -~]*");
    JsonNode line = JSON.readTree(text);
    assertThat(line.path("event").textValue()).isEqualTo("request");
    assertThat(line.path("method").textValue()).isEqualTo(hostile);
    assertThat(line.path("requested_model").textValue())
        .startsWith(hostile)
        .hasSize(ClientText.CHARS + 1)
        .endsWith("\u2026");
  }

  @Test
  void halvesOfSurrogatePairsAreReplacedAndWholeOnesAreKept() throws IOException {
    RecordDraft draft = new RecordDraft().model("a\ud800b\udc00c\ud83d\ude00\u007f");
    assertThat(line(draft.record()).path("requested_model").textValue())
        .isEqualTo("a\ufffdb\ufffdc\ud83d\ude00\ufffd");
    RecordDraft cut = new RecordDraft().model("m".repeat(ClientText.CHARS - 1) + "\ud83d\ude00");
    assertThat(line(cut.record()).path("requested_model").textValue())
        .isEqualTo("m".repeat(ClientText.CHARS - 1) + "\u2026");
  }

  @Test
  void theQueryOfAPathIsNotWritten() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.path = "/v1beta/models/gemini:generateContent?key=canary-key";
    String text = write(List.of(draft.record()));
    assertThat(text).doesNotContain("canary-key").contains("/v1beta/models/gemini:generateContent");
  }

  @Test
  void closingWritesAllThatWaitsInOrder() throws IOException {
    List<RequestRecord> records = new ArrayList<>();
    for (int count = 0; count < 2_000; count++) {
      RecordDraft draft = new RecordDraft();
      draft.requestId = "req_" + count;
      records.add(draft.record());
    }
    List<String> lines = write(records).lines().toList();
    assertThat(lines).hasSize(2_000);
    for (int count = 0; count < lines.size(); count++) {
      assertThat(lines.get(count)).contains("\"request_id\":\"req_" + count + "\"");
    }
  }

  @Test
  void whenTheReaderIsStuckLinesAreDroppedAndCountedAndNobodyWaits() throws Exception {
    BlockedStream out = new BlockedStream();
    AccessLog log = new AccessLog(out, 4);
    log.accept(new RecordDraft().record());
    out.awaitWriter();
    for (int count = 0; count < 7; count++) {
      log.accept(new RecordDraft().record());
    }
    assertThat(log.dropped()).isEqualTo(3);
    log.events(InstantSource.fixed(RecordDraft.AT))
        .event(EventLog.Level.ALARM, "upstream_key_set_aside", Map.of("upstream_key", "openai#2"));
    assertThat(log.dropped()).as("there is room for an alarm").isEqualTo(3);
    out.release();
    log.close();
    assertThat(out.text().lines()).hasSize(6);
    assertThat(log.dropped()).isEqualTo(3);
  }

  @Test
  void aStreamThatFailsLosesLinesWhichAreCounted() {
    AccessLog log =
        new AccessLog(
            new OutputStream() {
              @Override
              public void write(int octet) throws IOException {
                throw new IOException("no space left");
              }
            });
    log.accept(new RecordDraft().record());
    log.accept(new RecordDraft().record());
    log.close();
    assertThat(log.dropped()).isEqualTo(2);
  }

  @Test
  void afterTheEndLinesAreCountedAsDropped() {
    AccessLog log = new AccessLog(new ByteArrayOutputStream());
    log.close();
    log.close();
    log.accept(new RecordDraft().record());
    assertThat(log.dropped()).isEqualTo(1);
  }

  @Test
  void anEventIsOneLine() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (AccessLog log = new AccessLog(out)) {
      log.events(InstantSource.fixed(RecordDraft.AT))
          .event(
              EventLog.Level.WARN,
              "configuration_refused",
              Map.of("reason", "line 3\nis \"wrong\"", "file", "customhouse.yaml"));
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"timestamp\":\"2026-11-21T09:30:00.123Z\",\"level\":\"warn\","
                + "\"event\":\"configuration_refused\",\"fields\":{\"file\":\"customhouse.yaml\","
                + "\"reason\":\"line 3\\nis \\\"wrong\\\"\"}}\n");
  }

  private static JsonNode line(RequestRecord record) throws IOException {
    return JSON.readTree(write(List.of(record)));
  }

  private static String write(List<RequestRecord> records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (AccessLog log = new AccessLog(out)) {
      records.forEach(log);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
