package dev.customhouse.provider.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.provider.sandbox.Talk.Told;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Responses that are kept, read again, gone on from, cancelled and deleted. */
class KeptResponsesTest {
  private final Talk talk = new Talk();

  private JsonNode create(String input, String extra) throws Exception {
    Told told = talk.post("/v1/responses", "{\"model\":\"echo\",\"input\":" + input + extra + "}");
    assertThat(told.status()).as(told.text()).isEqualTo(200);
    return told.json();
  }

  private Told get(String id) throws Exception {
    return talk.call("GET", "/v1/responses/" + id);
  }

  @Test
  void aResponseIsReadAgainAndDeleted() throws Exception {
    JsonNode response = create("\"hi\"", "");
    String id = response.path("id").asText();

    assertThat(get(id).json()).isEqualTo(response);
    Told deleted = talk.call("DELETE", "/v1/responses/" + id);
    assertThat(deleted.json().path("deleted").asBoolean()).isTrue();
    assertThat(get(id).status()).isEqualTo(404);
    assertThat(talk.call("DELETE", "/v1/responses/" + id).status()).isEqualTo(404);
  }

  @Test
  void aStreamedResponseIsKeptAndOneThatIsNotToBeStoredIsNot() throws Exception {
    Told stream =
        talk.post("/v1/responses", "{\"model\":\"echo\",\"input\":\"hi\",\"stream\":true}");
    JsonNode last = stream.events().getLast().path("response");
    JsonNode secret = create("\"hush\"", ",\"store\":false");

    assertThat(get(last.path("id").asText()).json()).isEqualTo(last);
    assertThat(secret.path("store").asBoolean()).isFalse();
    assertThat(get(secret.path("id").asText()).status()).isEqualTo(404);
  }

  @Test
  void aConversationGoesOnFromAResponse() throws Exception {
    JsonNode first = create("\"hi\"", "");
    String extra = ",\"previous_response_id\":\"" + first.path("id").asText() + "\"";
    JsonNode second = create("[{\"role\":\"user\",\"content\":\"and now\"}]", extra);

    assertThat(second.at("/output/0/content/0/text").asText()).isEqualTo("and now");
    assertThat(second.path("previous_response_id")).isEqualTo(first.path("id"));
    // Three messages and the text of the first twice: 3 * 4 + 1 + 1 + 2.
    assertThat(second.at("/usage/input_tokens").asLong()).isEqualTo(16);
  }

  @Test
  void aResponseThatIsNotKeptCannotBeGoneOnFrom() throws Exception {
    Told told =
        talk.post(
            "/v1/responses",
            "{\"model\":\"echo\",\"input\":\"hi\",\"previous_response_id\":\"resp_0\"}");

    assertThat(told.status()).isEqualTo(400);
    assertThat(told.json().at("/error/code").asText()).isEqualTo("previous_response_not_found");
    assertThat(told.json().at("/error/param").asText()).isEqualTo("previous_response_id");
  }

  @Test
  void toolResultsAnswerTheCallOfAKeptResponse() throws Exception {
    Told call =
        talk.post(
            "/v1/responses",
            """
            {"model":"tools","input":"hi","tools":[{"type":"function","name":"clock"}]}\
            """);
    Told answer =
        talk.post(
            "/v1/responses",
            """
            {"model":"tools","previous_response_id":"%s","tools":[{"type":"function","name":"clock"}],\
            "input":[{"type":"function_call_output","call_id":"%s","output":"noon"}]}\
            """
                .formatted(
                    call.json().path("id").asText(), call.json().at("/output/0/call_id").asText()));

    assertThat(answer.json().at("/output/0/content/0/text").asText())
        .isEqualTo("The tools answered: noon");
  }

  @Test
  void inputItemsAreListedWithIdsInPages() throws Exception {
    JsonNode response =
        create(
            "[{\"role\":\"developer\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"},"
                + "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"c\"}]}]",
            "");
    String path = "/v1/responses/" + response.path("id").asText() + "/input_items";
    JsonNode newestFirst = talk.call("GET", path).json();
    JsonNode page = talk.call("GET", path + "?order=asc&limit=2").json();
    JsonNode rest =
        talk.call("GET", path + "?order=asc&after=" + page.path("last_id").asText()).json();

    assertThat(newestFirst.at("/data/0/content/0/text").asText()).isEqualTo("c");
    assertThat(page.path("data")).hasSize(2);
    assertThat(page.path("has_more").asBoolean()).isTrue();
    assertThat(page.at("/data/0/content/0/type").asText()).isEqualTo("input_text");
    assertThat(rest.path("data")).hasSize(1);
    assertThat(rest.path("has_more").asBoolean()).isFalse();
    assertThat(talk.call("GET", path + "?limit=0").status()).isEqualTo(400);
  }

  @Test
  void anItemReferenceStandsForAnItemOfAKeptResponse() throws Exception {
    JsonNode first = create("\"hi\"", "");
    String item = first.at("/output/0/id").asText();
    create(
        "[{\"type\":\"item_reference\",\"id\":\""
            + item
            + "\"},{\"role\":\"user\",\"content\":\"x\"}]",
        "");

    Told unknown =
        talk.post(
            "/v1/responses",
            "{\"model\":\"echo\",\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_0\"}]}");
    assertThat(unknown.status()).isEqualTo(404);
  }

  @Test
  void backgroundWorkIsQueuedThenDoneOrCancelled() throws Exception {
    JsonNode queued = create("\"one\"", ",\"background\":true");
    JsonNode other = create("\"two\"", ",\"background\":true");
    String cancel = "/v1/responses/" + other.path("id").asText() + "/cancel";

    assertThat(queued.path("status").asText()).isEqualTo("queued");
    assertThat(queued.path("output")).isEmpty();
    assertThat(get(queued.path("id").asText()).json().path("status").asText())
        .isEqualTo("completed");
    assertThat(talk.post(cancel, "{}").json().path("status").asText()).isEqualTo("cancelled");
    assertThat(get(other.path("id").asText()).json().path("status").asText())
        .isEqualTo("cancelled");
  }

  @Test
  void aResponseThatIsDoneCannotBeCancelled() throws Exception {
    String id = create("\"hi\"", "").path("id").asText();

    assertThat(talk.call("POST", "/v1/responses/" + id + "/cancel").status()).isEqualTo(400);
  }

  @Test
  void theOldestGoWhenTheStoreIsFull() {
    ResponseStore store = new ResponseStore();
    for (int i = 0; i <= ResponseStore.MAX_RESPONSES; i++) {
      ObjectNode response = Json.object().put("id", "resp_" + i);
      store.put(response, null, List.of(), null);
    }
    ObjectNode large =
        Json.object().put("id", "large").put("text", "x".repeat((int) ResponseStore.MAX_BYTES));

    assertThat(store.get("resp_0")).isNull();
    assertThat(store.get("resp_1")).isNotNull();
    store.put(large, null, List.of(), null);
    assertThat(store.get("large")).isNull();
    assertThat(store.get("resp_1")).isNotNull();
  }
}
