package dev.customhouse.admin;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records of requests for tests. */
final class Records {
  private static final TraceContext CONTEXT =
      new TraceContext("0af7651916cd43dd8448eb211c80319c", null, "b7ad6b7169203331", true);

  private Records() {}

  /** A chat that the second provider answered. */
  static RequestRecord answered(String id, Instant at, @Nullable String keyId, String model) {
    return new RequestRecord(
        id,
        at,
        CONTEXT,
        "192.0.2.9",
        "POST",
        "/v1/chat/completions",
        keyId,
        "ci",
        "p1",
        Operation.CHAT,
        DialectId.OPENAI_CHAT,
        model,
        "fast",
        "openai",
        "gpt-5",
        "gpt-5-2026-01-01",
        "bytes",
        200,
        null,
        null,
        FinishReason.STOP,
        true,
        false,
        "weighted",
        List.of(
            new Leg("fast", "groq", "llama", 2, null, DialectId.OPENAI_CHAT),
            new Leg("fast", "openai", "gpt-5", 1, null, DialectId.OPENAI_CHAT)),
        List.of(
            new Attempt(
                1,
                "00f067aa0ba902b7",
                "groq",
                "llama",
                "groq#1",
                429,
                ErrorKind.RATE_LIMITED,
                "status 429",
                100,
                2_000),
            new Attempt(
                2,
                "00f067aa0ba902b8",
                "openai",
                "gpt-5",
                "openai#2",
                200,
                null,
                null,
                2_200,
                9_000)),
        List.of(),
        null,
        new Usage(10, 5, 4L, null, 2L, false),
        321,
        654,
        5_500L,
        11_250);
  }

  /** A request that was refused before it was understood. */
  static RequestRecord refused(String id, Instant at, @Nullable Operation operation) {
    return new RequestRecord(
        id,
        at,
        CONTEXT,
        "192.0.2.9",
        "POST",
        "/v1/what",
        null,
        null,
        null,
        operation,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        401,
        ErrorKind.UNAUTHORIZED,
        "invalid_api_key",
        null,
        false,
        false,
        null,
        List.of(),
        List.of(),
        List.of(),
        null,
        null,
        0,
        99,
        null,
        10);
  }
}
