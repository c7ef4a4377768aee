package dev.customhouse.flow.recall;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.openairesponses.OpenAiResponses;
import dev.customhouse.secret.KeyHasher;
import dev.customhouse.secret.TextSeal;
import dev.customhouse.store.Origin;
import dev.customhouse.store.Storage;
import dev.customhouse.wire.AnswerWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations over legs that keep nothing, at the level of their JSON. */
class RecallTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Caller ONE = new Caller("k1", "one", null, List.of(), null, 9);
  private static final Caller OTHER = new Caller("k2", "other", null, List.of(), null, 9);
  private static final Caller TEAM_A = new Caller("k3", "a", "team", List.of(), null, 9);
  private static final Caller TEAM_B = new Caller("k4", "b", "team", List.of(), null, 9);
  private static final Leg TRANSLATED = leg(DialectId.OPENAI_CHAT);
  private static final Leg NATIVE = leg(DialectId.OPENAI_RESPONSES);
  private static final Headers JSON = Headers.of("content-type", "application/json");

  @TempDir Path folder = Path.of("");
  private @Nullable Storage opened;
  private Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

  private static Leg leg(DialectId dialect) {
    return new Leg("m", "provider", "model", 1, null, dialect);
  }

  @BeforeEach
  void open() {
    opened = Storage.open(folder, clock);
  }

  @AfterEach
  void close() {
    storage().close();
  }

  private Storage storage() {
    Storage storage = opened;
    assertThat(storage).isNotNull();
    return storage;
  }

  private Recall recall() {
    return recall(true, 1 << 20);
  }

  private Recall recall(boolean enabled, int bodyBytes) {
    return new Recall(
        storage().responses(),
        storage().origins(),
        new TextSeal(new KeyHasher(new byte[KeyHasher.PEPPER_BYTES])),
        new Settings.State(enabled, Duration.ofDays(30), 1 << 30),
        bodyBytes,
        clock);
  }

  private static Call call(String body) {
    return new OpenAiResponses()
        .read(
            new Inbound(
                "req_1",
                Operation.CHAT,
                "POST",
                "/v1/responses",
                null,
                Headers.EMPTY,
                body.getBytes(UTF_8),
                null,
                null));
  }

  private static Call call(Operation operation, String id, @Nullable String query) {
    return new OpenAiResponses()
        .read(
            new Inbound(
                "req_1",
                operation,
                "GET",
                "/v1/responses/" + id,
                query,
                Headers.EMPTY,
                new byte[0],
                null,
                id));
  }

  private static String answer(String id, String status, String output) {
    return "{\"id\":\"%s\",\"object\":\"response\",\"status\":\"%s\",\"previous_response_id\":null,\"output\":[%s]}"
        .formatted(id, status, output);
  }

  /** One turn over a translated leg with a whole answer; what the client got. */
  private String turn(Caller caller, String body, String id, String output) {
    return turn(recall(), caller, body, answer(id, "completed", output));
  }

  private static String turn(Recall recall, Caller caller, String body, String answer) {
    FakeClient client = new FakeClient();
    boolean sent =
        recall
            .recall(caller, call(body))
            .keeping(TRANSLATED, client)
            .answer(200, JSON, answer.getBytes(UTF_8));
    assertThat(sent).isTrue();
    return client.text();
  }

  private String sent(Caller caller, String body) {
    Call call = recall().recall(caller, call(body)).call();
    return new String(call.body(), UTF_8);
  }

  private JsonNode told(Caller caller, Operation operation, String id, @Nullable String query) {
    Plan answer = recall().recall(caller, call(operation, id, query)).answer();
    assertThat(answer).isInstanceOf(Plan.Kept.class);
    return Json.read(((Plan.Kept) Objects.requireNonNull(answer)).body());
  }

  private boolean knows(Caller caller, String id) {
    return recall().recall(caller, call(Operation.RESPONSE_GET, id, null)).answer() != null;
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable what,
      ErrorKind kind,
      String code,
      @Nullable String param) {
    assertThatThrownBy(what)
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(kind);
              assertThat(refusal.code()).isEqualTo(code);
              assertThat(refusal.param()).isEqualTo(param);
            });
  }

  @Test
  void aConversationIsSentWholeWithTheBytesOfItsItemsAsTheyWere() {
    String first = "{ \"role\":\"user\",  \"content\":\"caf\\u00e9\" }";
    String reasoning =
        "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"x+/=\"}";
    String said = "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[ {\"text\":\"é, [ok]\"} ]}";
    turn(
        ONE,
        "{\"model\":\"m\",\"instructions\":\"be brief\",\"input\":[" + first + "]}",
        "resp_1",
        reasoning + " , " + said);
    turn(
        ONE,
        "{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\"and?\"}",
        "resp_2",
        "{\"id\":\"msg_2\"}");

    assertThat(
            sent(
                ONE,
                "{\"previous_response_id\": \"resp_2\", \"input\": [ {\"a\":1}, {\"b\":2} ], \"model\":\"m\", \"x\": 1}"))
        .isEqualTo(
            "{\"previous_response_id\": null, \"input\": ["
                + first
                + ","
                + reasoning
                + " , "
                + said
                + ",{\"type\":\"message\",\"role\":\"user\",\"content\":\"and?\"},{\"id\":\"msg_2\"},"
                + "{\"a\":1}, {\"b\":2}], \"model\":\"m\", \"x\": 1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"m\",\"input\":[{\"n\":1}],\"previous_response_id\":\"resp_1\"}",
        "{\"previous_response_id\":\"resp_1\",\"model\":\"m\",\"input\":[{\"n\":1}]}",
        "{\"input\":[{\"n\":1}],\"previous_response_id\":\"resp_1\",\"model\":\"m\"}"
      })
  void whereverTheMembersStandTheCallIsUnderstoodAnew(String body) {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "{\"id\":\"msg_1\"}");

    Call call = recall().recall(ONE, call(body)).call();
    JsonNode sent = Json.read(new OpenAiResponses().body(call, "upstream-model", false));
    assertThat(sent.path("model").asText()).isEqualTo("upstream-model");
    assertThat(sent.path("input")).hasSize(3);
    assertThat(sent.path("previous_response_id").isNull()).isTrue();
    assertThat(call.boundTo()).isNull();
    assertThat(call.conversation()).as("turns stay together").isEqualTo("resp_1");
  }

  @Test
  void withoutNewInputTheConversationAloneIsSent() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");

    String all = "[{\"type\":\"message\",\"role\":\"user\",\"content\":\"hi\"}]";
    assertThat(sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}"))
        .isEqualTo("{\"input\":" + all + ",\"model\":\"m\",\"previous_response_id\":null}");
    assertThat(sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":[]}"))
        .isEqualTo("{\"model\":\"m\",\"previous_response_id\":null,\"input\":" + all + "}");
    assertRefused(
        () -> sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":7}"),
        ErrorKind.INVALID_REQUEST,
        "invalid_type",
        "input");
  }

  @Test
  void theAnswerSaysWhatItGoesOnFrom() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    String second =
        turn(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}", "resp_2", "");
    String unstored =
        turn(
            ONE,
            "{\"model\":\"m\",\"store\":false,\"previous_response_id\":\"resp_1\"}",
            "resp_3",
            "");
    String bare =
        turn(
            recall(),
            ONE,
            "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}",
            "{\"id\":\"resp_4\",\"status\":\"completed\"}");

    assertThat(Json.read(second.getBytes(UTF_8)).path("previous_response_id").asText())
        .isEqualTo("resp_1");
    assertThat(unstored).contains("\"previous_response_id\":\"resp_1\"");
    assertThat(bare).startsWith("{\"previous_response_id\":\"resp_1\",\"id\":\"resp_4\"");
    assertThat(told(ONE, Operation.RESPONSE_GET, "resp_2", null))
        .isEqualTo(Json.read(second.getBytes(UTF_8)));
  }

  @Test
  void aStreamIsKeptByItsLastEventAndAllItsEventsSayWhatTheyGoOnFrom() throws Exception {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    FakeClient client = new FakeClient();
    AnswerWriter keeper =
        recall()
            .recall(
                ONE,
                call(
                    "{\"model\":\"m\",\"stream\":true,\"input\":\"go on\",\"previous_response_id\":\"resp_1\"}"))
            .keeping(TRANSLATED, client);
    String created =
        event("response.created", "\"response\":" + answer("resp_2", "in_progress", ""));
    String delta = event("response.output_text.delta", "\"delta\":\"\\\"response\\\": no\"");
    String completed =
        event(
            "response.completed",
            "\"response\":" + answer("resp_2", "completed", "{\"id\":\"i\"}"));
    keeper.begin(200, Headers.EMPTY);
    write(keeper, created);
    assertThat(knows(ONE, "resp_2")).isFalse();
    write(keeper, delta);
    write(keeper, delta + completed);
    keeper.end();

    assertThat(client.text())
        .isEqualTo(
            (created + delta + delta + completed)
                .replace("\"previous_response_id\":null", "\"previous_response_id\":\"resp_1\""));
    assertThat(told(ONE, Operation.RESPONSE_GET, "resp_2", null).path("output")).hasSize(1);
    assertThat(told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_2", null).path("data")).hasSize(1);
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":0,%s}\n\n"
        .formatted(type, type, members);
  }

  private static void write(AnswerWriter writer, String text) throws InterruptedException {
    byte[] bytes = ("??" + text).getBytes(UTF_8);
    writer.write(bytes, 2, bytes.length - 2);
  }

  @Test
  void aStreamOfAConversationThatBeginsPassesByteForByte() throws Exception {
    FakeClient client = new FakeClient();
    AnswerWriter keeper =
        recall()
            .recall(ONE, call("{\"model\":\"m\",\"stream\":true,\"input\":\"hi\"}"))
            .keeping(TRANSLATED, client);
    String text =
        ": a comment\n\ndata: not json \"response\":\n\n"
            + event("response.incomplete", "\"response\":" + answer("resp_1", "incomplete", ""))
            + "data: [DONE]\n\n: \"response\": without an end";
    write(keeper, text);

    assertThat(client.text()).isEqualTo(text);
    assertThat(knows(ONE, "resp_1")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"failed", "in_progress", "cancelled", "queued"})
  void whatDidNotComeToItsEndIsNotKept(String status) {
    turn(recall(), ONE, "{\"model\":\"m\",\"input\":\"hi\"}", answer("resp_1", status, ""));

    assertThat(knows(ONE, "resp_1")).isFalse();
  }

  @Test
  void neitherErrorsNorWhatIsNotToBeStoredNorWhatTheProviderKeepsIsKept() {
    String body = "{\"model\":\"m\",\"input\":\"hi\"}";
    byte[] whole = answer("resp_1", "completed", "").getBytes(UTF_8);
    FakeClient client = new FakeClient();
    Recollection memory = recall().recall(ONE, call(body));

    assertThat(memory.keeping(NATIVE, client)).isSameAs(client);
    assertThat(memory.keeping(TRANSLATED, client).answer(400, JSON, whole)).isTrue();
    assertThat(memory.keeping(TRANSLATED, client).answer(200, JSON, whole))
        .as("a head was sent")
        .isFalse();
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\",\"store\":false}", "resp_1", "");
    turn(recall(false, 1 << 20), ONE, body, answer("resp_1", "completed", ""));
    turn(recall(), ONE, body, "{\"status\":\"completed\"}");
    assertThat(knows(ONE, "resp_1")).isFalse();

    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\",\"store\":null}", "resp_1", "");
    assertThat(knows(ONE, "resp_1")).isTrue();
  }

  @Test
  void whereNothingIsKeptNothingIsKnown() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    Recall off = recall(false, 1 << 20);
    Call call = call("{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\"x\"}");

    assertThat(off.recall(ONE, call).call()).isSameAs(call);
    assertThat(off.recall(ONE, call(Operation.RESPONSE_GET, "resp_1", null)).answer()).isNull();
  }

  @Test
  void aProjectSharesWhatItKeepsAndNobodyElseSeesIt() {
    turn(TEAM_A, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "{\"id\":\"msg_1\"}");
    turn(ONE, "{\"model\":\"m\",\"input\":\"ho\"}", "resp_2", "");
    String going = "{\"model\":\"m\",\"previous_response_id\":\"%s\",\"input\":\"x\"}";
    String naming = "{\"model\":\"m\",\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}";
    Caller sneaky = new Caller("team", "sneaky", "k1", List.of(), null, 9);

    assertThat(sent(TEAM_B, going.formatted("resp_1"))).contains("\"hi\"");
    assertThat(sent(TEAM_B, naming)).contains("[{\"id\":\"msg_1\"}]");
    assertThat(knows(TEAM_B, "resp_1")).isTrue();
    for (Caller stranger : List.of(ONE, OTHER, sneaky)) {
      assertThat(sent(stranger, going.formatted("resp_1"))).isEqualTo(going.formatted("resp_1"));
      assertThat(sent(stranger, naming)).isEqualTo(naming);
      assertThat(knows(stranger, "resp_1")).isFalse();
      for (Operation operation :
          List.of(
              Operation.RESPONSE_DELETE,
              Operation.RESPONSE_CANCEL,
              Operation.RESPONSE_INPUT_ITEMS)) {
        assertThat(recall().recall(stranger, call(operation, "resp_1", null)).answer()).isNull();
      }
    }
    for (Caller stranger : List.of(OTHER, TEAM_A, sneaky)) {
      assertThat(knows(stranger, "resp_2")).isFalse();
    }
    assertThat(knows(TEAM_A, "resp_1")).isTrue();
  }

  @Test
  void anUnknownPreviousResponseAndOneThatAProviderKeepsAreLeftToTheRouter() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    storage().origins().put("resp_1", new Origin("k1", "openai", "key", "gpt", NOW));
    Call unknown = call("{\"model\":\"m\",\"previous_response_id\":\"resp_9\",\"input\":\"x\"}");
    Call elsewhere = call("{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\"x\"}");

    assertThat(recall().recall(ONE, unknown).call()).isSameAs(unknown);
    assertThat(recall().recall(ONE, elsewhere).call()).isSameAs(elsewhere);
    assertThat(knows(ONE, "resp_1")).isFalse();
  }

  @Test
  void aConversationWithAGapIsRefused() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    turn(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}", "resp_2", "");
    assertThat(told(ONE, Operation.RESPONSE_DELETE, "resp_1", null).path("deleted").asBoolean())
        .isTrue();

    assertRefused(
        () -> sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_2\"}"),
        ErrorKind.INVALID_REQUEST,
        "previous_response_not_found",
        "previous_response_id");
  }

  @Test
  void whatIsOlderThanTheRetentionIsGone() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "");
    clock = Clock.offset(clock, Duration.ofDays(30));
    assertThat(knows(ONE, "resp_1")).isTrue();
    clock = Clock.offset(clock, Duration.ofMillis(1));

    assertThat(knows(ONE, "resp_1")).isFalse();
    String body = "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}";
    assertThat(sent(ONE, body)).isEqualTo(body);
  }

  @Test
  void conversationsOutlastARestart() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "{\"id\":\"msg_1\"}");
    storage().close();
    open();

    assertThat(sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":[]}"))
        .contains("\"hi\"", "{\"id\":\"msg_1\"}");
    assertThat(
            sent(
                ONE,
                "{\"model\":\"m\",\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}"))
        .isEqualTo("{\"model\":\"m\",\"input\":[{\"id\":\"msg_1\"}]}");
  }

  @Test
  void aConversationMayHaveWhatABodyMayHave() {
    turn(ONE, "{\"model\":\"m\",\"input\":\"" + "x".repeat(900) + "\"}", "resp_1", "");
    String body =
        "{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\""
            + "y".repeat(900)
            + "\"}";
    int whole = recall().recall(ONE, call(body)).call().body().length;

    assertThat(recall(true, whole).recall(ONE, call(body)).call().body()).hasSize(whole);
    for (int less : new int[] {whole - 1, 800}) {
      assertRefused(
          () -> recall(true, less).recall(ONE, call(body)),
          ErrorKind.CONTEXT_TOO_LONG,
          "context_length_exceeded",
          "previous_response_id");
    }
  }

  @Test
  void aConversationOfTooManyResponsesIsRefused() {
    String previous = "";
    for (int i = 0; i <= Recall.RESPONSES; i++) {
      String body = "{\"model\":\"m\",\"input\":\"x\"}";
      storage()
          .responses()
          .put(
              new dev.customhouse.store.KeptResponse(
                  "key:k1",
                  "resp_" + i,
                  previous.isEmpty() ? null : previous,
                  NOW,
                  body.getBytes(UTF_8),
                  answer("resp_" + i, "completed", "").getBytes(UTF_8),
                  List.of()));
      previous = "resp_" + i;
    }
    String body = "{\"model\":\"m\",\"previous_response_id\":\"resp_%d\"}";

    assertThat(
            Json.read(sent(ONE, body.formatted(Recall.RESPONSES - 1)).getBytes(UTF_8))
                .path("input"))
        .hasSize(Recall.RESPONSES);
    assertRefused(
        () -> sent(ONE, body.formatted(Recall.RESPONSES)),
        ErrorKind.CONTEXT_TOO_LONG,
        "context_length_exceeded",
        "previous_response_id");
  }

  @Test
  void itemsThatAreOnlyNamedAreSentWholeAndKeptWhole() {
    String call = "{\"id\":\"fc_1\",\"type\":\"function_call\",\"arguments\":\"{\\\"a\\\": 1.0}\"}";
    turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "{\"id\":\"rs_1\"}," + call);
    String body =
        "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"item_reference\"},"
            + " {\"type\":\"item_reference\",\"id\":\"fc_1\"}, {\"type\":\"item_reference\",\"id\":\"fc_9\"},"
            + "{\"type\":\"function_call_output\",\"output\":\"noon\"}]}";

    assertThat(sent(ONE, body))
        .isEqualTo(
            "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"item_reference\"},"
                + call
                + ",{\"type\":\"item_reference\",\"id\":\"fc_9\"},"
                + "{\"type\":\"function_call_output\",\"output\":\"noon\"}]}");
    turn(ONE, body, "resp_2", "");
    assertThat(
            told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_2", "order=asc")
                .at("/data/1/id")
                .asText())
        .isEqualTo("fc_1");
    assertThat(sent(ONE, "{\"model\":\"m\",\"previous_response_id\":\"resp_2\"}")).contains(call);
  }

  @Test
  void tooManyNamedItemsAreRefused() {
    StringBuilder items = new StringBuilder();
    for (int i = 0; i <= Recall.REFERENCES; i++) {
      items
          .append(i == 0 ? "" : ",")
          .append("{\"type\":\"item_reference\",\"id\":\"i%d\"}".formatted(i));
    }

    assertRefused(
        () -> sent(ONE, "{\"model\":\"m\",\"input\":[" + items + "]}"),
        ErrorKind.INVALID_REQUEST,
        "too_many_references",
        "input");
  }

  @Test
  void aKeptResponseIsReadDeletedAndNotFoundAnyMore() {
    String whole = turn(ONE, "{\"model\":\"m\",\"input\":\"hi\"}", "resp_1", "{\"id\":\"a\"}");

    assertThat(told(ONE, Operation.RESPONSE_GET, "resp_1", null))
        .isEqualTo(Json.read(whole.getBytes(UTF_8)));
    assertRefused(
        () -> told(ONE, Operation.RESPONSE_CANCEL, "resp_1", null),
        ErrorKind.INVALID_REQUEST,
        "response_not_in_background",
        null);
    assertThat(told(ONE, Operation.RESPONSE_DELETE, "resp_1", null).toString())
        .isEqualTo("{\"id\":\"resp_1\",\"object\":\"response\",\"deleted\":true}");
    assertThat(knows(ONE, "resp_1")).isFalse();
  }

  @Test
  void inputItemsAreListedInPagesWithIdsThatStayTheSame() {
    turn(
        ONE,
        "{\"model\":\"m\",\"input\":[{\"role\":\"developer\",\"content\":\"a\"},"
            + "{\"id\":\"msg_own\",\"role\":\"assistant\",\"content\":\"b\"},"
            + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"d\"}]}",
        "resp_1",
        "");
    JsonNode all = told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_1", null);
    JsonNode page = told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_1", "order=asc&limit=2");
    JsonNode rest =
        told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_1", "limit=2&order=asc&after=msg_own");

    assertThat(all.toString())
        .isEqualTo(
            "{\"object\":\"list\",\"data\":["
                + "{\"id\":\"fco_1_2\",\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"d\"},"
                + "{\"id\":\"msg_own\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"b\"}],\"status\":\"completed\"},"
                + "{\"id\":\"msg_1_0\",\"type\":\"message\",\"role\":\"developer\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"}],\"status\":\"completed\"}],"
                + "\"first_id\":\"fco_1_2\",\"last_id\":\"msg_1_0\",\"has_more\":false}");
    assertThat(page.path("first_id").asText()).isEqualTo("msg_1_0");
    assertThat(page.path("has_more").asBoolean()).isTrue();
    assertThat(rest.path("data")).hasSize(1);
    assertThat(rest.path("has_more").asBoolean()).isFalse();
    for (String wrong :
        List.of("limit=0", "limit=101", "limit=x", "order=up", "after=msg_unknown")) {
      assertRefused(
          () -> told(ONE, Operation.RESPONSE_INPUT_ITEMS, "resp_1", wrong),
          ErrorKind.INVALID_REQUEST,
          "invalid_value",
          wrong.substring(0, wrong.indexOf('=')));
    }
  }

  @Test
  void callsOfOtherDialectsPassUntouched() {
    Call read = call("{\"model\":\"m\",\"input\":\"hi\"}");
    Call chat =
        new Call(
            read.requestId(),
            Operation.CHAT,
            DialectId.OPENAI_CHAT,
            "POST",
            "/v1/chat/completions",
            null,
            Headers.EMPTY,
            read.body(),
            "m",
            null,
            false,
            false,
            Call.Marks.NONE,
            null,
            "resp_1");
    FakeClient client = new FakeClient();
    Recollection memory = recall().recall(ONE, chat);

    assertThat(memory.call()).isSameAs(chat);
    assertThat(memory.keeping(leg(DialectId.ANTHROPIC_MESSAGES), client)).isSameAs(client);
  }

  @Test
  void conversationsAtTheSameTimeDoNotMix() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> last = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        String name = "c" + i + "_";
        Caller caller = new Caller("key" + i % 3, "x", null, List.of(), null, 9);
        last.add(
            threads.submit(() -> {
              for (int turn = 0; turn < 10; turn++) {
                String previous =
                    turn == 0
                        ? ""
                        : ",\"previous_response_id\":\"resp_%s%d\"".formatted(name, turn - 1);
                turn(
                    caller,
                    "{\"model\":\"m\",\"input\":[\"%s%d\"]%s}".formatted(name, turn, previous),
                    "resp_" + name + turn,
                    "");
              }
              return sent(
                  caller,
                  "{\"previous_response_id\":\"resp_%s9\",\"model\":\"m\",\"input\":[]}"
                      .formatted(name));
            }));
      }
      for (int i = 0; i < 24; i++) {
        StringBuilder expected = new StringBuilder();
        for (int turn = 0; turn < 10; turn++) {
          expected.append(turn == 0 ? "" : ",").append("\"c" + i + "_" + turn + "\"");
        }
        assertThat(last.get(i).get()).contains("\"input\":[" + expected + "]");
      }
    }
  }
}
