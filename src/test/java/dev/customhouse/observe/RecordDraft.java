package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import dev.customhouse.audit.TraceContext;
import dev.customhouse.canonical.Attempt;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Outline;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record in the making: a streamed chat that went well, changed by what a test is about. */
final class RecordDraft {
  static final Instant AT = Instant.parse("2026-11-21T09:30:00.123Z");
  static final TraceContext CONTEXT =
      new TraceContext(
          "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7", true);

  TraceContext context = CONTEXT;
  String requestId = "req_1";
  String remoteAddress = "192.0.2.7";
  String method = "POST";
  String path = "/v1/chat/completions";
  @Nullable String keyName = "ci";
  @Nullable String project = "search";
  @Nullable Operation operation = Operation.CHAT;
  @Nullable String requestedModel = "fast";
  @Nullable String provider = "openai";
  @Nullable String upstreamModel = "gpt-5-mini";
  @Nullable String responseModel = "gpt-5-mini-2026-01-01";
  int status = 200;
  @Nullable ErrorKind error;
  @Nullable String errorCode;
  boolean stream = true;
  @Nullable Outline sent;
  @Nullable Usage usage = new Usage(120, 30, 100L, 5L, 12L, false);
  List<Attempt> attempts = List.of(attempt(1, "openai", "gpt-5-mini", null));

  static Attempt attempt(int number, String provider, String model, @Nullable ErrorKind error) {
    return new Attempt(
        number,
        "aaaaaaaaaaaaaaa" + number,
        provider,
        model,
        provider + "#" + number,
        error == null ? 200 : 503,
        error,
        null,
        number * 1_000L,
        40_500);
  }

  /** A request that no provider was asked for. */
  static RecordDraft refused(ErrorKind error, String code, int status) {
    RecordDraft draft = new RecordDraft();
    draft.error = error;
    draft.errorCode = code;
    draft.status = status;
    draft.attempts = List.of();
    draft.provider = null;
    draft.upstreamModel = null;
    draft.responseModel = null;
    draft.usage = null;
    return draft;
  }

  RecordDraft model(@Nullable String name) {
    requestedModel = name;
    return this;
  }

  RequestRecord record() {
    return new RequestRecord(
        requestId,
        AT,
        context,
        remoteAddress,
        method,
        path,
        "key_7",
        keyName,
        project,
        operation,
        DialectId.OPENAI_CHAT,
        requestedModel,
        "fast",
        provider,
        upstreamModel,
        responseModel,
        provider == null ? null : "bytes",
        status,
        error,
        errorCode,
        error == null ? FinishReason.STOP : null,
        stream,
        false,
        "weighted",
        List.of(),
        attempts,
        List.of(),
        sent,
        usage,
        512,
        2_048,
        error == null ? 12_500L : null,
        81_250);
  }
}
