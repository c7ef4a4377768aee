package dev.customhouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import dev.customhouse.flow.auth.Keyring;
import dev.customhouse.provider.Fleet;
import dev.customhouse.secret.KeyHasher;
import dev.customhouse.store.Storage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A gateway's parts around the admin API: a real storage, a clock moved by hand. */
final class House implements AutoCloseable {
  static final Instant START = Instant.parse("2026-11-21T12:00:00Z");
  static final int DEFAULT_STREAMS = 7;

  final HandClock clock = new HandClock();
  final RandomGenerator random = new SplittableRandom(7);
  final Storage storage;
  final KeyHasher hasher;
  final Keyring keyring;
  final List<KeyService.Change> changes = new ArrayList<>();
  final KeyService keys;
  final String token;
  final AdminApi api;
  final AdminApi apiFromAnywhere;
  final AdminGate gate;
  final List<String> answers = new ArrayList<>();
  Fleet fleet = new Fleet(List.of());
  GatewayStatus status =
      new GatewayStatus("0.1.0", Duration.ofSeconds(61), 3, "customhouse.yaml", null, 0);
  long nanos = Duration.ofMinutes(5).toNanos();

  House(Path folder) {
    storage = Storage.open(folder, clock);
    hasher = storage.keyHasher(() -> random);
    keyring = new Keyring(hasher, clock);
    keys = new KeyService(storage.keys(), keyring, clock, random, DEFAULT_STREAMS, changes::add);
    token = AdminToken.ensure(storage.adminToken(), hasher, random).orElse("");
    AdminToken stored = new AdminToken(storage.adminToken(), hasher);
    gate = new AdminGate(stored, false, () -> nanos);
    api = api(gate);
    apiFromAnywhere = api(new AdminGate(stored, true, () -> nanos));
  }

  private AdminApi api(AdminGate through) {
    return new AdminApi(through, keys, storage, () -> fleet, () -> status, clock, () -> nanos);
  }

  /** Asks with the token, from this machine. */
  FakeExchange ask(String method, String target) {
    return ask(method, target, "");
  }

  FakeExchange ask(String method, String target, String body) {
    return ask(
        api,
        new FakeExchange(
            method, target, Headers.of("authorization", "Bearer " + token), body, "127.0.0.1"));
  }

  FakeExchange ask(String method, String target, Headers headers) {
    return ask(api, new FakeExchange(method, target, headers, "", "127.0.0.1"));
  }

  FakeExchange ask(AdminApi which, FakeExchange exchange) {
    which.handle(exchange);
    assertThat(exchange.answered.get("x-request-id")).isEqualTo("req_test");
    assertThat(exchange.answered.get("cache-control")).isEqualTo("no-store");
    answers.add(exchange.text);
    return exchange;
  }

  @Override
  public void close() {
    storage.close();
  }

  /** A clock that stands still until it is moved. */
  static final class HandClock extends Clock {
    private Instant now = START;

    void move(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }
}
