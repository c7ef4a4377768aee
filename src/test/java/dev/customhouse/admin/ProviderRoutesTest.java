package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Health;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.openai.OpenAiHost;
import dev.customhouse.secret.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderRoutesTest {
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

  @Test
  void providersAreShownAsTheyFareWithoutTheirSecrets() {
    Provider provider =
        new Provider(
            "openai",
            new OpenAiHost(),
            URI.create("https://user:canary-1@api.example:8443/canary-2?key=canary-3"),
            Headers.of("x-team", "canary-4"),
            List.of(new Secret("canary-5"), new Secret("canary-6"), new Secret("canary-7")),
            List.of(1, 1, 1),
            request -> {
              throw new UnsupportedOperationException();
            },
            null,
            10,
            10);
    house.fleet = new Fleet(List.of(provider));
    provider.keys().get(1).rest(house.nanos + Duration.ofMillis(1_500).toNanos());
    provider.keys().get(2).setAside(house.nanos + Duration.ofSeconds(60).toNanos());
    try (Health.Turn turn = provider.health("gpt-5").enterAnyway()) {
      turn.succeeded(12_345_678);
    }
    for (int i = 0; i < 5; i++) {
      try (Health.Turn turn = provider.health("gpt-4").enterAnyway()) {
        turn.failed(house.nanos);
      }
    }

    FakeExchange answer = house.ask("GET", "/admin/v1/providers");
    assertThat(answer.text)
        .isEqualTo(
            """
            {"data":[{"id":"openai","type":"openai","base":"https://api.example:8443",\
            "queued_requests":0,"keys":[\
            {"label":"openai#1","state":"ready","ready_in_seconds":0},\
            {"label":"openai#2","state":"resting","ready_in_seconds":2},\
            {"label":"openai#3","state":"set_aside","ready_in_seconds":60}],\
            "models":[{"model":"gpt-4","circuit":"open","first_byte_ms":null},\
            {"model":"gpt-5","circuit":"closed","first_byte_ms":12.346}]}]}\
            """);
  }

  @Test
  void theStatusSaysWhatRunsAndWhatCameOfTheLastReload() {
    assertThat(house.ask("GET", "/admin/v1/status").text)
        .isEqualTo(
            """
            {"version":"0.1.0","uptime_seconds":61,"requests_under_way":3,"lost_usage_rows":0,\
            "configuration":{"source":"customhouse.yaml","last_reload":null}}\
            """);
    house.status =
        new GatewayStatus(
            "0.1.0",
            Duration.ofHours(1),
            0,
            "customhouse.yaml",
            new GatewayStatus.Reload(House.START, List.of("3:5: gateway: unknown key \"x\"")),
            2);
    assertThat(house.ask("GET", "/admin/v1/status").text)
        .contains(
            """
            "last_reload":{"at":"2026-11-21T12:00:00Z","applied":false,\
            "problems":["3:5: gateway: unknown key \\"x\\""]}\
            """);
  }
}
