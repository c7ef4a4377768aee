package dev.customhouse.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.ErrorKind;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetersTest {
  private static final String CHAT_FAST =
      "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
          + "gen_ai_request_model=\"fast\",provider=\"openai\"";

  private final Meters meters =
      new Meters(
          Set.of("fast", "slow")::contains, id -> id.equals("azure") ? "azure.ai.openai" : id);

  @Test
  void aRequestIsCountedByOpenTelemetrysNames() {
    meters.accept(new RecordDraft().record());
    assertThat(meters.scrape().lines())
        .contains(
            "customhouse_requests_total{dialect=\"openai-chat\",gen_ai_operation_name=\"chat\","
                + "http_response_status_code=\"200\",translation=\"bytes\"} 1.0",
            "customhouse_attempts_total{gen_ai_provider_name=\"openai\",outcome=\"success\",provider=\"openai\"} 1.0",
            "gen_ai_client_operation_duration_seconds_count{error_type=\"\"," + CHAT_FAST + "} 1",
            "gen_ai_client_operation_duration_seconds_sum{error_type=\"\","
                + CHAT_FAST
                + "} 0.08125",
            "gen_ai_client_operation_duration_seconds_bucket{error_type=\"\","
                + CHAT_FAST
                + ",le=\"0.08\"} 0",
            "gen_ai_client_operation_duration_seconds_bucket{error_type=\"\","
                + CHAT_FAST
                + ",le=\"0.16\"} 1",
            "gen_ai_server_time_to_first_token_seconds_count{" + CHAT_FAST + "} 1",
            "gen_ai_client_token_usage_sum{" + tokens("input") + "} 120.0",
            "gen_ai_client_token_usage_sum{" + tokens("output") + "} 30.0");
  }

  /** Labels stand in the order of their names. */
  private static String tokens(String type) {
    return CHAT_FAST.replace(",provider", ",gen_ai_token_type=\"" + type + "\",provider");
  }

  @Test
  void triesAreCountedByProviderAndOutcome() {
    RecordDraft draft = new RecordDraft();
    draft.provider = "azure";
    draft.attempts =
        List.of(
            RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.OVERLOADED),
            RecordDraft.attempt(2, "azure", "mini", null));
    meters.accept(draft.record());
    assertThat(meters.scrape().lines())
        .contains(
            "customhouse_attempts_total{gen_ai_provider_name=\"openai\",outcome=\"overloaded\",provider=\"openai\"}"
                + " 1.0",
            "customhouse_attempts_total{gen_ai_provider_name=\"azure.ai.openai\",outcome=\"success\",provider=\"azure\"} 1.0",
            "customhouse_retries_total{gen_ai_provider_name=\"azure.ai.openai\",provider=\"azure\"} 1.0");
  }

  @Test
  void aFailureIsLabelledWithItsKindAndGivesNoTimeToFirstToken() {
    RecordDraft draft = new RecordDraft();
    draft.error = ErrorKind.TIMEOUT;
    draft.status = 504;
    draft.provider = null;
    draft.usage = null;
    draft.attempts = List.of(RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.TIMEOUT));
    meters.accept(draft.record());
    assertThat(meters.scrape().lines())
        .contains(
            "gen_ai_client_operation_duration_seconds_count{error_type=\"timeout\","
                + CHAT_FAST
                + "} 1",
            "gen_ai_server_time_to_first_token_seconds_count{" + CHAT_FAST + "} 0");
  }

  @Test
  void aRequestThatWasRefusedUntriedIsNoOperationOfAProvider() {
    meters.accept(RecordDraft.refused(ErrorKind.UNAVAILABLE, "queue_full", 503).record());
    meters.accept(RecordDraft.refused(ErrorKind.UNAUTHORIZED, "invalid_api_key", 401).record());
    assertThat(meters.scrape())
        .contains("customhouse_shed_total{reason=\"queue_full\"} 1.0")
        .doesNotContain("invalid_api_key")
        .doesNotContain("gen_ai_client_operation_duration_seconds_count");
  }

  @Test
  void aModelThatIsNotKnownIsOther() {
    meters.accept(new RecordDraft().model("canary-model").record());
    meters.accept(new RecordDraft().model("canary-model-2").record());
    meters.accept(new RecordDraft().model("slow").record());
    assertThat(meters.scrape())
        .contains(
            "gen_ai_client_operation_duration_seconds_count{error_type=\"\","
                + "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
                + "gen_ai_request_model=\"other\",provider=\"openai\"} 2")
        .contains("gen_ai_request_model=\"slow\"")
        .doesNotContain("canary");
  }

  @Test
  void seriesOfModelsAreBoundedEvenWhenAllAreKnown() {
    Meters open = new Meters(model -> true, id -> id);
    for (int count = 0; count < Meters.MODEL_SERIES + 500; count++) {
      open.accept(new RecordDraft().model("model-" + count).record());
    }
    assertThat(
            open.scrape()
                .lines()
                .filter(line -> line.startsWith("gen_ai_client_operation_duration_seconds_count")))
        .hasSize(Meters.MODEL_SERIES + 1)
        .anyMatch(line -> line.endsWith("gen_ai_request_model=\"other\",provider=\"openai\"} 500"));
  }

  @Test
  void reasonsAndStatusesAreBounded() {
    for (int count = 0; count < Meters.REASONS + 10; count++) {
      meters.accept(
          RecordDraft.refused(ErrorKind.UNAVAILABLE, "reason_" + count, 520 + count).record());
    }
    assertThat(meters.scrape().lines().filter(line -> line.startsWith("customhouse_shed_total")))
        .hasSize(Meters.REASONS + 1);
    assertThat(meters.scrape())
        .contains("http_response_status_code=\"529\"")
        .contains("http_response_status_code=\"5xx\"")
        .doesNotContain("http_response_status_code=\"530\"");
  }

  @Test
  void nothingThatAClientWroteBecomesALabel() {
    RecordDraft draft = new RecordDraft();
    draft.requestId = "canary-request";
    draft.remoteAddress = "canary-address";
    draft.method = "CANARY";
    draft.path = "/canary";
    draft.keyName = "canary-key";
    draft.project = "canary-project";
    draft.requestedModel = "canary\"\n model";
    draft.responseModel = "canary-answer";
    draft.errorCode = "canary-code";
    draft.error = ErrorKind.BAD_GATEWAY;
    meters.accept(draft.record());
    assertThat(meters.scrape()).doesNotContainIgnoringCase("canary");
  }

  @Test
  void theAssemblysFiguresAreShown() {
    meters.requestsInFlight(() -> 3);
    meters.streamsOpen(() -> 2);
    meters.requestsQueued(() -> 1);
    meters.usageRowsLost(() -> 4);
    meters.logLinesDropped(() -> 5);
    meters.spansDropped(() -> 6);
    meters.observerFailures(() -> 7);
    meters.configurationLoaded(Instant.ofEpochMilli(1_700_000_000_500L));
    meters.configurationRefused();
    meters.upstreamKeySetAside("openai");
    System.gc();
    assertThat(meters.scrape().lines())
        .contains(
            "customhouse_requests_in_flight 3.0",
            "customhouse_streams_open 2.0",
            "customhouse_requests_queued 1.0",
            "customhouse_usage_rows_lost_total 4.0",
            "customhouse_log_lines_dropped_total 5.0",
            "customhouse_spans_dropped_total 6.0",
            "customhouse_observer_failures_total 7.0",
            "customhouse_config_reloads_total{outcome=\"success\"} 1.0",
            "customhouse_config_reloads_total{outcome=\"failure\"} 1.0",
            "customhouse_config_last_success_timestamp_seconds 1.7000000005E9",
            "customhouse_upstream_keys_set_aside_total{gen_ai_provider_name=\"openai\",provider=\"openai\"} 1.0")
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\"} "))
        .anyMatch(line -> line.startsWith("jvm_memory_max_bytes{area=\"heap\"} "))
        .anyMatch(line -> line.matches("jvm_gc_pause_seconds_count [1-9].*"))
        .anyMatch(line -> line.startsWith("jvm_gc_pause_seconds_sum "));
  }

  @Test
  void openMetricsIsWrittenWhenItIsAskedFor() {
    Meters.Page page = meters.scrape("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assertThat(page.contentType()).startsWith("application/openmetrics-text");
    assertThat(page.text()).endsWith("# EOF\n");
    assertThat(meters.scrape(null).contentType()).startsWith("text/plain; version=0.0.4");
    assertThat(meters.scrape("*/*").text()).doesNotContain("# EOF");
  }
}
