package dev.customhouse.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.secret.Secret;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpansTest {
  private static final Predicate<String> KNOWN = Set.of("fast")::contains;
  private static final UnaryOperator<String> NAMES =
      id -> id.equals("azure") ? "azure.ai.openai" : id;
  private static final long AT_NANOS = TimeUnit.MILLISECONDS.toNanos(RecordDraft.AT.toEpochMilli());

  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final AccessLog log = new AccessLog(lines);
  private final EventLog events = log.events(InstantSource.fixed(RecordDraft.AT));

  @AfterEach
  void end() {
    log.close();
  }

  @Test
  void aRequestWhoseCallerDoesNotKeepTheTraceMakesNoSpans() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.context = new TraceContext("0".repeat(31) + "1", "0a".repeat(8), "0b".repeat(8), false);
    assertThat(sent(draft.record())).isEmpty();
    assertThat(draft.context.traceparent("0c".repeat(8))).endsWith("-00");
  }

  @Test
  void aRequestIsASpanWithOneBelowItForEachAttempt() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.provider = "azure";
    draft.attempts =
        List.of(
            RecordDraft.attempt(1, "openai", "gpt-5-mini", ErrorKind.OVERLOADED),
            RecordDraft.attempt(2, "azure", "mini", null));
    assertThat(sent(draft.record()))
        .containsExactly(
            new Collector.Sent(
                "0af7651916cd43dd8448eb211c80319c",
                "00f067aa0ba902b7",
                "b7ad6b7169203331",
                "chat fast",
                2,
                AT_NANOS,
                AT_NANOS + 81_250_000,
                0,
                Map.of(
                    "customhouse.provider", "azure",
                    "customhouse.request.id", "req_1",
                    "gen_ai.operation.name", "chat",
                    "gen_ai.provider.name", "azure.ai.openai",
                    "gen_ai.request.model", "fast",
                    "http.request.method", "POST",
                    "http.response.status_code", "200",
                    "url.path", "/v1/chat/completions")),
            new Collector.Sent(
                "0af7651916cd43dd8448eb211c80319c",
                "aaaaaaaaaaaaaaa1",
                "00f067aa0ba902b7",
                "chat gpt-5-mini",
                3,
                AT_NANOS + 1_000_000,
                AT_NANOS + 41_500_000,
                2,
                Map.of(
                    "customhouse.provider", "openai",
                    "customhouse.upstream.key", "openai#1",
                    "error.type", "overloaded",
                    "gen_ai.operation.name", "chat",
                    "gen_ai.provider.name", "openai",
                    "gen_ai.request.model", "gpt-5-mini",
                    "http.response.status_code", "503")),
            new Collector.Sent(
                "0af7651916cd43dd8448eb211c80319c",
                "aaaaaaaaaaaaaaa2",
                "00f067aa0ba902b7",
                "chat mini",
                3,
                AT_NANOS + 2_000_000,
                AT_NANOS + 42_500_000,
                0,
                Map.ofEntries(
                    Map.entry("customhouse.provider", "azure"),
                    Map.entry("customhouse.upstream.key", "azure#2"),
                    Map.entry("gen_ai.operation.name", "chat"),
                    Map.entry("gen_ai.provider.name", "azure.ai.openai"),
                    Map.entry("gen_ai.request.model", "mini"),
                    Map.entry("gen_ai.response.finish_reasons", "stop"),
                    Map.entry("gen_ai.response.model", "gpt-5-mini-2026-01-01"),
                    Map.entry("gen_ai.usage.cache_creation.input_tokens", "5"),
                    Map.entry("gen_ai.usage.cache_read.input_tokens", "100"),
                    Map.entry("gen_ai.usage.input_tokens", "120"),
                    Map.entry("gen_ai.usage.output_tokens", "30"),
                    Map.entry("http.request.resend_count", "1"),
                    Map.entry("http.response.status_code", "200"))));
  }

  @Test
  void aTraceThatBeginsHereHasNoParent() throws IOException {
    RecordDraft draft = new RecordDraft();
    draft.context = new TraceContext("0".repeat(31) + "1", null, "0a".repeat(8), true);
    Collector.Sent server = sent(draft.record()).getFirst();
    assertThat(server.parentSpanId()).isEmpty();
    assertThat(server.spanId()).isEqualTo("0a".repeat(8));
  }

  @Test
  void theClientsOwnMistakeIsNoErrorOfTheServer() throws IOException {
    Collector.Sent refused =
        sent(RecordDraft.refused(ErrorKind.NOT_FOUND, "model_not_found", 404).record()).getFirst();
    assertThat(refused.statusCode()).isZero();
    assertThat(refused.attributes()).containsEntry("error.type", "not_found");
    Collector.Sent failed =
        sent(RecordDraft.refused(ErrorKind.UNAVAILABLE, "queue_full", 503).record()).getFirst();
    assertThat(failed.statusCode()).isEqualTo(2);
  }

  @Test
  void aModelThatIsNotKnownDoesNotNameASpan() throws IOException {
    RecordDraft draft = new RecordDraft().model("canary\n" + "x".repeat(10_000));
    draft.attempts = List.of(RecordDraft.attempt(1, "openai", "" + draft.requestedModel, null));
    draft.path = "/v1/canary?key=canary-key";
    List<Collector.Sent> spans = sent(draft.record());
    assertThat(spans).extracting(Collector.Sent::name).containsExactly("chat", "chat");
    assertThat(spans)
        .flatExtracting(span -> span.attributes().values())
        .allMatch(value -> value.length() <= ClientText.CHARS + 1)
        .noneMatch(value -> value.contains("canary-key"));
  }

  @Test
  void aRequestThatWasNotUnderstoodIsNamedByItsMethod() throws IOException {
    RecordDraft draft = RecordDraft.refused(ErrorKind.NOT_FOUND, "not_found", 404);
    draft.operation = null;
    draft.requestedModel = null;
    draft.method = "CANARY";
    Collector.Sent span = sent(draft.record()).getFirst();
    assertThat(span.name()).isEqualTo("_OTHER");
    assertThat(span.attributes()).containsEntry("http.request.method", "_OTHER");
  }

  @Test
  void theCollectorIsAskedByTheRulesOfOtlp() throws IOException {
    try (Collector collector = new Collector(200)) {
      try (Spans spans =
          Spans.toEndpoint(
              collector.endpoint(),
              Map.of("Authorization", new Secret("Bearer canary-key")),
              "1.2.3",
              KNOWN,
              NAMES,
              events)) {
        spans.accept(new RecordDraft().record());
      }
      Collector.Request request = collector.requests().getFirst();
      assertThat(request.path()).isEqualTo("/v1/traces");
      assertThat(request.contentType()).isEqualTo("application/x-protobuf");
      assertThat(request.authorization()).isEqualTo("Bearer canary-key");
      Protobuf resource = request.message().messages(1).getFirst().messages(1).getFirst();
      assertThat(Collector.attributes(resource.messages(1)))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of("service.name", "customhouse", "service.version", "1.2.3"));
    }
  }

  @Test
  void manySpansGoInBatchesOfABoundedSize() {
    List<Integer> sizes = new ArrayList<>();
    Spans spans = spans(new ScriptedExporter(sizes, new CountDownLatch(0)), 2_048);
    for (int count = 0; count < 1_000; count++) {
      spans.accept(new RecordDraft().record());
    }
    spans.close();
    assertThat(sizes).allMatch(size -> size <= Spans.BATCH_SPANS);
    assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2_000);
    assertThat(spans.dropped()).isZero();
  }

  @Test
  void whenTheCollectorIsStuckSpansAreDroppedAndCountedAndNobodyWaits() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    CountDownLatch release = new CountDownLatch(1);
    ScriptedExporter exporter = new ScriptedExporter(sizes, release);
    Spans spans = spans(exporter, 200);
    for (int count = 0; count < 170; count++) { // as many as end the gathering
      spans.accept(new RecordDraft().record());
    }
    exporter.reached.await();
    int taken = 170;
    spans.accept(new RecordDraft().record());
    while (spans.dropped() == 0) {
      taken++;
      spans.accept(new RecordDraft().record());
    }
    spans.accept(new RecordDraft().record());
    assertThat(spans.dropped()).isEqualTo(4);
    release.countDown();
    spans.close();
    assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2 * taken);
    assertThat(spans.dropped()).isEqualTo(4);
  }

  @Test
  void aCollectorThatRefusesIsToldOfOnceAndItsSpansAreCounted() throws IOException {
    try (Collector collector = new Collector(400);
        Spans spans =
            Spans.toEndpoint(collector.endpoint(), Map.of(), "1.2.3", KNOWN, NAMES, events)) {
      for (int count = 0; count < 600; count++) {
        spans.accept(new RecordDraft().record());
      }
      spans.close();
      assertThat(spans.dropped()).isEqualTo(1_200);
      assertThat(collector.requests()).hasSizeGreaterThan(1);
    }
    log.close();
    assertThat(lines.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains("\"event\":\"span_export_failed\"")
        .contains("the collector refused them");
  }

  @Test
  void anEndpointThatIsNoUrlIsRefused() {
    assertThatThrownBy(() ->
            Spans.toEndpoint(URI.create("collector:4318"), Map.of(), "1", KNOWN, NAMES, events))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the OTLP endpoint has the scheme collector, expected an http or https URL with a host");
  }

  private List<Collector.Sent> sent(RequestRecord record) throws IOException {
    try (Collector collector = new Collector(200)) {
      try (Spans spans =
          Spans.toEndpoint(collector.endpoint(), Map.of(), "1.2.3", KNOWN, NAMES, events)) {
        spans.accept(record);
      }
      return collector.spans();
    }
  }

  private Spans spans(SpanExporter exporter, int waitingRequests) {
    return new Spans(exporter, "1.2.3", KNOWN, NAMES, events, waitingRequests);
  }

  /** An exporter that waits for its release and notes how many spans it got. */
  private static final class ScriptedExporter implements SpanExporter {
    final CountDownLatch reached = new CountDownLatch(1);
    private final List<Integer> sizes;
    private final CountDownLatch release;

    ScriptedExporter(List<Integer> sizes, CountDownLatch release) {
      this.sizes = sizes;
      this.release = release;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      reached.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        return CompletableResultCode.ofExceptionalFailure(e);
      }
      sizes.add(spans.size());
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
