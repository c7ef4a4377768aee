package dev.customhouse.admin;

import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.store.KeyRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a key that is to be made, checked. The rules are those of static keys in the
 * configuration file, except that a name may be any text.
 *
 * @param models empty: all
 * @param expiresAt null: never
 */
record NewKey(
    String name,
    @Nullable String project,
    List<String> models,
    @Nullable Integer requestsPerMinute,
    @Nullable Integer concurrentStreams,
    @Nullable OnUnsupported onUnsupported,
    @Nullable Instant expiresAt) {

  /** How long a key is good when the request does not say. */
  static final int EXPIRES_IN_DAYS = 90;

  private static final int EXPIRES_IN_DAYS_MAX = 36_500;
  private static final int REQUESTS_PER_MINUTE_MAX = 1_000_000_000;
  private static final int CONCURRENT_STREAMS_MAX = 1_000_000;

  private static final Set<String> NAMES =
      Set.of(
          "name", "project", "models", "limits", "on_unsupported", "expires_at", "expires_in_days");
  private static final Set<String> LIMITS = Set.of("rpm", "concurrent_streams");

  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern MODEL = Pattern.compile("[^\\s\"'?\\[\\]{}\\\\\\p{Cc}]{1,200}");

  private static final String NAME_EXPECTED =
      "1 to %d characters, not blank, none of them a control character"
          .formatted(KeyRow.TEXT_CHARS);
  private static final String PROJECT_EXPECTED =
      "a name of at most 64 letters, digits, dots, underscores and hyphens";
  private static final String MODEL_EXPECTED =
      "a model name of at most 200 characters without spaces and quotes, in which * is the only"
          + " wildcard and never stands twice in a row";

  /** Reads and checks a request's body. */
  static NewKey read(Ask ask, Instant now) throws InterruptedException {
    Fields fields = ask.fields(NAMES);
    Fields limits = fields.object("limits", LIMITS);
    return new NewKey(
        name(fields),
        project(fields),
        models(fields),
        limits.number("rpm", 1, REQUESTS_PER_MINUTE_MAX),
        limits.number("concurrent_streams", 1, CONCURRENT_STREAMS_MAX),
        onUnsupported(fields),
        expiresAt(fields, now));
  }

  private static String name(Fields fields) {
    String name = fields.text("name", NAME_EXPECTED);
    if (name == null) {
      throw fields.invalid("name", "missing", NAME_EXPECTED);
    }
    if (name.isBlank()
        || name.length() > KeyRow.TEXT_CHARS
        || name.codePoints().anyMatch(NewKey::isUnprintable)) {
      throw fields.invalid(
          "name", "a text of %d characters".formatted(name.length()), NAME_EXPECTED);
    }
    return name;
  }

  private static boolean isUnprintable(int point) {
    return Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE;
  }

  private static @Nullable String project(Fields fields) {
    String project = fields.text("project", PROJECT_EXPECTED);
    if (project != null && !PROJECT.matcher(project).matches()) {
      throw fields.invalid("project", Quoted.of(project), PROJECT_EXPECTED);
    }
    return project;
  }

  private static List<String> models(Fields fields) {
    List<String> models = fields.texts("models", KeyRow.MODELS, MODEL_EXPECTED);
    for (int i = 0; i < models.size(); i++) {
      String model = models.get(i);
      if (!MODEL.matcher(model).matches()
          || model.contains("**")
          || model.codePoints().anyMatch(NewKey::isUnprintable)) {
        throw fields.invalid("models[" + i + "]", Quoted.of(model), MODEL_EXPECTED);
      }
    }
    return models;
  }

  private static @Nullable OnUnsupported onUnsupported(Fields fields) {
    String expected = "error or drop";
    String text = fields.text("on_unsupported", expected);
    if (text == null) {
      return null;
    }
    return switch (text) {
      case "error" -> OnUnsupported.ERROR;
      case "drop" -> OnUnsupported.DROP;
      default -> throw fields.invalid("on_unsupported", Quoted.of(text), expected);
    };
  }

  private static @Nullable Instant expiresAt(Fields fields, Instant now) {
    if (fields.has("expires_at") && fields.has("expires_in_days")) {
      throw fields.invalid(
          "expires_at", "there beside expires_in_days", "one of the two, or none for 90 days");
    }
    if (fields.has("expires_at")) {
      return moment(fields, now);
    }
    Integer days =
        fields.has("expires_in_days")
            ? fields.number("expires_in_days", 0, EXPIRES_IN_DAYS_MAX)
            : (Integer) EXPIRES_IN_DAYS;
    return days == null || days == 0 ? null : now.plus(Duration.ofDays(days));
  }

  private static @Nullable Instant moment(Fields fields, Instant now) {
    String expected = Times.EXPECTED + ", in the future; or null for never";
    String text = fields.text("expires_at", expected);
    if (text == null) {
      return null;
    }
    Instant time = Times.parse(text);
    if (time == null || !time.isAfter(now)) {
      throw fields.invalid("expires_at", Quoted.of(text), expected);
    }
    return time;
  }
}
