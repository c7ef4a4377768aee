package dev.customhouse.dialect;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.canonical.chat.Thinking;
import dev.customhouse.canonical.chat.Tool;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one request loses on its way from one dialect to another. The table decides what becomes of
 * a loss; a loss that the table does not list is dropped like an unknown field, and remembered as a
 * mistake of ours.
 */
public final class Losses {
  private static final String CODE = "unsupported_parameter";
  private static final Set<Feature> ADDRESSES =
      EnumSet.of(Feature.IMAGE_URL, Feature.DOCUMENT_URL, Feature.AUDIO_URL, Feature.VIDEO_URL);

  private final LossTable table;
  private final DialectId from;
  private final DialectId to;
  private final Target target;
  private final OnUnsupported policy;
  private Set<String> dropped = Set.of();
  private Set<String> unlisted = Set.of();
  private boolean instructed;
  private @Nullable String unfetched;

  /** None yet. */
  public Losses(
      LossTable table, DialectId from, DialectId to, Target target, OnUnsupported policy) {
    this.table = table;
    this.from = from;
    this.to = to;
    this.target = target;
    this.policy = policy;
  }

  /**
   * The feature is not carried.
   *
   * @throws Refusal of kind INVALID_REQUEST when the table or the policy refuses that
   */
  public void lost(Feature feature) {
    lost(feature, null);
  }

  /**
   * The feature is not carried.
   *
   * @param which of several it is, such as the name of a tool; never a text of the prompt. Null:
   *     there is only one
   */
  public void lost(Feature feature, @Nullable String which) {
    LossTable.FeatureRow row = table.of(feature);
    String name = row.names().getOrDefault(from, feature.label());
    String shown = which == null ? name : name + " '" + which + "'";
    LossTable.Fates fates = row.to().get(to);
    LossTable.Fate fate = fates == null ? null : fates.lost();
    if (fate == null) {
      unlisted = with(unlisted, feature.label());
    }
    String trouble = unfetched;
    boolean unread = trouble != null && ADDRESSES.contains(feature);
    String reason =
        unread ? "%s It was not fetched: %s.".formatted(row.reason(), trouble) : row.reason();
    settle(fate, name, shown, reason, row.always(), CODE);
  }

  /**
   * Of what a client says of the drawing of tokens, that for which most dialects have no word:
   * penalties, a seed, and several answers.
   *
   * @throws Refusal of kind INVALID_REQUEST when the table or the policy refuses that
   */
  public void untaken(Sampling sampling) {
    if (sampling.frequencyPenalty() != null) {
      lost(Feature.FREQUENCY_PENALTY);
    }
    if (sampling.presencePenalty() != null) {
      lost(Feature.PRESENCE_PENALTY);
    }
    if (sampling.seed() != null) {
      lost(Feature.SEED);
    }
    Integer candidates = sampling.candidates();
    if (candidates != null && candidates > 1) {
      lost(Feature.CANDIDATES);
    }
  }

  /**
   * Media could not be put into the request.
   *
   * @param reason for clients, a sentence without its full stop; null: all that was wanted is there
   */
  void unfetched(@Nullable String reason) {
    unfetched = reason;
  }

  /** None yet, by the same rules. */
  Losses anew() {
    Losses same = new Losses(table, from, to, target, policy);
    same.unfetched = unfetched;
    return same;
  }

  /** Fields of the request that only another dialect has. */
  void foreign(ChatRequest request) {
    foreign(request.extras(), "");
    for (Message message : request.messages()) {
      foreign(message.extras(), "messages[].");
      foreign(message.content());
    }
    for (Tool tool : request.tools()) {
      switch (tool) {
        case Tool.Function function -> foreign(function.extras(), "tools[].");
        case Tool.Freeform freeform -> foreign(freeform.extras(), "tools[].");
        case Tool.Native ignored -> {}
      }
    }
    Thinking thinking = request.thinking();
    if (thinking != null) {
      foreign(thinking.extras(), "thinking.");
    }
    if (request.outputFormat() instanceof OutputFormat.JsonSchema schema) {
      foreign(schema.extras(), "format.");
    }
  }

  private void foreign(List<Content> contents) {
    for (Content content : contents) {
      foreign(content.extras(), "content[].");
      if (content instanceof Content.ToolResult result) {
        foreign(result.content());
      }
    }
  }

  private void foreign(Extras extras, String prefix) {
    DialectId whose = extras.dialect();
    if (whose == null || whose == to) {
      return;
    }
    for (String field : extras.fields().keySet()) {
      String path = prefix + field;
      LossTable.FieldRow row = table.of(whose, path);
      LossTable.Fates fates = row.to().get(to);
      LossTable.Fate fate = fates == null ? LossTable.Fate.DROPPED : fates.usual();
      if (fate == LossTable.Fate.DROPPED || fate == LossTable.Fate.REFUSED) {
        String code = row.code() == null ? CODE : row.code();
        settle(fate, path, path, row.reason(), row.always(), code);
      }
    }
  }

  private void settle(
      LossTable.@Nullable Fate fate,
      String field,
      String shown,
      String reason,
      boolean always,
      String code) {
    boolean refused = fate == LossTable.Fate.REFUSED;
    if (policy == OnUnsupported.ERROR || (refused && (always || policy != OnUnsupported.DROP))) {
      throw RequestBody.invalid(
          code,
          "%s cannot be carried to the model '%s', which the provider '%s' serves in the dialect '%s'. %s"
              .formatted(quoted(shown), target.model(), target.provider(), to.label(), reason)
              .strip(),
          field);
    }
    dropped = with(dropped, shown.replace("'", ""));
  }

  /** Most requests lose nothing: there is a set from the first loss on. */
  private static Set<String> with(Set<String> told, String name) {
    Set<String> all = told.isEmpty() ? new LinkedHashSet<>() : told;
    all.add(name);
    return all;
  }

  private static String quoted(String shown) {
    return shown.indexOf('\'') < 0 ? "'" + shown + "'" : shown;
  }

  /**
   * A field that the hub has no noun for, and that is carried as a rule, is not taken by this host.
   *
   * @param path as the table names it
   * @throws Refusal of kind INVALID_REQUEST when the policy refuses that
   */
  public void lost(DialectId whose, String path) {
    lost(whose, path, null);
  }

  /**
   * A field that the hub has no noun for, and that is carried as a rule, is not taken by this host.
   *
   * @param path as the table names it
   * @param which of several values it is; never a text of the prompt. Null: there is only one
   * @throws Refusal of kind INVALID_REQUEST when the policy refuses that
   */
  public void lost(DialectId whose, String path, @Nullable String which) {
    LossTable.FieldRow row = table.of(whose, path);
    LossTable.Fates fates = row.to().get(to);
    if (fates != null && fates.otherwise() == LossTable.Fate.MAPPED) {
      return;
    }
    LossTable.Fate fate = fates == null ? null : fates.lost();
    if (fate == null) {
      unlisted = with(unlisted, path);
    }
    String shown = which == null ? path : path + " '" + which + "'";
    settle(fate, path, shown, row.reason(), row.always(), CODE);
  }

  /** The feature was left out, whatever the policy: without that there would be no answer. */
  void note(Feature feature) {
    dropped = with(dropped, table.of(feature).names().getOrDefault(from, feature.label()));
  }

  /**
   * The model cannot be held to the form that the client wants of its answer, and was told it in
   * words instead: the answer is to be checked.
   */
  public void instructed() {
    instructed = true;
  }

  /** True when the form of the answer is told in words only. */
  boolean isInstructed() {
    return instructed;
  }

  /** What was left out, by the names of the client's dialect, each once, in order. */
  public List<String> dropped() {
    return List.copyOf(dropped);
  }

  /** Losses that the table does not list: mistakes of ours, which the tests look for. */
  public Set<String> unlisted() {
    return unlisted;
  }
}
