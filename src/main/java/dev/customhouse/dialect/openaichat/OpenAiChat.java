package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Span;
import dev.customhouse.dialect.Dialect;
import dev.customhouse.dialect.ErrorAnswer;
import dev.customhouse.dialect.Inbound;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.OpenAiErrors;
import dev.customhouse.dialect.OpenAiModels;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Multipart;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The dialect's door. */
public final class OpenAiChat implements Dialect {
  private static final Names REQUEST =
      Names.of("model", "stream", "stream_options", "stream_format", "prompt_cache_key");
  private static final Names STREAM_OPTIONS = Names.of("include_usage");
  private static final byte[] ASK_FOR_USAGE =
      "\"stream_options\":{\"include_usage\":true}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] INCLUDE_USAGE =
      "\"include_usage\":true".getBytes(StandardCharsets.US_ASCII);

  @Override
  public DialectId id() {
    return DialectId.OPENAI_CHAT;
  }

  @Override
  public Call read(Inbound inbound) {
    String contentType = inbound.headers().get("content-type");
    if (contentType != null
        && contentType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      return readForm(inbound, contentType);
    }
    JsonScan scan = RequestBody.scan(inbound.body(), REQUEST);
    boolean stream =
        RequestBody.flag(scan, "stream")
            || inbound.operation() == Operation.SPEECH
                && "sse".equals(scan.string("stream_format"));
    JsonScan options = scan.object("stream_options", STREAM_OPTIONS);
    Range optionsRange = scan.range("stream_options");
    Call.Marks marks = RequestBody.marks(scan);
    return call(
        inbound,
        model(inbound, scan),
        stream,
        options != null && options.isTrue("include_usage"),
        new Call.Marks(
            marks.model(),
            optionsRange == null ? null : new Span(optionsRange.start(), optionsRange.end()),
            marks.firstMember()),
        scan.string("prompt_cache_key"));
  }

  /** Moderation has a default model at OpenAI, and clients rely on it. */
  private static String model(Inbound inbound, JsonScan scan) {
    if (inbound.operation() == Operation.MODERATION && !scan.has("model")) {
      return "omni-moderation-latest";
    }
    return RequestBody.model(scan);
  }

  private static Call readForm(Inbound inbound, String contentType) {
    Multipart form = Multipart.parse(inbound.body(), contentType);
    Multipart.Part model = form.part("model");
    if (model == null) {
      throw RequestBody.invalid(
          "missing_required_parameter",
          "The form must have a field 'model': the name of one that GET /v1/models lists.",
          "model");
    }
    Multipart.Part stream = form.part("stream");
    byte[] body = inbound.body();
    return call(
        inbound,
        RequestBody.checked(text(body, model)),
        stream != null && text(body, stream).equals("true"),
        false,
        new Call.Marks(new Span(model.content().start(), model.content().end()), null, -1),
        null);
  }

  private static String text(byte[] body, Multipart.Part part) {
    return new String(
        body, part.content().start(), part.content().length(), StandardCharsets.UTF_8);
  }

  private static Call call(
      Inbound inbound,
      String model,
      boolean stream,
      boolean usageAsked,
      Call.Marks marks,
      @Nullable String cacheKey) {
    Headers headers = inbound.headers();
    String session = headers.get("x-session-affinity");
    return new Call(
        inbound.requestId(),
        inbound.operation(),
        DialectId.OPENAI_CHAT,
        inbound.method(),
        inbound.path(),
        inbound.query(),
        headers,
        inbound.body(),
        model,
        null,
        stream,
        usageAsked,
        marks,
        cacheKey != null ? cacheKey : session,
        null);
  }

  @Override
  public byte[] body(Call call, String model, boolean askForUsage) {
    boolean countable =
        call.operation() == Operation.CHAT || call.operation() == Operation.TEXT_COMPLETION;
    if (!askForUsage || !countable || !call.stream() || call.usageAsked()) {
      return RequestBody.withModel(call, model);
    }
    byte[] body = RequestBody.withModel(call, model);
    Span options = call.marks().streamOptions();
    Span asked = call.marks().model();
    int grown = body.length - call.body().length;
    if (options == null) {
      int at = call.marks().firstMember();
      return JsonScan.splice(body, at, at, withComma(ASK_FOR_USAGE));
    }
    int shift = asked != null && asked.start() < options.start() ? grown : 0;
    int start = options.start() + shift;
    int end = options.end() + shift;
    JsonScan inner = JsonScan.of(body, start, end, STREAM_OPTIONS);
    Range flag = inner.range("include_usage");
    if (inner.openingBrace() < 0) {
      return JsonScan.splice(
          body, start, end, "{\"include_usage\":true}".getBytes(StandardCharsets.US_ASCII));
    }
    if (flag != null) {
      return JsonScan.splice(
          body, flag.start(), flag.end(), "true".getBytes(StandardCharsets.US_ASCII));
    }
    return JsonScan.insertMember(body, inner, INCLUDE_USAGE);
  }

  private static byte[] withComma(byte[] member) {
    byte[] more = java.util.Arrays.copyOf(member, member.length + 1);
    more[member.length] = ',';
    return more;
  }

  @Override
  public ErrorAnswer refusal(Refusal refusal, String requestId) {
    return OpenAiErrors.answer(refusal);
  }

  @Override
  public ErrorKind classify(int status, Headers headers, byte[] body) {
    return UpstreamErrors.classify(status, body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body) {
    return ChatObservation.observe(body);
  }

  @Override
  public Observation observe(Operation operation, byte[] body, JsonNode read) {
    return ChatObservation.of(read);
  }

  @Override
  public StreamObserver observer(Call call) {
    return new ChatStream(!call.usageAsked());
  }

  @Override
  public boolean commentsKeepAlive() {
    return true;
  }

  @Override
  public byte[] models(List<ModelCard> models) {
    return OpenAiModels.list(models);
  }

  @Override
  public byte[] model(ModelCard model) {
    return Json.write(OpenAiModels.entry(model));
  }
}
