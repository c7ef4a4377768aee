package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who passes, tested over the whole table of routes. */
class AdminGateTest {
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get");

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

  private static String path(Route route) {
    return route.path().replace(Route.ID, "some-id");
  }

  @Test
  void everyRouteIsClosedToWhoeverHasNoAdminToken() {
    String downstream = house.keys.create("ci", null, List.of(), null, null, null).key().reveal();
    for (Route route : house.api.routes()) {
      String path = path(route);
      house.nanos += Duration.ofHours(1).toNanos(); // The limit of failures has its own test.
      assertThat(house.ask(route.method(), path, Headers.EMPTY).code())
          .as("%s %s", route.method(), path)
          .isEqualTo("missing_admin_token");
      for (String wrong :
          List.of(
              downstream,
              "adm-ch-wrong",
              house.token + "x",
              house.token.substring(1),
              house.token.toUpperCase(java.util.Locale.ROOT))) {
        FakeExchange refused =
            house.ask(route.method(), path, Headers.of("authorization", "Bearer " + wrong));
        assertThat(refused.status).as("%s %s", route.method(), path).isEqualTo(401);
        assertThat(refused.code()).isEqualTo("invalid_admin_token");
        assertThat(refused.answered.get("www-authenticate")).isEqualTo("Bearer");
      }
    }
    assertThat(String.join("\n", house.answers)).doesNotContain(downstream, house.token);
  }

  @Test
  void everyRouteTakesItsMethodsAndNoOthers() {
    Set<String> paths = new HashSet<>();
    house.api.routes().forEach(route -> paths.add(path(route)));
    for (String path : paths) {
      List<String> served =
          house.api.routes().stream()
              .filter(route -> path(route).equals(path))
              .map(Route::method)
              .toList();
      for (String method : METHODS) {
        FakeExchange answer = house.ask(method, path);
        if (served.contains(method)) {
          assertThat(answer.status).as("%s %s", method, path).isNotEqualTo(405);
        } else {
          assertThat(answer.status).as("%s %s", method, path).isEqualTo(405);
          assertThat(answer.answered.get("allow"))
              .isEqualTo(served.stream().sorted().collect(Collectors.joining(", ")));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin",
        "/admin/",
        "/admin/v1",
        "/admin/v1/",
        "/admin/v1/keys/",
        "/admin/v1//keys",
        "//admin/v1/keys",
        "/admin/v1/keys/a/b",
        "/admin/v1/keys/a%2fb",
        "/admin/v1/keys/%61",
        "/admin/v1/keys/..",
        "/admin/v1/../v1/keys",
        "/admin/v1/./keys",
        "/admin/v1/keys;x=1",
        "/admin/v1/Keys",
        "/ADMIN/v1/keys",
        "/admin/v1/%6beys",
        "/admin/v1/keys/a b",
        "/admin/v1/keys/a'--",
        "/admin/v1/keys/é",
        "/admin/v1/keys/a\u0000",
        "/admin/v1/requests//explain",
        "/admin/v1/requests/a/explain/",
        "/admin/v1/requests/a/Explain",
        "/admin/v2/keys",
        "/admin/v1/keys\\a",
        "/admin/v1/secrets"
      })
  void whatIsNotInTheTableIsNotFound(String path) {
    FakeExchange answer = house.ask("GET", path);
    assertThat(answer.status).isEqualTo(404);
    assertThat(answer.code()).isEqualTo("unknown_url");
    assertThat(house.ask("GET", path, Headers.EMPTY).status).isEqualTo(401);
  }

  @Test
  void onlyItsOwnPathsAreForTheAdminApi() {
    assertThat(AdminApi.isAdminPath("/admin")).isTrue();
    assertThat(AdminApi.isAdminPath("/admin/")).isTrue();
    assertThat(AdminApi.isAdminPath("/admin/v1/keys")).isTrue();
    assertThat(AdminApi.isAdminPath("/administrator")).isFalse();
    assertThat(AdminApi.isAdminPath("/Admin/v1")).isFalse();
    assertThat(AdminApi.isAdminPath("/v1/admin/")).isFalse();
    assertThat(AdminApi.isAdminPath("/%61dmin/v1")).isFalse();
  }

  @Test
  void theTokenIsTakenFromEitherFieldButNotTwice() {
    String path = "/admin/v1/status";
    assertThat(house.ask("GET", path, Headers.of("x-admin-token", house.token)).status)
        .isEqualTo(200);
    assertThat(house.ask("GET", path, Headers.of("authorization", "bEARER " + house.token)).status)
        .isEqualTo(200);
    assertThat(
            house.ask(
                    "GET",
                    path,
                    Headers.of("authorization", "Basic abc", "x-admin-token", house.token))
                .status)
        .isEqualTo(200);
    Headers twice = Headers.of("x-admin-token", house.token, "x-admin-token", house.token);
    assertThat(house.ask("GET", path, twice).status).isEqualTo(401);
    Headers elsewhere = Headers.of("x-api-key", house.token);
    assertThat(house.ask("GET", path, elsewhere).status).isEqualTo(401);
    assertThat(house.ask("GET", path + "?key=" + house.token, Headers.EMPTY).status).isEqualTo(401);
  }

  @Test
  void fromAnotherMachineNothingIsThereUnlessTheListenerIsItsOwn() {
    Headers right = Headers.of("x-admin-token", house.token);
    FakeExchange far = new FakeExchange("GET", "/admin/v1/status", right, "", "192.0.2.9");
    assertThat(house.ask(house.api, far).status).isEqualTo(404);
    FakeExchange open = new FakeExchange("GET", "/admin/v1/status", right, "", "192.0.2.9");
    assertThat(house.ask(house.apiFromAnywhere, open).status).isEqualTo(200);
    FakeExchange closed =
        new FakeExchange("GET", "/admin/v1/status", Headers.EMPTY, "", "192.0.2.9");
    assertThat(house.ask(house.apiFromAnywhere, closed).status).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Forwarded", "X-Forwarded-For", "X-Real-IP"})
  void whatAProxyOnThisMachineForwardsIsNotOfThisMachine(String field) {
    Headers headers = Headers.of("x-admin-token", house.token, field, "127.0.0.1");
    assertThat(house.ask("GET", "/admin/v1/status", headers).status).isEqualTo(404);
  }

  @Test
  void wrongTokensAreLimitedForEachAddressAndTheRightOnePasses() {
    String path = "/admin/v1/status";
    Headers wrong = Headers.of("x-admin-token", "adm-ch-wrong");
    for (int i = 0; i < FailedTokens.FAILURES_PER_MINUTE; i++) {
      assertThat(house.ask("GET", path, wrong).status).isEqualTo(401);
    }
    house.nanos += Duration.ofSeconds(20).toNanos();
    FakeExchange limited = house.ask("GET", path, wrong);
    assertThat(limited.status).isEqualTo(429);
    assertThat(limited.code()).isEqualTo("too_many_wrong_tokens");
    assertThat(limited.answered.get("retry-after")).isEqualTo("40");
    assertThat(house.ask("GET", path).status).isEqualTo(200);
    assertThat(house.ask("GET", path, Headers.EMPTY).status).isEqualTo(401);
    assertThat(house.ask(house.api, new FakeExchange("GET", path, wrong, "", "127.0.0.2")).status)
        .isEqualTo(401);

    house.nanos += Duration.ofSeconds(40).toNanos();
    assertThat(house.ask("GET", path, wrong).status).isEqualTo(401);
  }

  @Test
  void failuresOfNoMoreThanSomeAddressesAreRemembered() {
    FailedTokens failures = new FailedTokens(() -> 0);
    for (int i = 0; i < FailedTokens.FAILURES_PER_MINUTE; i++) {
      assertThat(failures.count("first")).isNull();
    }
    assertThat(failures.count("first")).isEqualTo(Duration.ofMinutes(1));
    for (int i = 0; i < FailedTokens.ADDRESSES; i++) {
      failures.count("address " + i);
    }
    assertThat(failures.count("first")).isNull();
  }
}
