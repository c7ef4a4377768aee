package dev.customhouse.dialect;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Span;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.JsonScanException;
import dev.customhouse.wire.Multipart;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What all dialects read from a request body, and how its model is replaced. */
public final class RequestBody {
  /** The longest name of a model. */
  public static final int MODEL_CHARS = 256;

  private RequestBody() {}

  /** Scans a JSON body; {@code Refusal} when it is none, or no object. */
  public static JsonScan scan(byte[] body, Names names) {
    JsonScan scan;
    try {
      scan = JsonScan.of(body, names);
    } catch (JsonScanException e) {
      throw invalid("invalid_json", "The request body is not valid JSON: " + e.getMessage(), null);
    }
    if (scan.openingBrace() < 0) {
      throw invalid("invalid_json", "The request body must be a JSON object.", null);
    }
    return scan;
  }

  /** The model a JSON body asks for. */
  public static String model(JsonScan scan) {
    String model = scan.string("model");
    if (model == null) {
      throw invalid(
          "missing_required_parameter",
          scan.has("model")
              ? "'model' must be a string."
              : "You must provide a 'model': the name of one that GET /v1/models lists.",
          "model");
    }
    return checked(model);
  }

  /** True, false, or the default when absent; anything else is refused. */
  public static boolean flag(JsonScan scan, String name) {
    if (!scan.has(name) || scan.isNull(name)) {
      return false;
    }
    Range range = scan.range(name);
    if (scan.isTrue(name)) {
      return true;
    }
    if (range != null && range.length() == 5) {
      return false;
    }
    throw invalid("invalid_type", "'%s' must be true or false.".formatted(name), name);
  }

  /** A model's name that is neither empty nor absurd. */
  public static String checked(String model) {
    if (model.isBlank() || model.length() > MODEL_CHARS) {
      throw invalid(
          "invalid_value",
          "'model' must have between 1 and %d characters.".formatted(MODEL_CHARS),
          "model");
    }
    for (int i = 0; i < model.length(); i++) {
      if (model.charAt(i) < ' ' || model.charAt(i) == 0x7f) {
        throw invalid("invalid_value", "'model' holds a control character.", "model");
      }
    }
    return model;
  }

  /** Where a JSON body may be written to. */
  public static Call.Marks marks(JsonScan scan) {
    Range model = scan.range("model");
    return new Call.Marks(
        model == null ? null : new Span(model.start(), model.end()), null, scan.openingBrace() + 1);
  }

  /** The form field of that name in a multipart body; null when it is not there. */
  public static Multipart.@Nullable Part field(Multipart form, String name) {
    return form.part(name);
  }

  /** The body with the model's name replaced, in JSON or in a form; the same array if unchanged. */
  public static byte[] withModel(Call call, String model) {
    Span span = call.marks().model();
    if (span == null || model.equals(call.requestedModel())) {
      return call.body();
    }
    byte[] name =
        call.marks().firstMember() >= 0
            ? JsonScan.quote(model)
            : model.getBytes(StandardCharsets.UTF_8);
    return JsonScan.splice(call.body(), span.start(), span.end(), name);
  }

  /** A refusal of what the client wrote. */
  public static Refusal invalid(String code, String message, @Nullable String param) {
    return new Refusal(ErrorKind.INVALID_REQUEST, code, message, param, null);
  }
}
