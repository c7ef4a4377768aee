package dev.customhouse;

import java.time.InstantSource;
import java.util.HexFormat;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Ids of requests: {@code req_} and a UUID version 7 (RFC 9562) without its dashes. */
final class RequestIds implements Supplier<String> {
  private static final HexFormat HEX = HexFormat.of();

  private final InstantSource clock;
  private final RandomGenerator random;

  RequestIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String get() {
    long first = random.nextLong();
    long high = clock.millis() << 16 | 0x7000 | first & 0x0fff;
    long low = random.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
    return "req_" + HEX.toHexDigits(high) + HEX.toHexDigits(low);
  }
}
