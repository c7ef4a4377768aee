package dev.customhouse.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.store.KeptConversation.Extent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptResponsesTest {
  private static final Instant LONG_AGO = Instant.EPOCH;
  private static final long NO_LIMIT = Long.MAX_VALUE;

  @TempDir Path folder;

  private Storage open() {
    return Storage.open(folder, Rows.CLOCK);
  }

  private static KeptResponse kept(String owner, String id, @Nullable String previous) {
    return kept(owner, id, previous, Rows.NOW);
  }

  private static KeptResponse kept(String owner, String id, @Nullable String previous, Instant at) {
    return new KeptResponse(
        owner,
        id,
        previous,
        at,
        ("{\"question\":\"" + id + "\"}").getBytes(UTF_8),
        ("{\"id\":\"" + id + "\"}").getBytes(UTF_8),
        List.of("msg_" + id));
  }

  private static List<String> ids(KeptConversation conversation) {
    return conversation.responses().stream().map(KeptResponse::id).toList();
  }

  private static void checkKept(KeptResponses responses) {
    KeptResponse found = responses.find("a", "resp_2", LONG_AGO).orElseThrow();
    assertThat(found.previousId()).isEqualTo("resp_1");
    assertThat(found.at()).isEqualTo(Rows.NOW);
    assertThat(found.input()).asString(UTF_8).isEqualTo("{\"question\":\"resp_2\"}");
    assertThat(found.response()).asString(UTF_8).isEqualTo("{\"id\":\"resp_2\"}");
    KeptConversation conversation = responses.conversation("a", "resp_2", LONG_AGO, 9, NO_LIMIT);
    assertThat(conversation.extent()).isEqualTo(Extent.WHOLE);
    assertThat(ids(conversation)).containsExactly("resp_1", "resp_2");
    assertThat(responses.holders("a", List.of("msg_resp_1", "msg_0"), LONG_AGO, NO_LIMIT))
        .hasEntrySatisfying("msg_resp_1", holder -> assertThat(holder.id()).isEqualTo("resp_1"))
        .hasSize(1);

    assertThat(responses.find("b", "resp_2", LONG_AGO)).isEmpty();
    assertThat(responses.conversation("b", "resp_2", LONG_AGO, 9, NO_LIMIT).extent())
        .isEqualTo(Extent.UNKNOWN);
    assertThat(responses.holders("b", List.of("msg_resp_1"), LONG_AGO, NO_LIMIT)).isEmpty();
    assertThat(responses.delete("b", "resp_2")).isFalse();
  }

  @Test
  void aResponseIsFoundAtOnceWhenItIsWrittenAndAfterTheNextStartByItsOwnerOnly() {
    try (Storage storage = open()) {
      storage.responses().put(kept("a", "resp_1", null));
      storage.responses().put(kept("a", "resp_2", "resp_1"));
      checkKept(storage.responses());
      storage.responses().flush();
      checkKept(storage.responses());
    }
    try (Storage storage = open()) {
      checkKept(storage.responses());
      assertThat(storage.responses().lostRows()).isZero();
    }
  }

  @Test
  void theSameIdOfTwoOwnersIsTwoResponses() {
    try (Storage storage = open()) {
      storage.responses().put(kept("a", "resp_1", null));
      storage.responses().put(kept("b", "resp_1", null));
      storage.responses().flush();
      assertThat(storage.responses().delete("a", "resp_1")).isTrue();
      assertThat(storage.responses().find("a", "resp_1", LONG_AGO)).isEmpty();
      assertThat(storage.responses().find("b", "resp_1", LONG_AGO)).isPresent();
      assertThat(storage.responses().holders("b", List.of("msg_resp_1"), LONG_AGO, NO_LIMIT))
          .hasSize(1);
    }
  }

  @Test
  void whereNothingIsKeptThereIsNoFile() {
    try (Storage storage = open()) {
      KeptResponses responses = storage.responses();
      assertThat(responses.find("a", "resp_1", LONG_AGO)).isEmpty();
      assertThat(responses.conversation("a", "resp_1", LONG_AGO, 9, 9).extent())
          .isEqualTo(Extent.UNKNOWN);
      assertThat(responses.holders("a", List.of("msg_1"), LONG_AGO, 9)).isEmpty();
      assertThat(responses.delete("a", "resp_1")).isFalse();
      assertThat(responses.purge(Rows.NOW, 0)).isZero();
    }
    assertThat(folder.resolve("state.db")).doesNotExist();
  }

  @Test
  void whatIsDeletedIsInNoFileAnyMore() throws IOException {
    KeptResponse secret =
        new KeptResponse(
            "a",
            "resp_1",
            null,
            Rows.NOW,
            "{\"text\":\"a secret prompt\"}".repeat(400).getBytes(UTF_8),
            "{\"text\":\"a secret answer\"}".getBytes(UTF_8),
            List.of("msg_secret"));
    try (Storage storage = open()) {
      storage.responses().put(secret);
      storage.responses().flush();
    }
    assertThat(remains()).contains("secret prompt", "secret answer", "msg_secret");
    try (Storage storage = open()) {
      assertThat(storage.responses().delete("a", "resp_1")).isTrue();
      assertThat(storage.responses().delete("a", "resp_1")).isFalse();
      assertThat(storage.responses().find("a", "resp_1", LONG_AGO)).isEmpty();
      assertThat(storage.responses().holders("a", List.of("msg_secret"), LONG_AGO, NO_LIMIT))
          .isEmpty();
    }
    assertThat(remains()).doesNotContain("secret prompt", "secret answer", "msg_secret");
  }

  @Test
  void whatIsDeletedBeforeItIsWrittenIsNeverWritten() throws IOException {
    try (Storage storage = open()) {
      storage.responses().put(kept("a", "resp_1", null));
      assertThat(storage.responses().delete("a", "resp_1")).isTrue();
      storage.responses().flush();
      assertThat(storage.responses().find("a", "resp_1", LONG_AGO)).isEmpty();
      assertThat(storage.responses().delete("a", "resp_1")).isFalse();
    }
    assertThat(remains()).doesNotContain("question");
  }

  private String remains() throws IOException {
    StringBuilder remains = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        remains.append(Files.readString(file, ISO_8859_1));
      }
    }
    return remains.toString();
  }

  @Test
  void aConversationWhoseMiddleIsGoneIsBroken() {
    try (Storage storage = open()) {
      KeptResponses responses = storage.responses();
      responses.put(kept("a", "resp_1", null));
      responses.put(kept("a", "resp_2", "resp_1"));
      responses.put(kept("a", "resp_3", "resp_2"));
      responses.flush();
      assertThat(responses.delete("a", "resp_2")).isTrue();

      assertThat(responses.conversation("a", "resp_3", LONG_AGO, 9, NO_LIMIT).extent())
          .isEqualTo(Extent.BROKEN);
      assertThat(responses.conversation("a", "resp_1", LONG_AGO, 9, NO_LIMIT).extent())
          .isEqualTo(Extent.WHOLE);
    }
  }

  @Test
  void aConversationBeyondTheLimitsIsTooLongAndOneThatRunsInACircleToo() {
    try (Storage storage = open()) {
      KeptResponses responses = storage.responses();
      responses.put(kept("a", "resp_1", null));
      responses.put(kept("a", "resp_2", "resp_1"));
      responses.put(kept("a", "self", "self"));
      long bytes = 2 * kept("a", "resp_1", null).bytes();

      assertThat(responses.conversation("a", "resp_2", LONG_AGO, 2, bytes).extent())
          .isEqualTo(Extent.WHOLE);
      assertThat(responses.conversation("a", "resp_2", LONG_AGO, 1, bytes).extent())
          .isEqualTo(Extent.TOO_LONG);
      assertThat(responses.conversation("a", "resp_2", LONG_AGO, 2, bytes - 1).extent())
          .isEqualTo(Extent.TOO_LONG);
      assertThat(responses.conversation("a", "self", LONG_AGO, 100, NO_LIMIT).extent())
          .isEqualTo(Extent.TOO_LONG);
    }
  }

  @Test
  void whatIsOlderThanItMayBeIsNotFoundAndPurged() {
    Instant old = Rows.NOW.minus(Duration.ofDays(2));
    Instant since = Rows.NOW.minus(Duration.ofDays(1));
    try (Storage storage = open()) {
      KeptResponses responses = storage.responses();
      for (int i = 0; i < 1_200; i++) {
        responses.put(kept("a", "old_" + i, null, old));
      }
      responses.put(kept("a", "new", "old_1"));
      assertThat(responses.find("a", "old_1", since)).isEmpty();
      responses.flush();

      assertThat(responses.find("a", "old_1", since)).isEmpty();
      assertThat(responses.holders("a", List.of("msg_old_1"), since, NO_LIMIT)).isEmpty();
      assertThat(responses.conversation("a", "new", since, 9, NO_LIMIT).extent())
          .isEqualTo(Extent.BROKEN);
      assertThat(responses.purge(since, NO_LIMIT)).isEqualTo(1_200);
      assertThat(responses.purge(since, NO_LIMIT)).isZero();
      assertThat(responses.find("a", "new", LONG_AGO)).isPresent();
      assertThat(responses.find("a", "old_1", LONG_AGO)).isEmpty();
    }
  }

  @Test
  void beyondTheSizeTheOldestGo() {
    try (Storage storage = open()) {
      KeptResponses responses = storage.responses();
      for (int i = 0; i < 10; i++) {
        responses.put(kept("a", "resp_" + i, null, Rows.NOW.plusSeconds(i)));
      }
      responses.flush();
      long each = kept("a", "resp_0", null).bytes();

      assertThat(responses.purge(LONG_AGO, 10 * each)).isZero();
      assertThat(responses.purge(LONG_AGO, 4 * each + 1)).isEqualTo(6);
      assertThat(responses.find("a", "resp_5", LONG_AGO)).isEmpty();
      assertThat(responses.find("a", "resp_6", LONG_AGO)).isPresent();
    }
  }

  @Test
  void aLaterResponseOfTheSameIdReplacesTheEarlier() {
    KeptResponse later =
        new KeptResponse(
            "a", "resp_1", "resp_0", Rows.NOW, new byte[0], "{}".getBytes(UTF_8), List.of("msg_x"));
    for (boolean written : new boolean[] {false, true}) {
      try (Storage storage = open()) {
        storage.responses().put(kept("a", "resp_1", null));
        if (written) {
          storage.responses().flush();
        }
        storage.responses().put(later);
        storage.responses().flush();
        KeptResponse found = storage.responses().find("a", "resp_1", LONG_AGO).orElseThrow();
        assertThat(found.previousId()).isEqualTo("resp_0");
        assertThat(found.response()).asString(UTF_8).isEqualTo("{}");
      }
    }
  }

  @Test
  void anIdThatIsTooLongIsNotKept() {
    String id = "r".repeat(KeptResponses.ID_CHARS + 1);
    try (Storage storage = open()) {
      storage.responses().put(kept("a", id, null));
      storage.responses().flush();
      assertThat(storage.responses().find("a", id, LONG_AGO)).isEmpty();
    }
  }

  @Test
  void manyAtOnceKeepFindAndDeleteTheirOwn() throws Exception {
    try (Storage storage = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      KeptResponses responses = storage.responses();
      List<Future<Integer>> conversations = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String owner = "owner-" + i % 4;
        String name = "conversation-" + i + "-";
        Callable<Integer> talking =
            () -> {
              int right = 0;
              for (int turn = 0; turn < 20; turn++) {
                String previous = turn == 0 ? null : name + (turn - 1);
                responses.put(kept(owner, name + turn, previous));
                KeptConversation all =
                    responses.conversation(owner, name + turn, LONG_AGO, 99, NO_LIMIT);
                right += all.responses().size() == turn + 1 ? 1 : 0;
              }
              return right + (responses.delete(owner, name + 19) ? 1 : 0);
            };
        conversations.add(threads.submit(talking));
      }
      for (Future<Integer> conversation : conversations) {
        assertThat(conversation.get()).isEqualTo(21);
      }
      responses.flush();
      assertThat(responses.find("owner-0", "conversation-0-19", LONG_AGO)).isEmpty();
      assertThat(responses.find("owner-0", "conversation-0-18", LONG_AGO)).isPresent();
    }
  }
}
