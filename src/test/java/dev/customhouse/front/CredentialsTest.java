package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import dev.customhouse.admin.KeyService;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a key may stand, and what is answered to keys that open nothing. */
class CredentialsTest {
  /** A surface: where its requests go, a body, and where its errors have their kind. */
  private record Surface(String path, String body, String kindAt, String kind) {}

  private static final List<Surface> SURFACES =
      List.of(
          new Surface(
              "/v1/chat/completions",
              "{\"model\":\"sandbox/echo\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
              "/error/type",
              "invalid_request_error"),
          new Surface(
              "/v1/responses",
              "{\"model\":\"sandbox/echo\",\"input\":\"a\"}",
              "/error/type",
              "invalid_request_error"),
          new Surface(
              "/v1/messages",
              "{\"model\":\"sandbox/echo\",\"max_tokens\":9,"
                  + "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
              "/error/type",
              "authentication_error"),
          new Surface(
              "/v1beta/models/sandbox/echo:generateContent",
              "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}]}",
              "/error/status",
              "UNAUTHENTICATED"));

  private static House house;

  @BeforeAll
  static void open() {
    house = House.sandbox();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static Answer post(Surface surface, String query, String... fields) {
    try (RawHttp client = RawHttp.to(house.gateway().port())) {
      return client
          .send(
              "POST %s%s HTTP/1.1\r\nHost: gw.test\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
                  .formatted(
                      surface.path(),
                      query,
                      String.join("", Stream.of(fields).map(field -> field + "\r\n").toList()),
                      surface.body().length(),
                      surface.body()))
          .answer();
    }
  }

  static Stream<List<String>> places() {
    return Stream.of(
        List.of("", "Authorization: Bearer " + House.KEY),
        List.of("", "authorization: bearer   " + House.KEY + "  "),
        List.of("", "x-api-key: " + House.KEY),
        List.of("", "api-key: " + House.KEY),
        List.of("", "x-goog-api-key: " + House.KEY),
        List.of("?key=" + House.KEY),
        List.of("?alt=json&key=" + House.KEY.replace("-", "%2D")),
        // An empty place, or another scheme, is no key: the next place counts.
        List.of("", "Authorization: Bearer ", "x-api-key: " + House.KEY),
        List.of("", "Authorization: Basic dXNlcjpwYXNz", "x-api-key: " + House.KEY),
        List.of("", "x-api-key:", "x-goog-api-key: " + House.KEY),
        // The first place of the documented order counts.
        List.of("", "x-api-key: wrong", "Authorization: Bearer " + House.KEY),
        List.of("?key=wrong", "api-key: " + House.KEY));
  }

  @ParameterizedTest
  @MethodSource("places")
  void everySurfaceKnowsEveryPlaceOfAKey(List<String> place) {
    for (Surface surface : SURFACES) {
      Answer answer =
          post(surface, place.getFirst(), place.subList(1, place.size()).toArray(String[]::new));

      assertThat(answer.status()).as("%s: %s", surface.path(), answer.body()).isEqualTo(200);
    }
  }

  static Stream<List<String>> keys() {
    return Stream.of(
        List.of("missing_api_key", ""),
        List.of("missing_api_key", "", "Authorization: Bearer"),
        List.of("missing_api_key", "", "Authorization: " + House.KEY),
        List.of("missing_api_key", "", "Authorization: Basic dXNlcjpwYXNz"),
        List.of("missing_api_key", "?key="),
        List.of("missing_api_key", "?key=%"),
        List.of("missing_api_key", "?xkey=" + House.KEY),
        List.of("invalid_api_key", "", "Authorization: Bearer sk-' OR 1=1--"),
        List.of("invalid_api_key", "", "Authorization: Bearer " + House.KEY + "0"),
        List.of("invalid_api_key", "", "Authorization: Bearer " + House.KEY.substring(1)),
        List.of("invalid_api_key", "", "Authorization: Bearer " + House.KEY.toUpperCase()),
        List.of("invalid_api_key", "", "Authorization: Bearer \u00e9\u00ff"),
        List.of("invalid_api_key", "", "Authorization: Bearer " + "A".repeat(20_000)),
        List.of("invalid_api_key", "", "Authorization: Bearer wrong", "x-api-key: " + House.KEY),
        List.of("invalid_api_key", "?key=" + House.KEY, "x-goog-api-key: wrong"));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aKeyThatOpensNothingIsRefusedInTheWordsOfTheSurface(List<String> how) throws IOException {
    for (Surface surface : SURFACES) {
      Answer answer = post(surface, how.get(1), how.subList(2, how.size()).toArray(String[]::new));

      refused(surface, answer, how.getFirst());
    }
  }

  private static void refused(Surface surface, Answer answer, String code) throws IOException {
    JsonNode body = new ObjectMapper().readTree(answer.body());
    assertThat(answer.status()).isEqualTo(401);
    assertThat(body.at(surface.kindAt()).asText()).isEqualTo(surface.kind());
    assertThat(answer.header("x-should-retry")).isEqualTo("false");
    assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
    assertThat(answer.header("x-request-id")).startsWith("req_");
    assertThat(answer.body()).doesNotContain(House.KEY);
    if (surface.path().equals("/v1/messages")) {
      assertThat(body.path("type").asText()).isEqualTo("error");
      assertThat(body.path("request_id").asText()).isEqualTo(answer.header("request-id"));
      assertThat(answer.header("request-id")).isEqualTo(answer.header("x-request-id"));
    } else if (surface.kindAt().endsWith("status")) {
      assertThat(body.at("/error/details/0/reason").asText()).isEqualTo(code);
    } else {
      assertThat(body.at("/error/code").asText()).isEqualTo(code);
    }
  }

  @Test
  void keysThatAreOverAreToldSo() throws IOException {
    KeyService service = house.gateway().keys();
    KeyService.Created revoked = service.create("gone", null, List.of(), null, null, null);
    KeyService.Created expired =
        service.create("old", null, List.of(), null, null, Instant.EPOCH.plusSeconds(1));
    String good = service.create("fresh", null, List.of(), null, null, null).key().reveal();
    assertThat(post(SURFACES.getFirst(), "", "x-api-key: " + revoked.key().reveal()).status())
        .isEqualTo(200);
    service.revoke(revoked.id());

    for (Surface surface : SURFACES) {
      refused(
          surface, post(surface, "", "x-api-key: " + revoked.key().reveal()), "api_key_revoked");
      refused(
          surface, post(surface, "", "x-api-key: " + expired.key().reveal()), "api_key_expired");
      char other = good.charAt(20) == 'x' ? 'y' : 'x';
      String mistyped = good.substring(0, 20) + other + good.substring(21);
      Answer answer = post(surface, "", "x-api-key: " + mistyped);
      refused(surface, answer, "invalid_api_key");
      assertThat(answer.body()).contains("checksum");
    }
  }

  @Test
  void twoKeysInOnePlaceAreOneTooMany() {
    for (Surface surface : SURFACES) {
      for (String field : List.of("Authorization: Bearer ", "x-api-key: ", "api-key: ")) {
        assertThat(post(surface, "", field + House.KEY, field + "other").status()).isEqualTo(400);
      }
      assertThat(post(surface, "?key=" + House.KEY + "&key=other").status()).isEqualTo(400);
    }
  }

  @Test
  void theBodyOfAStrangerIsNeitherAskedForNorRead() {
    try (RawHttp client = RawHttp.to(house.gateway().port())) {
      client.send(
          "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer no\r\n"
              + "Expect: 100-continue\r\nContent-Length: 30000000\r\n\r\n");

      assertThat(client.answer().status()).isEqualTo(401);
      assertThat(client.closed()).isTrue();
    }
  }
}
