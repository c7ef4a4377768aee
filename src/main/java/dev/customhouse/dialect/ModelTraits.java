package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Glob;
import dev.customhouse.canonical.chat.Thinking;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What families of models take and refuse, where that differs within one dialect. A table of facts
 * that the vendors document, by globs over names; a model that no row knows is taken to be a recent
 * one of its vendor.
 *
 * @param maxOutputTokens how much it can answer at most; null: not known
 * @param contextTokens how much it can read at most; null: not known
 * @param thinking how it is told to think
 * @param efforts the efforts it knows; empty: none
 * @param samples true when temperature, top_p and top_k may be set
 * @param samplesWhileThinking true when they may be set also while it thinks
 * @param lateInstructions true when instructions may stand in the middle of the conversation
 * @param jsonSchema true when it can be held to a schema
 * @param off how a Claude is told not to think
 * @param budgetToo true when it takes a budget of tokens although it is told to think another way
 * @param forcedTools true when it can be made to use a tool
 * @param temperatureWithTopP true when temperature and top_p may be set both
 */
public record ModelTraits(
    @Nullable Integer maxOutputTokens,
    @Nullable Integer contextTokens,
    Way thinking,
    Set<Thinking.Effort> efforts,
    boolean samples,
    boolean samplesWhileThinking,
    boolean lateInstructions,
    boolean jsonSchema,
    Off off,
    boolean budgetToo,
    boolean forcedTools,
    boolean temperatureWithTopP) {
  /** How a model is told to think. */
  public enum Way {
    /** It cannot. */
    NONE,
    /** By a budget of tokens. */
    BUDGET,
    /** By itself, with an effort as a hint (Anthropic's {@code adaptive}). */
    ADAPTIVE,
    /** By a level or an effort (Gemini 3, OpenAI). */
    EFFORT
  }

  /** How a Claude is told not to think. */
  public enum Off {
    /** By {@code thinking.type} being {@code disabled}. */
    DISABLED,
    /** By {@code between_tools}, which leaves short notes between calls of tools. */
    BETWEEN_TOOLS,
    /** It always thinks; the least effort comes nearest. */
    NEVER
  }

  private record Row(List<Glob> models, ModelTraits traits) {}

  private static final String RESOURCE = "model-traits.json";
  private static final List<Row> ROWS = rows();
  private static final Map<String, ModelTraits> KNOWN = new ConcurrentHashMap<>();

  /** Names come from clients where a glob passes them through. */
  private static final int KNOWN_NAMES = 1_000;

  /** Regions and vendors before the name, and versions behind it: {@code us.anthropic.x-v1:0}. */
  private static final Pattern BEFORE =
      Pattern.compile(
          "^(?:.*/)?(?:(?:us|eu|apac|ap|global|jp|au|ca|us-gov)[.])?"
              + "(?:(?:anthropic|amazon|meta|mistral|openai|deepseek|google|cohere|qwen|moonshotai)[.])?");

  private static final Pattern BEHIND = Pattern.compile("(?:-v[0-9]+(?::[0-9]+)*|@[a-z0-9]+)$");

  /** The traits of a model by a provider's name for it. */
  public static ModelTraits of(String model) {
    ModelTraits known = KNOWN.get(model);
    if (known != null) {
      return known;
    }
    ModelTraits found = find(plain(model));
    if (KNOWN.size() < KNOWN_NAMES) {
      KNOWN.put(model, found);
    }
    return found;
  }

  /** The name without region, vendor, path and version. */
  static String plain(String model) {
    String lower = model.toLowerCase(Locale.ROOT);
    return BEHIND.matcher(BEFORE.matcher(lower).replaceFirst("")).replaceFirst("");
  }

  private static ModelTraits find(String plain) {
    for (Row row : ROWS) {
      for (Glob glob : row.models()) {
        if (glob.matches(plain)) {
          return row.traits();
        }
      }
    }
    throw new IllegalStateException("the last row of " + RESOURCE + " must be for every model");
  }

  /** The nearest effort that the model knows, at or below the one asked for; null: none. */
  public Thinking.@Nullable Effort nearest(Thinking.Effort asked) {
    Thinking.Effort best = null;
    for (Thinking.Effort effort : efforts) {
      boolean below = effort.compareTo(asked) <= 0;
      if (below || best == null) {
        best = effort;
      }
    }
    return best;
  }

  private static List<Row> rows() {
    try (InputStream in = ModelTraits.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("missing: " + RESOURCE);
      }
      List<Row> rows = new ArrayList<>();
      for (JsonNode row : Json.read(in.readAllBytes()).path("models")) {
        List<Glob> globs = new ArrayList<>();
        row.path("names").forEach(name -> globs.add(new Glob(name.asText())));
        rows.add(new Row(globs, traits(row)));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ModelTraits traits(JsonNode row) {
    Set<Thinking.Effort> efforts = EnumSet.noneOf(Thinking.Effort.class);
    for (JsonNode effort : row.path("efforts")) {
      efforts.add(Thinking.Effort.valueOf(effort.asText().toUpperCase(Locale.ROOT)));
    }
    return new ModelTraits(
        number(row.path("max_output_tokens")),
        number(row.path("context_tokens")),
        Way.valueOf(row.path("thinking").asText("none").toUpperCase(Locale.ROOT)),
        efforts,
        row.path("samples").asBoolean(true),
        row.path("samples_while_thinking").asBoolean(true),
        row.path("late_instructions").asBoolean(true),
        row.path("json_schema").asBoolean(true),
        Off.valueOf(row.path("off").asText("disabled").toUpperCase(Locale.ROOT)),
        row.path("budget_too").asBoolean(false),
        row.path("forced_tools").asBoolean(true),
        row.path("temperature_with_top_p").asBoolean(true));
  }

  private static @Nullable Integer number(JsonNode node) {
    return node.isInt() ? Integer.valueOf(node.asInt()) : null;
  }
}
