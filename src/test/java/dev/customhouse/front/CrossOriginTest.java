package dev.customhouse.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import org.junit.jupiter.api.Test;

/** What browsers ask before and after a page calls the gateway (the Fetch standard, CORS). */
class CrossOriginTest {
  private static final String PAGE = "https://chat.example";
  private static final String MEMBERS = "  cors: { allowed_origins: [\"%s\"] }";
  private static final String ASKED =
      "authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,"
          + "x-stainless-retry-count,x-stainless-runtime,x-stainless-timeout";

  private static Answer send(House house, String head, String body) {
    try (RawHttp client = RawHttp.to(house.gateway().port())) {
      return client
          .send(
              head.replace("%", "\r\n")
                  + "Host: gw.test\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
          .answer();
    }
  }

  private static Answer preflight(House house, String origin) {
    return send(
        house,
        "OPTIONS /v1/chat/completions HTTP/1.1%Origin: "
            + origin
            + "%Access-Control-Request-Method: POST%Access-Control-Request-Headers: "
            + ASKED
            + "%",
        "");
  }

  private static Answer chat(House house, String origin, String key, boolean stream) {
    return send(
        house,
        "POST /v1/chat/completions HTTP/1.1%Origin: " + origin + "%x-api-key: " + key + "%",
        "{\"model\":\"sandbox/echo\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"
            .formatted(stream));
  }

  @Test
  void aPageOfTheConfigurationMayCall() {
    try (House house = House.of(MEMBERS.formatted(PAGE), "")) {
      Answer preflight = preflight(house, PAGE);
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("access-control-allow-origin")).isEqualTo(PAGE);
      assertThat(preflight.header("access-control-allow-methods")).contains("POST");
      assertThat(preflight.header("access-control-allow-headers")).isEqualTo(ASKED);
      assertThat(preflight.header("vary")).contains("origin");

      for (boolean stream : new boolean[] {false, true}) {
        Answer answer = chat(house, PAGE, House.KEY, stream);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(answer.header("access-control-expose-headers")).contains("x-request-id");
        assertThat(answer.header("vary")).contains("origin");
      }
      Answer refused = chat(house, PAGE, "wrong", false);
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.header("access-control-allow-origin")).isEqualTo(PAGE);
      assertThat(
              send(house, "GET /nowhere HTTP/1.1%Origin: " + PAGE + "%", "")
                  .header("access-control-allow-origin"))
          .isEqualTo(PAGE);
    }
  }

  @Test
  void anotherPageIsGivenNothing() {
    try (House house = House.of(MEMBERS.formatted(PAGE), "")) {
      for (String origin :
          new String[] {
            "https://evil.example", "null", PAGE + ".evil.example", "http://chat.example"
          }) {
        Answer preflight = preflight(house, origin);
        assertThat(preflight.status()).isEqualTo(403);
        assertThat(preflight.headers().keySet()).noneMatch(name -> name.startsWith("access-"));
        Answer answer = chat(house, origin, House.KEY, false);
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-"));
        assertThat(answer.header("vary")).isEqualTo("origin");
      }
    }
  }

  @Test
  void withAStarEveryPageMayCall() {
    try (House house = House.of(MEMBERS.formatted("*"), "")) {
      assertThat(preflight(house, PAGE).header("access-control-allow-origin")).isEqualTo("*");
      assertThat(chat(house, "null", House.KEY, false).header("access-control-allow-origin"))
          .isEqualTo("*");
    }
  }

  @Test
  void withoutConfigurationNoPageMayCall() {
    try (House house = House.sandbox()) {
      assertThat(preflight(house, PAGE).status()).isEqualTo(403);
      assertThat(chat(house, PAGE, House.KEY, false).headers().keySet())
          .noneMatch(name -> name.startsWith("access-") || name.equals("vary"));
    }
  }
}
