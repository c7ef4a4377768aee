package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.Headers;
import dev.customhouse.config.Settings;
import dev.customhouse.secret.KeyFormat;
import dev.customhouse.secret.Secret;
import dev.customhouse.store.KeyRow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRoutesTest {
  private static final String KEYS = "/admin/v1/keys";
  private static final String STATIC_KEY = "a-static-key-of-the-configuration-file";

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

  private JsonNode make(String body) {
    FakeExchange made = house.ask("POST", KEYS, body);
    assertThat(made.status).as(made.text).isEqualTo(201);
    return made.json();
  }

  private void configure(String... names) {
    house.keys.replaceManaged(
        List.of(names).stream()
            .map(name ->
                new Settings.Key(
                    name, new Settings.SecretRef(name), null, List.of("gpt-*"), null, 2, null))
            .toList(),
        reference -> new Secret(STATIC_KEY + reference.reference()));
  }

  @Test
  void aKeyIsMadeShownOnceAndCountsAtOnce() {
    FakeExchange made =
        house.ask(
            "POST",
            KEYS,
            """
            {"name": "Büro", "project": "p1", "models": ["gpt-*", "claude"],
             "limits": {"rpm": 60, "concurrent_streams": 4}, "expires_in_days": 1}
            """);

    assertThat(made.status).isEqualTo(201);
    JsonNode node = made.json();
    String id = node.path("id").asText();
    String key = node.path("key").asText();
    assertThat(id).matches("key_[0-9a-f]{24}");
    assertThat(made.answered.get("location")).isEqualTo(KEYS + "/" + id);
    assertThat(KeyFormat.isWellFormed(key)).isTrue();
    assertThat(node.path("hint").asText()).isEqualTo(KeyFormat.hint(key));
    assertThat(node.path("expires_at").asText()).isEqualTo("2026-11-22T12:00:00Z");
    assertThat(node.path("limits").toString()).isEqualTo("{\"rpm\":60,\"concurrent_streams\":4}");

    Caller caller = house.keyring.identify(key);
    assertThat(caller.keyId()).isEqualTo(id);
    assertThat(caller.keyName()).isEqualTo("Büro");
    assertThat(caller.project()).isEqualTo("p1");
    assertThat(caller.mayUse("gpt-5")).isTrue();
    assertThat(caller.mayUse("gemini")).isFalse();
    assertThat(caller.requestsPerMinute()).isEqualTo(60);
    assertThat(caller.concurrentStreams()).isEqualTo(4);

    JsonNode again = house.ask("GET", KEYS + "/" + id).json();
    assertThat(again.has("key")).isFalse();
    assertThat(again.path("state").asText()).isEqualTo("active");
    assertThat(again.path("managed_by").asText()).isEqualTo("admin_api");

    house.clock.move(Duration.ofDays(1));
    assertThatThrownBy(() -> house.keyring.identify(key)).hasMessageContaining("expired");
    assertThat(house.ask("GET", KEYS + "/" + id).json().path("state").asText())
        .isEqualTo("expired");
  }

  @Test
  void aBareKeyMayAskForEverythingAndExpiresIn90Days() {
    JsonNode node =
        make("{\"name\": \"n\", \"project\": null, \"models\": null, \"limits\": null}");
    assertThat(node.path("expires_at").asText()).isEqualTo("2027-02-19T12:00:00Z");
    assertThat(node.path("models")).isEmpty();
    Caller caller = house.keyring.identify(node.path("key").asText());
    assertThat(caller.mayUse("anything")).isTrue();
    assertThat(caller.requestsPerMinute()).isNull();
    assertThat(caller.concurrentStreams()).isEqualTo(House.DEFAULT_STREAMS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'expires_in_days': 0          | null",
        "'expires_in_days': null       | null",
        "'expires_at': null            | null",
        "'expires_in_days': 36500      | 2126-10-28T12:00:00Z",
        "'expires_at': '2026-11-21T14:00:00+01:00' | 2026-11-21T13:00:00Z",
        "'expires_at': '9999-12-31T23:59:59.999Z'  | 9999-12-31T23:59:59.999Z",
      },
      quoteCharacter = '~')
  void theTimeOfExpiryIsWhatWasAskedFor(String field, String expected) {
    JsonNode node = make("{\"name\": \"n\", " + field.replace('\'', '"') + "}");
    assertThat(node.path("expires_at").asText()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}                                       | name is missing; expected 1 to 256 characters",
        "{'name': null}                           | name is missing",
        "{'name': '  '}                           | name is a text of 2 characters",
        "{'name': 'a\\nb'}                        | none of them a control character",
        "{'name': '\\ud800'}                      | name is a text of 1 characters",
        "{'name': 7}                              | name is the number 7; expected 1 to 256",
        "{'name': 'n', 'limit': {}}               | unknown field \"limit\"; expected one of [expires_at,",
        "{'name': 'n', 'limits': {'tpm': 1}}      | unknown field \"limits.tpm\"; expected one of",
        "{'name': 'n', 'limits': []}              | limits is an array of 0; expected an object",
        "{'name': 'n', 'limits': {'rpm': 0}}      | limits.rpm is the number 0; expected a whole number from 1 to 1000000000",
        "{'name': 'n', 'limits': {'rpm': 1.5}}    | limits.rpm is the number 1.5; expected",
        "{'name': 'n', 'limits': {'rpm': 99999999999}} | limits.rpm is the number 99999999999",
        "{'name': 'n', 'limits': {'rpm': '60'}}   | limits.rpm is \"60\"; expected a whole number",
        "{'name': 'n', 'limits': {'concurrent_streams': -1}} | limits.concurrent_streams is the number -1",
        "{'name': 'n', 'project': 'a b'}          | project is \"a b\"; expected a name",
        "{'name': 'n', 'project': ''}             | project is \"\"; expected a name",
        "{'name': 'n', 'models': 'gpt'}           | models is \"gpt\"; expected an array",
        "{'name': 'n', 'models': ['a', 1]}        | models[1] is the number 1; expected a model name",
        "{'name': 'n', 'models': ['a', 'b**']}    | models[1] is \"b**\"; expected a model name",
        "{'name': 'n', 'models': ['']}            | models[0] is \"\"; expected a model name",
        "{'name': 'n', 'models': ['a b']}         | models[0] is \"a b\"",
        "{'name': 'n', 'expires_in_days': -1}     | expires_in_days is the number -1; expected a whole number from 0 to 36500",
        "{'name': 'n', 'expires_in_days': true}   | expires_in_days is true; expected",
        "{'name': 'n', 'expires_at': 'tomorrow'}  | expires_at is \"tomorrow\"; expected a time as RFC 3339",
        "{'name': 'n', 'expires_at': '2026-11-21T12:00:00Z'} | in the future",
        "{'name': 'n', 'expires_at': '+10000-01-01T00:00:00Z'} | expires_at is \"+10000",
        "{'name': 'n', 'expires_at': '2027-02-30T00:00:00Z'} | expires_at is \"2027-02-30",
        "{'name': 'n', 'expires_at': 1800000000}  | expires_at is the number 1800000000",
        "{'name': 'n', 'expires_at': null, 'expires_in_days': 1} | one of the two",
        "{'name': 'n', 'name': 'm'}               | has a field twice: line 1, column",
        "{'name': 'n'} x                          | no valid JSON",
        "{'name': 'n'                             | no valid JSON",
        "['name']                                 | not a JSON object",
        "~~                                       | not a JSON object",
      })
  void aWrongFieldIsToldByNameAndValue(String body, String message) {
    FakeExchange refused = house.ask("POST", KEYS, body.replace('\'', '"'));
    assertThat(refused.status).isEqualTo(400);
    assertThat(refused.json().path("error").path("type").asText())
        .isEqualTo("invalid_request_error");
    assertThat(refused.message()).contains(message);
    assertThat(house.storage.keys().all()).isEmpty();
  }

  @Test
  void aBodyBeyondTheLimitOrInAnUnknownCodingIsRefused() {
    String large = "{\"name\": \"" + "n".repeat(Ask.BODY_BYTES) + "\"}";
    assertThat(house.ask("POST", KEYS, large).status).isEqualTo(413);
    String deep = "{\"models\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
    assertThat(house.ask("POST", KEYS, deep).status).isEqualTo(400);
    Headers coded = Headers.of("x-admin-token", house.token, "content-encoding", "rot13");
    FakeExchange odd = new FakeExchange("POST", KEYS, coded, "{}", "127.0.0.1");
    assertThat(house.ask(house.api, odd).status).isEqualTo(415);
  }

  @Test
  void aClientThatLeavesGetsNoAnswer() {
    FakeExchange gone =
        new FakeExchange("POST", KEYS, Headers.of("x-admin-token", house.token), "{}", "127.0.0.1");
    gone.leaves = true;
    house.api.handle(gone);
    assertThat(gone.status).isZero();
    assertThat(gone.aborted).isTrue();
  }

  @Test
  void aRevokedKeyIsRefusedAtOnceAndStaysSo() {
    JsonNode made = make("{\"name\": \"n\"}");
    String key = made.path("key").asText();
    String path = KEYS + "/" + made.path("id").asText();
    assertThat(house.keyring.identify(key).keyName()).isEqualTo("n");

    FakeExchange revoked = house.ask("DELETE", path);
    assertThat(revoked.status).isEqualTo(200);
    assertThat(revoked.json().path("state").asText()).isEqualTo("revoked");
    assertThat(revoked.json().path("revoked_at").asText()).isEqualTo("2026-11-21T12:00:00Z");
    assertThatThrownBy(() -> house.keyring.identify(key))
        .hasMessageContaining("was revoked at 2026-11-21T12:00:00Z");

    house.clock.move(Duration.ofHours(1));
    assertThat(house.ask("DELETE", path).text).isEqualTo(revoked.text);
    assertThatThrownBy(() -> house.keyring.identify(key))
        .hasMessageContaining("was revoked at 2026-11-21T12:00:00Z");

    house.close();
    house = new House(folder);
    house.keys.loadAll();
    assertThatThrownBy(() -> house.keyring.identify(key)).hasMessageContaining("was revoked");
  }

  @Test
  void storedKeysCountAfterAStart() {
    String key = make("{\"name\": \"n\"}").path("key").asText();
    house.close();
    house = new House(folder);
    assertThatThrownBy(() -> house.keyring.identify(key)).hasMessageContaining("not known");
    house.keys.loadAll();
    assertThat(house.keyring.identify(key).concurrentStreams()).isEqualTo(House.DEFAULT_STREAMS);
  }

  @Test
  void aKeyThatCannotBeStoredDoesNotCount() {
    house.storage.close();
    FakeExchange failed = house.ask("POST", KEYS, "{\"name\": \"n\"}");
    assertThat(failed.status).isEqualTo(503);
    assertThat(failed.code()).isEqualTo("storage_unavailable");
    assertThat(failed.text).doesNotContain("sk-ch-", folder.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"key_none", "a.b_c:d-e", "static:none"})
  void anIdThatNothingHasIsNamed(String id) {
    for (String method : List.of("GET", "DELETE")) {
      FakeExchange answer = house.ask(method, KEYS + "/" + id);
      assertThat(answer.status).isEqualTo(404);
      assertThat(answer.message()).isEqualTo("No key has the id \"" + id + "\".");
    }
  }

  @Test
  void keysOfTheConfigurationAreListedAndCannotBeRevoked() {
    configure("ci", "batch");
    JsonNode list = house.ask("GET", KEYS).json();
    assertThat(ids(list)).containsExactly("static:batch", "static:ci");
    assertThat(list.path("data").path(0).path("managed_by").asText()).isEqualTo("configuration");

    FakeExchange one = house.ask("GET", KEYS + "/static:ci");
    assertThat(one.json().path("limits").path("concurrent_streams").asInt()).isEqualTo(2);
    FakeExchange refused = house.ask("DELETE", KEYS + "/static:ci");
    assertThat(refused.status).isEqualTo(409);
    assertThat(refused.code()).isEqualTo("managed_by_configuration");
    assertThat(refused.message())
        .isEqualTo("The key 'ci' belongs to the configuration file; take it out there.");
    assertThat(house.keyring.identify(STATIC_KEY + "ci").keyId()).isEqualTo("static:ci");

    configure("batch");
    assertThat(house.ask("GET", KEYS + "/static:ci").status).isEqualTo(404);
    assertThatThrownBy(() -> house.keyring.identify(STATIC_KEY + "ci"))
        .hasMessageContaining("not known");
    assertThat(String.join("\n", house.answers)).doesNotContain(STATIC_KEY);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 1000})
  void pagesMeetWithoutGapOrOverlapAcrossBothKindsOfKeys(int limit) {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      expected.addFirst(make("{\"name\": \"n" + i + "\"}").path("id").asText());
      house.clock.move(Duration.ofSeconds(1));
    }
    configure("a", "b");
    expected.addAll(List.of("static:a", "static:b"));

    List<String> seen = new ArrayList<>();
    @Nullable String after = null;
    do {
      JsonNode page =
          house
              .ask("GET", KEYS + "?limit=" + limit + (after == null ? "" : "&after=" + after))
              .json();
      assertThat(page.path("data").size()).isBetween(1, limit);
      seen.addAll(ids(page));
      after = page.path("next").textValue();
      assertThat(page.path("has_more").asBoolean()).isEqualTo(after != null);
    } while (after != null);
    assertThat(seen).containsExactlyElementsOf(expected);
  }

  @Test
  void aSearchTakesWildcardsLiterally() {
    make("{\"name\": \"100% Büro_ÜBER\"}");
    make("{\"name\": \"1000 buroXuber\"}");
    configure("ci_100");

    assertThat(names("100%25")).containsExactly("100% Büro_ÜBER");
    assertThat(names("_")).containsExactly("100% Büro_ÜBER", "ci_100");
    assertThat(names("b%C3%BCRO")).containsExactly("100% Büro_ÜBER");
    assertThat(names("100")).hasSize(3);
    assertThat(names("'+OR+1=1+--")).isEmpty();
    FakeExchange endless = house.ask("GET", KEYS + "?search=" + "%25".repeat(257));
    assertThat(endless.status).isEqualTo(400);
    assertThat(endless.message())
        .isEqualTo(
            "search has 257 characters; expected at most 256, none of them a control character.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limit=0        | limit is \"0\"; expected 1 to 1000",
        "limit=1001     | limit is \"1001\"; expected 1 to 1000",
        "limit=-1       | limit is \"-1\"; expected 1 to 1000",
        "limit=99999999999 | limit is \"99999999999\"",
        "limit=ten      | limit is \"ten\"",
        "limit=1&limit=2 | limit comes twice; expected once",
        "after=nobody   | after is \"nobody\", which no key has",
        "serach=x       | unknown query parameter \"serach\"; expected one of [limit, after, search]",
        "search=%zz     | search",
        "search=a%00    | control character",
        "a%sb=1         | \"a%sb=1\" is not percent-encoded",
        "a%0Ab=1        | unknown query parameter \"a?b\"",
        "=1             | unknown query parameter \"\"",
      })
  void aWrongParameterIsToldByNameAndValue(String query, String message) {
    FakeExchange refused = house.ask("GET", KEYS + "?" + query);
    assertThat(refused.status).isEqualTo(400);
    assertThat(refused.message()).contains(message);
  }

  @Test
  void noAnswerButTheOneThatIssuesAKeyHoldsItOrItsHash() {
    String key = make("{\"name\": \"n\"}").path("key").asText();
    house.answers.clear();
    configure("ci");
    KeyRow row = house.storage.keys().all().getFirst();
    String path = KEYS + "/" + row.id();

    house.ask("GET", KEYS);
    house.ask("GET", path);
    house.ask("DELETE", path);
    house.ask("GET", KEYS + "/" + key);
    house.ask("DELETE", KEYS + "/" + key);
    house.ask("GET", "/admin/v1/requests/" + key + "/explain");
    house.ask("GET", KEYS + "?search=" + key);
    house.ask("GET", KEYS + "?after=" + key);
    house.ask("GET", KEYS + "?limit=" + key);
    house.ask("GET", KEYS + "?" + key);
    house.ask("GET", "/admin/v1/requests?key_id=" + key);
    house.ask("GET", "/admin/v1/requests?cursor=" + key);
    house.ask("GET", "/admin/v1/usage?group_by=" + key);
    house.ask("POST", KEYS, "{\"name\": \"n\", \"" + key + "\": 1}");
    house.ask("POST", KEYS, "{\"name\": \"n\", \"project\": \"" + key + " \"}");
    house.ask("POST", KEYS, "{\"name\": \"n\", \"expires_at\": \"" + key + "\"}");
    house.ask("POST", KEYS, key);
    house.ask("GET", "/admin/v1/" + key);

    byte[] hash = row.hash().toBytes();
    assertThat(house.answers).hasSize(18);
    assertThat(String.join("\n", house.answers))
        .doesNotContain(key)
        .doesNotContain(key.substring(6, 26))
        .doesNotContain(HexFormat.of().formatHex(hash))
        .doesNotContain(java.util.Base64.getEncoder().encodeToString(hash).substring(0, 40))
        .doesNotContain(house.token)
        .doesNotContain(house.storage.adminToken().get().orElseThrow())
        .doesNotContain(STATIC_KEY);
  }

  private static List<String> ids(JsonNode page) {
    List<String> ids = new ArrayList<>();
    page.path("data").forEach(row -> ids.add(row.path("id").asText()));
    return ids;
  }

  private List<String> names(String search) {
    FakeExchange page = house.ask("GET", KEYS + "?search=" + search);
    assertThat(page.status).as(page.text).isEqualTo(200);
    List<String> names = new ArrayList<>();
    page.json().path("data").forEach(row -> names.add(row.path("name").asText()));
    return names;
  }
}
