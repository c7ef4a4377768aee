package dev.customhouse.store;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.secret.KeyHash;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows for tests. */
final class Rows {
  static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123Z");
  static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  private Rows() {}

  static KeyHash hash(String key) {
    return KeyHash.of(Arrays.copyOf(key.getBytes(StandardCharsets.UTF_8), KeyHash.LENGTH_BYTES));
  }

  static KeyRow key(String id) {
    return key(id, "name of " + id, NOW);
  }

  static KeyRow key(String id, String name, Instant createdAt) {
    return new KeyRow(
        id,
        name,
        null,
        hash(id),
        "sk-ch-abc…wxyz",
        List.of(),
        null,
        null,
        null,
        createdAt,
        null,
        null);
  }

  static UsageRow usage(String requestId) {
    return usage(requestId, NOW);
  }

  static UsageRow usage(String requestId, Instant at) {
    return usage(requestId, at, "key-1", "gpt-5", "openai", Usage.of(10, 5));
  }

  static UsageRow usage(
      String requestId,
      Instant at,
      @Nullable String keyId,
      String model,
      @Nullable String provider,
      @Nullable Usage usage) {
    return new UsageRow(
        requestId,
        at,
        keyId,
        "project",
        Operation.CHAT,
        DialectId.OPENAI_CHAT,
        model,
        model,
        model + "-2026-01-01",
        provider,
        "bytes",
        200,
        null,
        FinishReason.STOP,
        true,
        false,
        1,
        usage,
        1_234L,
        56_789L);
  }

  static UsageRow refused(String requestId) {
    return new UsageRow(
        requestId,
        NOW,
        null,
        null,
        Operation.EMBEDDINGS,
        null,
        null,
        null,
        null,
        null,
        null,
        401,
        ErrorKind.UNAUTHORIZED,
        null,
        false,
        true,
        0,
        null,
        null,
        10L);
  }
}
