package dev.customhouse.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.audit.RequestRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ObserversTest {
  @Test
  void oneThatFailsDisturbsNeitherTheOthersNorTheRequest() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<RequestRecord> first = new ArrayList<>();
    List<RequestRecord> last = new ArrayList<>();
    Consumer<RequestRecord> broken =
        record -> {
          throw new IllegalStateException("canary " + record.requestedModel());
        };
    Consumer<RequestRecord> unloadable =
        record -> {
          throw new NoClassDefFoundError("canary");
        };
    Observers observers;
    try (AccessLog log = new AccessLog(out)) {
      observers =
          new Observers(
              List.of(first::add, broken, unloadable, last::add),
              log.events(InstantSource.fixed(RecordDraft.AT)));
      observers.accept(new RecordDraft().record());
      observers.accept(new RecordDraft().record());
    }
    assertThat(first).hasSize(2).isEqualTo(last);
    assertThat(observers.failures()).isEqualTo(4);
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .as("each is told of once, without its message")
        .hasSize(2)
        .allMatch(line -> line.contains("\"event\":\"observer_failed\""))
        .anyMatch(line -> line.contains("java.lang.IllegalStateException"))
        .noneMatch(line -> line.contains("canary"));
  }

  @Test
  void whatClientsAndUpstreamsWroteIsBoundedBeforeAnybodySeesIt() {
    RecordDraft draft = new RecordDraft();
    draft.method = "M".repeat(1_000_000);
    draft.path = "/" + "p".repeat(1_000_000);
    draft.requestedModel = "r".repeat(1_000_000);
    draft.upstreamModel = "u".repeat(1_000_000);
    draft.responseModel = "s".repeat(1_000_000);
    RequestRecord seen = observe(draft.record());
    assertThat(
            List.of(
                seen.method(),
                seen.path(),
                String.valueOf(seen.requestedModel()),
                String.valueOf(seen.upstreamModel()),
                String.valueOf(seen.responseModel())))
        .allMatch(text -> text.length() == ClientText.CHARS + 1);
    assertThat(seen.usage()).isEqualTo(draft.usage);
  }

  @Test
  void anOrdinaryRecordIsHandedOnAsItIs() {
    RequestRecord record = new RecordDraft().record();
    assertThat(observe(record)).isSameAs(record);
  }

  @Test
  void onlySpansNeedOpenTelemetry() throws IOException {
    assertThat(mentionsOpenTelemetry(Spans.class)).isTrue();
    for (Class<?> type :
        List.of(
            AccessLog.class,
            LogLines.class,
            EventLog.class,
            BatchQueue.class,
            ClientText.class,
            Meters.class,
            Observers.class)) {
      assertThat(mentionsOpenTelemetry(type)).as(type.getName()).isFalse();
    }
  }

  private static RequestRecord observe(RequestRecord record) {
    List<RequestRecord> seen = new ArrayList<>();
    try (AccessLog log = new AccessLog(new ByteArrayOutputStream())) {
      new Observers(List.of(seen::add), log.events(InstantSource.fixed(RecordDraft.AT)))
          .accept(record);
    }
    return seen.getFirst();
  }

  private static boolean mentionsOpenTelemetry(Class<?> type) throws IOException {
    try (InputStream file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      assertThat(file).isNotNull();
      return new String(file.readAllBytes(), StandardCharsets.ISO_8859_1)
          .contains("io/opentelemetry");
    }
  }
}
