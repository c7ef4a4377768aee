package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a client heard beside what the oracle found in the recording. */
final class Comparison {
  private final Recording recording;
  private final DialectId client;
  private final RequestRecord record;
  private final List<String> faults = new ArrayList<>();
  private final Set<Difference> differences = EnumSet.noneOf(Difference.class);
  private int facts;
  private int right;

  /** Where a client hears something else than the provider said, on purpose. */
  enum Difference {
    NONE_YET
  }

  Comparison(Recording recording, DialectId client, RequestRecord record) {
    this.recording = recording;
    this.client = client;
    this.record = record;
  }

  List<String> faults() {
    return Collections.unmodifiableList(faults);
  }

  Set<Difference> differences() {
    return Collections.unmodifiableSet(differences);
  }

  int facts() {
    return facts;
  }

  int right() {
    return right;
  }

  /** One fact. */
  void same(@Nullable Object expected, @Nullable Object heard, String what) {
    facts++;
    if (Objects.equals(expected, heard)) {
      right++;
    } else {
      faults.add("%s is %s and not %s".formatted(what, shown(heard), shown(expected)));
    }
  }

  private static String shown(@Nullable Object value) {
    String text = String.valueOf(value);
    return text.length() <= 200 ? text : text.substring(0, 200) + "... (" + text.length() + ")";
  }

  /** The client got an error. */
  void error(int status, JsonNode body, boolean inDialect) {
    same(true, inDialect, "whether " + body + " is an error of the dialect");
    faults.add("ERROR " + recording.status() + recording.facts().path("error") + " => " + status + " " + record.error() + " " + body);
  }

  /** The client got an answer. */
  void answer(Heard heard) {
    JsonNode expected = recording.facts();
    faults.addAll(heard.faults);
    same(expected.path("text").asText(), heard.text.toString(), "the text");
    same(
        expected.path("reasoning").path("text").asText(),
        heard.reasoning.toString(),
        "the reasoning");
    same(expected.path("refusal").asText(""), heard.refusal.toString(), "the refusal");
    same(expected.path("finish").path("normal").asText("stop"), heard.finish, "the finish");
    same(Facts.of(recording).usage(), heard.usage, "the usage");
    same(expected.path("error").path("message").asText(""), Objects.requireNonNullElse(heard.error, ""), "the error");
    calls(expected.path("tool_calls"), heard.wishes());
  }

  private void calls(JsonNode expected, List<Heard.Wish> heard) {
    same(expected.size(), heard.size(), "the number of calls");
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < Math.min(expected.size(), heard.size()); i++) {
      JsonNode call = expected.path(i);
      Heard.Wish wish = heard.get(i);
      same(call.path("name").asText(), wish.name, "the name of a call");
      if (call.path("arguments").isNull()) {
        same(call.path("arguments_raw").asText(), wish.arguments.toString(), "the arguments");
      } else {
        same(call.path("arguments"), wish.json(), "the arguments");
      }
      if (!call.path("id").asText().isEmpty()) {
        same(call.path("id").asText(), wish.id, "the id of a call");
      }
      same(true, ids.add(wish.id), "whether the id " + wish.id + " is the call's own");
    }
  }

  static @Nullable Usage unused() {
    return null;
  }
}
