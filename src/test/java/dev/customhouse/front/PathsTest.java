package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathsTest {
  private static final String CHAT =
      "{\"model\":\"sandbox/echo\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

  private static House house;

  @BeforeAll
  static void open() {
    house = House.sandbox();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static Answer raw(String method, String target, String... fields) {
    try (RawHttp client = RawHttp.to(house.gateway().port())) {
      StringBuilder head = new StringBuilder();
      head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: gw.test\r\n");
      head.append("Authorization: Bearer ").append(House.KEY).append("\r\n");
      for (String field : fields) {
        head.append(field).append("\r\n");
      }
      return client.send(head.append("\r\n").toString()).answer();
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat/completions",
        "/chat/completions",
        "/v1/v1/chat/completions",
        "/v1/chat/completions/",
        "//v1//chat//completions",
        "/v1/v1/v1/chat/completions//"
      })
  void theUsualMistakesInABaseUrlDoNotMatter(String path) {
    assertThat(house.post(path, CHAT).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat/completions/chat/completions",
        "/v1/chat/completions/models",
        "/api/chat/completions",
        "/v1",
        "/v1/",
        "/openai/v1/models",
        "/v1/../admin/v1/keys",
        "/v1/%2e%2e/admin/v1/keys",
        "/v1/chat%2fcompletions",
        "/V1/chat/completions"
      })
  void whatLeadsNowhereIsAnsweredWithTheRightBaseUrl(String path) throws IOException {
    for (String method : List.of("GET", "POST")) {
      Answer answer = raw(method, path, "Content-Length: 0");

      assertThat(answer.status()).isEqualTo(404);
      assertThat(json(answer.body()).at("/error/message").asText())
          .contains("http(s)://gw.test/v1");
      assertThat(answer.header("x-should-retry")).isEqualTo("false");
      assertThat(answer.header("x-request-id")).startsWith("req_");
    }
  }

  @Test
  void theRootSaysWhatThisIs() throws IOException {
    Answer answer = raw("GET", "/", "Accept: text/html");

    assertThat(answer.status()).isEqualTo(200);
    JsonNode body = json(answer.body());
    assertThat(body.path("service").asText()).isEqualTo("Customhouse");
    assertThat(body.at("/base_urls/openai").asText()).isEqualTo("http(s)://gw.test/v1");
    assertThat(body.path("health").asText()).isEqualTo("/healthz");
    assertThat(raw("HEAD", "/").status()).isEqualTo(200);
    assertThat(raw("POST", "/", "Content-Length: 0").status()).isEqualTo(404);
  }

  @Test
  void aHeadIsAGetWithoutItsBody() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(house.root() + "/v1/models"))
            .header("authorization", "Bearer " + House.KEY)
            .HEAD()
            .build();
    HttpResponse<String> answer = house.send(request);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /v1/chat/completions                  | POST, OPTIONS",
        "DELETE | /v1/messages                          | POST, OPTIONS",
        "GET    | /v1/models/m:generateContent          | POST, OPTIONS",
        "POST   | /v1/models                            | GET, HEAD, OPTIONS",
        "DELETE | /v1/models/m                          | GET, HEAD, OPTIONS",
        "POST   | /v1/responses/resp_1                  | GET, HEAD, DELETE, OPTIONS",
        "GET    | /v1/responses/resp_1/cancel           | POST, OPTIONS",
        "POST   | /v1/responses/resp_1/input_items      | GET, HEAD, OPTIONS",
        "TRACE  | /                                     | GET, HEAD, OPTIONS",
        "PUT    | /v1/chat/completions                  | POST, OPTIONS",
        "PATCH  | /nowhere                              | GET, HEAD, POST, DELETE, OPTIONS",
        "BREW   | /v1/models                            | GET, HEAD, OPTIONS"
      })
  void aMethodThatIsNotPossibleIsToldWhichAre(String method, String path, String allow) {
    Answer answer = raw(method, path, "Content-Length: 0");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo(allow);
    assertThat(answer.body()).doesNotContain(House.KEY);
  }

  @Test
  void optionsTellsTheMethods() {
    Answer answer = raw("OPTIONS", "/v1/chat/completions");

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("allow")).isEqualTo("POST, OPTIONS");
    assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/event_logging/batch",
        "/api/event_logging/v2/batch",
        "/v1/api/event_logging/batch",
        "/v1/api/event_logging/v2/batch",
        "//api/event_logging/batch/"
      })
  void whatClaudeCodeTellsOfItselfIsTakenWithoutAKey(String path) {
    assertThat(raw("POST", path).status()).isEqualTo(200);
    assertThat(raw("GET", path).status()).isEqualTo(404);
    assertThat(raw("POST", path + "/x").status()).isEqualTo(404);
  }

  @Test
  void modelsComeInTheShapeTheirReaderWants() throws IOException {
    JsonNode openai = json(house.get("/v1/models").body());
    JsonNode anthropic = json(house.get("/v1/models", "anthropic-version", "2023-06-01").body());
    JsonNode gemini = json(raw("GET", "/v1/models", "x-goog-api-key: unused").body());

    assertThat(openai.path("object").asText()).isEqualTo("list");
    assertThat(openai.at("/data/0/object").asText()).isEqualTo("model");
    assertThat(anthropic.at("/data/0/type").asText()).isEqualTo("model");
    assertThat(anthropic.at("/data/0/created_at").asText()).contains("T");
    assertThat(anthropic.path("has_more").asBoolean(true)).isFalse();
    assertThat(gemini.at("/models/0/name").asText()).startsWith("models/");
    assertThat(json(raw("GET", "/v1beta/models").body()).path("models").isArray()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/sandbox/echo",
        "/v1/models/sandbox%2Fecho",
        "/models/sandbox%2fecho",
        "/v1/models/%73andbox/echo"
      })
  void aModelsNameMayHoldASlashInEitherForm(String path) throws IOException {
    assertThat(json(raw("GET", path).body()).path("id").asText()).isEqualTo("sandbox/echo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/%252e%252e/admin",
        "/v1/models/..",
        "/v1/models/..%2f..%2fadmin",
        "/v1/models/a%00",
        "/v1/models/a%0d%0aX:1",
        "/v1/models/a%5cb",
        "/v1/models/%",
        "/v1/models/%ff",
        "/v1/models/a%2f%2fb",
        "/v1/responses/..%2fx",
        "/v1/models/nothing-of-that-name"
      })
  void aNameThatCannotBeIsNotFound(String path) {
    assertThat(raw("GET", path).status()).isEqualTo(404);
  }

  @Test
  void aKeySeesOnlyTheModelsItMayUse() throws IOException {
    String key =
        house
            .gateway()
            .keys()
            .create("narrow", null, List.of("sandbox/e*"), null, null, null)
            .key()
            .reveal();
    JsonNode list =
        json(house.get("/v1/models", "authorization", "Bearer " + key).body()).path("data");

    assertThat(list).isNotEmpty();
    assertThat(list).allMatch(model -> model.path("id").asText().startsWith("sandbox/e"));
    assertThat(house.get("/v1/models").body()).contains("sandbox/tools");
    assertThat(house.get("/v1/models/sandbox/tools", "authorization", "Bearer " + key).statusCode())
        .isIn(403, 404);
    assertThat(
            house
                .post(
                    "/v1/chat/completions",
                    "{\"model\":\"sandbox/tools\",\"messages\":[]}",
                    "authorization",
                    "Bearer " + key)
                .statusCode())
        .isIn(403, 404);
  }
}
