package dev.customhouse.flow.recall;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.AnswerWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Responses while they are made in the background. */
class WorkTest {
  @TempDir private Path folder;
  private Storage storage;
  private Background background;

  @BeforeEach
  void open() {
    storage = Storage.open(folder, Clock.systemUTC());
    background = new Background(storage.responses());
  }

  @AfterEach
  void close() {
    storage.close();
  }

  private static KeptResponse asked(String id) {
    String response =
        "{\"id\":\"%s\",\"status\":\"queued\",\"background\":true,\"output\":[]}".formatted(id);
    return new KeptResponse(
        "key:1", id, null, Instant.now(), new byte[0], response.getBytes(UTF_8), List.of());
  }

  private static void write(AnswerWriter writer, String type, String members)
      throws InterruptedException {
    byte[] event =
        "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":77,%s}\n\n"
            .formatted(type, type, members)
            .getBytes(UTF_8);
    writer.write(event, 0, event.length);
  }

  private static List<String> types(Plan.Following following) throws InterruptedException {
    List<String> types = new ArrayList<>();
    byte[] events = following.next();
    while (events != null) {
      for (byte[] event : Packed.split(events)) {
        String text = new String(event, UTF_8);
        types.add(text.substring("event: ".length(), text.indexOf('\n')));
      }
      events = following.next();
    }
    return types;
  }

  /** What is kept of it; a missing node when nothing is. */
  private JsonNode kept(String id) {
    return storage
        .responses()
        .find("key:1", id, Instant.EPOCH)
        .map(kept -> Json.read(kept.response()))
        .orElse(MissingNode.getInstance());
  }

  @Test
  void whatComesAfterTheEndGoesNowhere() throws Exception {
    Work work = background.begin(asked("resp_1"));
    AnswerWriter transcript = work.transcript();
    transcript.begin(200, Headers.EMPTY);
    write(transcript, "response.created", "\"response\":{}");
    write(
        transcript,
        "response.in_progress",
        "\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}");
    assertThat(background.find("key:1", "resp_1")).isSameAs(work);
    assertThat(background.find("key:2", "resp_1")).isNull();
    write(
        transcript,
        "response.completed",
        "\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[]}");
    work.cancel();
    work.fail(ErrorKind.INTERNAL, "too late");
    write(transcript, "response.output_text.delta", "\"delta\":\"x\"");
    transcript.end();

    assertThat(types(work.follow(-1)))
        .containsExactly(
            "response.created", "response.queued", "response.in_progress", "response.completed");
    assertThat(types(work.follow(2))).containsExactly("response.completed");
    assertThat(types(work.follow(99))).isEmpty();
    assertThat(work.isCancelled()).isFalse();
    assertThat(background.find("key:1", "resp_1")).isNull();
    assertThat(kept("resp_1")).isEqualTo(Json.read(work.object()));
    assertThat(kept("resp_1").path("status").asText()).isEqualTo("completed");
  }

  @Test
  void anAnswerThatEndsBeforeItsEndHasFailed() throws Exception {
    Work work = background.begin(asked("resp_1"));
    work.transcript().end();

    assertThat(types(work.follow(-1))).endsWith("response.failed");
    assertThat(kept("resp_1").at("/error/code").asText()).isEqualTo("server_error");
  }

  @Test
  void whatIsDiscardedIsNotKept() {
    Work work = background.begin(asked("resp_1"));
    assertThat(kept("resp_1").path("status").asText()).isEqualTo("queued");
    boolean deleted = storage.responses().delete("key:1", "resp_1");
    work.discard();

    assertThat(deleted).isTrue();
    assertThat(kept("resp_1").isMissingNode()).isTrue();
    assertThat(work.take()).as("nobody begins with it").isFalse();
  }

  @Test
  void anAnswerThatIsTooLongFails() throws Exception {
    Work work = background.begin(asked("resp_1"));
    byte[] event = new byte[(int) (Work.EVENTS_BYTES / 4)];
    for (int i = 0; i < 4; i++) {
      work.event(event, null, false);
    }

    assertThat(work.isOver()).isTrue();
    assertThat(kept("resp_1").at("/error/message").asText()).contains("longer than");
  }

  @Test
  void thereAreNoMoreThanSoMany() throws Exception {
    for (int i = 0; i < Background.WORKS; i++) {
      var unused = background.begin(asked("resp_" + i));
    }
    assertThatThrownBy(() -> background.begin(asked("resp_more")))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
              assertThat(refusal.code()).isEqualTo("gateway_busy");
            });
    background.stop(Duration.ZERO);
    assertThat(kept("resp_7").path("status").asText()).isEqualTo("failed");
    assertThatThrownBy(() -> background.begin(asked("resp_more")))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("gateway_stopping"));
  }

  @Test
  void packedEventsAreTheSameWhenUnpacked() {
    List<byte[]> events = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] event =
          ("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
                  + "\"sequence_number\":%d,\"item_id\":\"msg_req_01a2001d5a4b78eea3c2a9c976c6122f_0\","
                  + "\"output_index\":0,\"content_index\":0,\"delta\":\" word%d\",\"logprobs\":[]}\n\n")
              .formatted(i, i * 7919 % 3001)
              .getBytes(UTF_8);
      events.add(event);
      bytes += event.length;
    }
    byte[] packed = Packed.pack(events);

    assertThat(Packed.unpack(packed)).containsExactlyElementsOf(events);
    assertThat(packed.length).as("of %d bytes", bytes).isLessThan((int) (bytes / 10));
    assertThatThrownBy(() -> Packed.unpack(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalStateException.class);
  }
}
