package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.LossTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client heard beside what the oracle found in the recording. */
final class Comparison {
  private static final LossTable TABLE = LossTable.load();
  private static final Pattern MESSAGES_ID = Pattern.compile("[a-zA-Z0-9_-]+");
  private static final Set<String> REASONS =
      Set.of(
          "stop",
          "stop_sequence",
          "length",
          "context_window",
          "tool_calls",
          "content_filter",
          "refusal",
          "compaction",
          "pause",
          "error",
          "unknown");

  private final Recording recording;
  private final JsonNode expected;
  private final DialectId client;
  private final List<String> faults = new ArrayList<>();
  private final Map<Difference, Integer> differences = new EnumMap<>(Difference.class);
  private int facts;
  private int right;

  /**
   * Where a client hears something else than the provider said, on purpose. The rules are by what
   * was recorded and not by name, so that new cases fall under them too.
   */
  enum Difference {
    /** Responses say by their status that they failed; elsewhere an error stands for the reason. */
    BROKEN_OFF(Feature.ANSWER_STOP_REASON),
    /** Every dialect must name a reason: an answer that ends without one came to its end. */
    REASON_NOT_TOLD(Feature.ANSWER_STOP_REASON),
    /** A response under way has a status and no reason; the client is told that it stopped. */
    STATUS_IS_NO_REASON(Feature.ANSWER_STOP_REASON),
    /** The client's dialect has one reason for several of the normal form's. */
    REASON_BY_ANOTHER_NAME(Feature.ANSWER_STOP_REASON),
    /**
     * Responses and Gemini tell by the calls, and not by a reason, that tools are wanted; so do
     * some hosts of chats, whose calls are taken by their word.
     */
    CALLS_ARE_THE_REASON(Feature.ANSWER_STOP_REASON),
    /** Messages, Gemini and Bedrock have no place for the words of declining: they are text. */
    DECLINED_IN_WORDS(Feature.ANSWER_DECLINED),
    /**
     * Messages, Gemini and Bedrock have no tools of free text: it is the one member of an object.
     */
    FREE_TEXT_IN_AN_OBJECT(Feature.ANSWER_FREEFORM_CALL),
    /** Messages and Bedrock take ids of certain letters only. */
    ID_FITTED(Feature.ANSWER_CALL_ID),
    /** A call without a name is none: some hosts fill every field with empty texts. */
    NAMELESS_CALL(Feature.ANSWER_NAMELESS_CALL),
    /** The whole text of the recording is another than its pieces, which were shown already. */
    PIECES_ARE_NOT_THE_TEXT(Feature.ANSWER_CORRECTED_TEXT),
    /** Responses require counts that the provider did not tell: 0. */
    NOT_TOLD_IS_ZERO(Feature.ANSWER_CACHE_READ_TOKENS),
    /** Gemini does not tell what was written to a cache. */
    WRITES_NOT_COUNTED(Feature.ANSWER_CACHE_WRITE_TOKENS),
    /** Bedrock does not tell what was thought. */
    THOUGHTS_NOT_COUNTED(Feature.ANSWER_REASONING_TOKENS),
    /** Messages and Bedrock require usage; where the provider told none the input is estimated. */
    USAGE_ESTIMATED(Feature.ANSWER_USAGE);

    private final Feature row;

    Difference(Feature row) {
      this.row = row;
    }

    /** True when the table of losses says that it is so for clients of the dialect. */
    boolean isListed(DialectId client) {
      LossTable.Fates fates = Objects.requireNonNull(TABLE.of(row).to().get(client));
      return fates.usual() != LossTable.Fate.CARRIED || fates.otherwise() != null;
    }

    /** True when the client's dialect could say it as the provider did. */
    boolean isSayable() {
      return this == NAMELESS_CALL || this == PIECES_ARE_NOT_THE_TEXT;
    }
  }

  /** A comparison with the facts of the recording, for a client of that dialect. */
  Comparison(Recording recording, DialectId client) {
    this.recording = recording;
    this.expected = recording.facts();
    this.client = client;
  }

  List<String> faults() {
    return Collections.unmodifiableList(faults);
  }

  Map<Difference, Integer> differences() {
    return Collections.unmodifiableMap(differences);
  }

  /** How many facts were compared. */
  int facts() {
    return facts;
  }

  /** How many of them the client heard as the oracle found them. */
  int right() {
    return right;
  }

  /** One fact. */
  void same(@Nullable Object wanted, @Nullable Object heard, String what) {
    same(wanted, heard, what, wanted, null);
  }

  /** One fact that may be heard in another way. */
  private void same(
      @Nullable Object found,
      @Nullable Object heard,
      String what,
      @Nullable Object instead,
      @Nullable Difference difference) {
    facts++;
    if (equal(found, heard)) {
      right++;
    } else if (difference != null && equal(instead, heard)) {
      differences.merge(difference, 1, Integer::sum);
      if (!difference.isListed(client)) {
        faults.add("%s is no listed loss: %s".formatted(difference, what));
      }
    } else {
      faults.add("%s is %s and not %s".formatted(what, shown(heard), shown(instead)));
    }
  }

  private static boolean equal(@Nullable Object one, @Nullable Object other) {
    if (one instanceof JsonNode tree && other instanceof JsonNode heard) {
      return tree.equals(Comparator.comparing(JsonNode::toString, Comparison::numbers), heard);
    }
    return Objects.equals(one, other);
  }

  /** Numbers are equal by their value: {@code 7.0} is 7. */
  private static int numbers(String one, String other) {
    if (one.equals(other)) {
      return 0;
    }
    try {
      return new java.math.BigDecimal(one).compareTo(new java.math.BigDecimal(other));
    } catch (NumberFormatException e) {
      return 1;
    }
  }

  private static String shown(@Nullable Object value) {
    String text = String.valueOf(value);
    return text.length() <= 200 ? text : text.substring(0, 200) + "... (" + text.length() + ")";
  }

  /** The client got an error: its status, its kind, and whether it says what the provider said. */
  void error(int status, ErrorKind kind, String told, boolean inDialect) {
    same(true, inDialect, "whether '" + told + "' is an error of the dialect");
    ErrorKind wanted = kind();
    same(wanted, kind, "the kind of error");
    same(status(wanted), status, "the status");
    String words = expected.path("error").path("message").asText("").strip();
    boolean shown =
        wanted == ErrorKind.INVALID_REQUEST
            || wanted == ErrorKind.NOT_FOUND
            || wanted == ErrorKind.CONTEXT_TOO_LONG;
    if (!words.isEmpty()) {
      same(shown, told.contains(words), "whether the provider's words are told");
    }
  }

  /** By status and words, as the vendors' pages on errors say. */
  private ErrorKind kind() {
    JsonNode error = expected.path("error");
    String all = error.toString().toLowerCase(Locale.ROOT);
    int status = recording.status();
    boolean account =
        status == 401
            || status == 402
            || status == 403
            || all.contains("insufficient_quota")
            || all.contains("incorrect api key")
            || all.contains("api key not valid");
    boolean tooLong =
        all.contains("prompt is too long")
            || all.contains("input tokens exceeded")
            || all.contains("token count (")
            || all.contains("context_length_exceeded");
    if (account) {
      return ErrorKind.UNAVAILABLE;
    } else if (tooLong) {
      return ErrorKind.CONTEXT_TOO_LONG;
    }
    if (all.contains("model identifier is invalid")) {
      return ErrorKind.NOT_FOUND;
    }
    return switch (status) {
      case 404 -> ErrorKind.NOT_FOUND;
      case 429 -> ErrorKind.RATE_LIMITED;
      case 502 -> ErrorKind.BAD_GATEWAY;
      case 503, 529 -> ErrorKind.OVERLOADED;
      case 200 -> ErrorKind.RATE_LIMITED;
      default -> ErrorKind.INVALID_REQUEST;
    };
  }

  private int status(ErrorKind kind) {
    return switch (kind) {
      case INVALID_REQUEST, CONTEXT_TOO_LONG -> 400;
      case NOT_FOUND -> 404;
      case RATE_LIMITED -> 429;
      case BAD_GATEWAY -> 502;
      case OVERLOADED -> client == DialectId.ANTHROPIC_MESSAGES ? 529 : 503;
      default -> 503;
    };
  }

  /** The client got an answer. */
  void answer(Heard heard) {
    faults.addAll(heard.faults);
    String text = expected.path("text").asText();
    String refusal = expected.path("refusal").asText("");
    boolean spoken = declinesInWords() && !refusal.isEmpty();
    boolean other =
        recording.events()
            && expected.path("stream_info").path("text_from_deltas_equal").isBoolean()
            && !expected.path("stream_info").path("text_from_deltas_equal").asBoolean();
    same(
        text,
        heard.text.toString(),
        "the text",
        spoken ? text + refusal : other ? heard.text.toString() : text,
        spoken ? Difference.DECLINED_IN_WORDS : other ? Difference.PIECES_ARE_NOT_THE_TEXT : null);
    same(
        refusal,
        heard.refusal.toString(),
        "the refusal",
        "",
        spoken ? Difference.DECLINED_IN_WORDS : null);
    same(
        expected.path("reasoning").path("text").asText(),
        heard.reasoning.toString(),
        "the reasoning");
    calls(expected.path("tool_calls"), heard.wishes());
    if (isBroken()) {
      same(true, heard.error != null, "whether an error is told");
      broken(heard);
      return;
    }
    same(null, heard.error, "the error");
    finish(heard.finish);
    usage(heard.usage);
  }

  private boolean declinesInWords() {
    return client == DialectId.ANTHROPIC_MESSAGES
        || client == DialectId.GEMINI
        || client == DialectId.BEDROCK;
  }

  private boolean isBroken() {
    JsonNode stream = expected.path("stream_info");
    return expected.path("error").isObject()
        || recording.events()
            && !stream.path("terminator").isTextual()
            && expected.path("finish").path("native").isNull();
  }

  /** What was told before the answer broke off is told to the client too. */
  private void broken(Heard heard) {
    boolean failed = expected.path("finish").path("normal").asText("").equals("error");
    boolean byStatus = client == DialectId.OPENAI_RESPONSES;
    JsonNode told = expected.path("finish").path("normal");
    String reason = told.isTextual() ? told.asText() : null;
    same(
        reason,
        heard.finish,
        "the reason",
        byStatus ? "error" : failed ? null : reason,
        Difference.BROKEN_OFF);
    Usage usage = Facts.of(recording).usage();
    Usage known = heard.usage;
    if (usage == null) {
      same(null, known, "the usage", known, Difference.USAGE_ESTIMATED);
    } else {
      usage(known);
    }
  }

  private void finish(@Nullable String heard) {
    String told = expected.path("finish").path("normal").asText("");
    boolean calls = !expected.path("tool_calls").isEmpty();
    Difference difference = null;
    String instead = told;
    if (told.isEmpty()) {
      difference = Difference.REASON_NOT_TOLD;
      instead = "stop";
    } else if (!REASONS.contains(told)) {
      difference = Difference.STATUS_IS_NO_REASON;
      instead = client == DialectId.GEMINI ? "unknown" : "stop";
    } else if (told.equals("stop")
        && calls
        && (!namesToolCalls() || recording.dialect() == DialectId.OPENAI_CHAT)) {
      difference = Difference.CALLS_ARE_THE_REASON;
      instead = "tool_calls";
    } else if (!expected.path("refusal").asText("").isEmpty() && declinesInWords()) {
      difference = Difference.DECLINED_IN_WORDS;
      instead = client == DialectId.ANTHROPIC_MESSAGES ? "refusal" : "stop";
    } else {
      difference = Difference.REASON_BY_ANOTHER_NAME;
      instead = byItsName(told);
    }
    same(told, heard, "the reason", instead, difference);
  }

  private boolean namesToolCalls() {
    return client != DialectId.OPENAI_RESPONSES && client != DialectId.GEMINI;
  }

  /** The reason as the client's dialect can say it. */
  private String byItsName(String told) {
    boolean messages = client == DialectId.ANTHROPIC_MESSAGES;
    boolean bedrock = client == DialectId.BEDROCK;
    return switch (told) {
      case "stop_sequence" -> messages || bedrock ? told : "stop";
      case "compaction" -> messages ? told : "stop";
      case "context_window" -> messages || bedrock ? told : "length";
      case "content_filter" -> messages ? "refusal" : told;
      case "refusal" -> messages ? told : "content_filter";
      case "pause" ->
          messages ? told : client == DialectId.OPENAI_RESPONSES ? "incomplete" : "stop";
      case "unknown" -> client == DialectId.GEMINI ? told : "stop";
      default -> told;
    };
  }

  private void usage(@Nullable Usage heard) {
    Usage told = Facts.of(recording).usage();
    boolean required = client == DialectId.ANTHROPIC_MESSAGES || client == DialectId.BEDROCK;
    if (told == null && required && heard != null) {
      same(null, heard, "the usage", heard, Difference.USAGE_ESTIMATED);
      return;
    }
    if (told == null || heard == null) {
      same(told, heard, "the usage");
      return;
    }
    same(told.inputTokens(), heard.inputTokens(), "the input's tokens");
    same(told.outputTokens(), heard.outputTokens(), "the output's tokens");
    count(told.cacheReadTokens(), heard.cacheReadTokens(), "the tokens read from a cache");
    if (client == DialectId.BEDROCK) {
      same(
          told.reasoningTokens(),
          heard.reasoningTokens(),
          "the reasoning's tokens",
          null,
          Difference.THOUGHTS_NOT_COUNTED);
    } else {
      count(told.reasoningTokens(), heard.reasoningTokens(), "the reasoning's tokens");
    }
    if (client == DialectId.GEMINI) {
      same(
          told.cacheWriteTokens(),
          heard.cacheWriteTokens(),
          "the tokens written to a cache",
          null,
          Difference.WRITES_NOT_COUNTED);
    } else {
      count(told.cacheWriteTokens(), heard.cacheWriteTokens(), "the tokens written to a cache");
    }
  }

  /** A count that was not told is none, where the client's dialect allows that. */
  private void count(@Nullable Long told, @Nullable Long heard, String what) {
    if (client == DialectId.OPENAI_RESPONSES && told == null) {
      same(null, heard, what, 0L, Difference.NOT_TOLD_IS_ZERO);
    } else {
      same(told, heard, what);
    }
  }

  private void calls(JsonNode told, List<Heard.Wish> heard) {
    List<JsonNode> named = new ArrayList<>();
    told.forEach(call -> {
      if (!call.path("name").asText().isEmpty()) {
        named.add(call);
      }
    });
    same(told.size(), heard.size(), "the number of calls", named.size(), Difference.NAMELESS_CALL);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < Math.min(named.size(), heard.size()); i++) {
      call(named.get(i), heard.get(i));
      same(true, ids.add(heard.get(i).id), "whether each call has an id of its own");
    }
  }

  private void call(JsonNode told, Heard.Wish heard) {
    same(told.path("name").asText(), heard.name, "the name of a call");
    String raw = told.path("arguments_raw").asText();
    if (!told.path("arguments").isNull()) {
      same(told.path("arguments"), heard.json(), "the arguments");
    } else if (declinesInWords()) {
      JsonNode json = heard.json();
      boolean wrapped = json != null && raw.equals(json.path("input").asText());
      String arguments = heard.arguments.toString();
      same(
          raw,
          arguments,
          "the free text in the arguments",
          wrapped ? arguments : raw,
          Difference.FREE_TEXT_IN_AN_OBJECT);
    } else {
      same(raw, heard.arguments.toString(), "the arguments");
    }
    String id = told.path("id").asText("");
    if (!id.isEmpty()) {
      boolean strict = client == DialectId.ANTHROPIC_MESSAGES || client == DialectId.BEDROCK;
      boolean fits = !strict || MESSAGES_ID.matcher(id).matches();
      same(id, heard.id, "the id of a call", heard.id, fits ? null : Difference.ID_FITTED);
    }
  }
}
