package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationsApiTest {
  private static final String METRICS = "# TYPE requests counter\nrequests 1\n";

  @TempDir Path folder;
  private House house;
  private OperationsApi api;
  private boolean started = true;
  private boolean draining;
  private boolean configured = true;

  @BeforeEach
  void open() {
    house = new House(folder);
    api =
        new OperationsApi(
            new Readiness(() -> started, () -> draining, () -> configured),
            () -> METRICS,
            house.gate);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private FakeExchange ask(String method, String target, String from, String... headers) {
    FakeExchange exchange = new FakeExchange(method, target, Headers.of(headers), "", from);
    api.handle(exchange);
    assertThat(exchange.answered.get("x-request-id")).isEqualTo("req_test");
    assertThat(exchange.answered.get("cache-control")).isEqualTo("no-store");
    return exchange;
  }

  @Test
  void healthAndReadinessAreForEverybody() {
    assertThat(ask("GET", "/healthz", "192.0.2.9").text).isEqualTo("{\"status\":\"ok\"}");
    FakeExchange ready = ask("GET", "/readyz?probe=1", "192.0.2.9");
    assertThat(ready.status).isEqualTo(200);
    assertThat(ready.text).isEqualTo("{\"status\":\"ready\",\"reasons\":[]}");
    FakeExchange head = ask("HEAD", "/readyz", "192.0.2.9");
    assertThat(head.status).isEqualTo(200);
    assertThat(head.text).isEmpty();
  }

  @Test
  void whoIsNotReadySaysWhy() {
    started = false;
    draining = true;
    configured = false;
    FakeExchange answer = ask("GET", "/readyz", "127.0.0.1");
    assertThat(answer.status).isEqualTo(503);
    assertThat(answer.text)
        .isEqualTo(
            "{\"status\":\"not_ready\",\"reasons\":[\"not_started\",\"draining\",\"configuration_not_loaded\"]}");
    assertThat(ask("GET", "/healthz", "127.0.0.1").status).isEqualTo(200);
  }

  @Test
  void metricsAreForThisMachineOrTheAdminToken() {
    FakeExchange local = ask("GET", "/metrics", "127.0.0.1");
    assertThat(local.text).isEqualTo(METRICS);
    assertThat(local.answered.get("content-type"))
        .isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(ask("GET", "/metrics", "192.0.2.9", "authorization", "Bearer " + house.token).text)
        .isEqualTo(METRICS);
    for (FakeExchange hidden :
        List.of(
            ask("GET", "/metrics", "192.0.2.9"),
            ask("POST", "/metrics", "192.0.2.9"),
            ask("GET", "/metrics", "192.0.2.9", "x-admin-token", "adm-ch-wrong"),
            ask("GET", "/metrics", "127.0.0.1", "x-forwarded-for", "192.0.2.9"))) {
      assertThat(hidden.status).isEqualTo(404);
      assertThat(hidden.code()).isEqualTo("unknown_url");
    }
  }

  @Test
  void otherMethodsAndOtherPathsAreRefused() {
    FakeExchange posted = ask("POST", "/healthz", "192.0.2.9");
    assertThat(posted.status).isEqualTo(405);
    assertThat(posted.answered.get("allow")).isEqualTo("GET, HEAD");
    assertThat(ask("GET", "/healthz/", "127.0.0.1").status).isEqualTo(404);
    assertThat(OperationsApi.isOperationsPath("/healthz")).isTrue();
    assertThat(OperationsApi.isOperationsPath("/healthz/")).isFalse();
    assertThat(OperationsApi.isOperationsPath("/%68ealthz")).isFalse();
    assertThat(OperationsApi.isOperationsPath("/Metrics")).isFalse();
  }

  @Test
  void aFaultOfOursIsToldWithoutItsWords() {
    OperationsApi broken =
        new OperationsApi(
            new Readiness(() -> true, () -> false, () -> true),
            () -> {
              throw new IllegalStateException("canary");
            },
            house.gate);
    FakeExchange exchange = new FakeExchange("GET", "/metrics", Headers.EMPTY, "", "127.0.0.1");
    broken.handle(exchange);
    assertThat(exchange.status).isEqualTo(500);
    assertThat(exchange.code()).isEqualTo("internal_error");
    assertThat(exchange.text).doesNotContain("canary");
  }
}
