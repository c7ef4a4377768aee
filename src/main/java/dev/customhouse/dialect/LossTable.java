package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of every field of every dialect in every other one: carried, mapped, dropped or
 * refused, with the reason. The writers of requests ask it, the compatibility matrix in the
 * documentation is made of it, and the tests hold both to it.
 */
public final class LossTable {
  private static final String FEATURES = "losses/features.json";
  private static final String ANY = "*";

  /** What becomes of a thing. */
  public enum Fate {
    /** It goes over as it is. */
    CARRIED,
    /** It goes over as something of the same meaning. */
    MAPPED,
    /** It is left out, and the answer's header says so. */
    DROPPED,
    /** The request is refused, naming the field. */
    REFUSED;

    /** The word in the table. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * What becomes of a thing in one dialect.
   *
   * @param usual mostly
   * @param otherwise for models or forms for which that is not possible; null: always as usual
   */
  public record Fates(Fate usual, @Nullable Fate otherwise) {
    /** What becomes of it when it is lost; null when the table knows of no loss. */
    public @Nullable Fate lost() {
      Fate last = otherwise == null ? usual : otherwise;
      return last == Fate.DROPPED || last == Fate.REFUSED ? last : null;
    }
  }

  /**
   * A thing that the hub has a noun for.
   *
   * @param names the field in each dialect that has it
   * @param to what becomes of it
   * @param always true when it is refused even where losses are to be dropped
   */
  public record FeatureRow(
      Feature feature,
      Map<DialectId, String> names,
      Map<DialectId, Fates> to,
      String reason,
      boolean always) {}

  /**
   * A field of one dialect that the hub has no noun for.
   *
   * @param from null and the field {@code *}: any that no row knows
   * @param to also its own dialect where some of that dialect's hosts do not take it
   * @param code of the refusal; null: the usual one
   */
  public record FieldRow(
      @Nullable DialectId from,
      String field,
      Map<DialectId, Fates> to,
      String reason,
      boolean always,
      @Nullable String code) {}

  /** The rows, read when they are first asked for: most starts end in no translation for long. */
  private static final class Rows {
    static final Rows READ = new Rows();

    final List<FeatureRow> features;
    final List<FieldRow> fields;
    final Map<Feature, FeatureRow> byFeature = new EnumMap<>(Feature.class);
    final Map<DialectId, Map<String, FieldRow>> byField = new EnumMap<>(DialectId.class);
    final FieldRow unknown;

    private Rows() {
      JsonNode root = read(FEATURES);
      List<FieldRow> all = new ArrayList<>();
      for (DialectId dialect : DialectId.values()) {
        for (JsonNode row : read("losses/" + dialect.label() + ".json").path("rows")) {
          for (JsonNode name : row.path("fields")) {
            all.add(field(dialect, name.asText(), row));
          }
        }
      }
      features = List.copyOf(featureRows(root));
      fields = List.copyOf(all);
      unknown = field(null, ANY, root.path("unknown"));
      for (FeatureRow row : features) {
        if (byFeature.put(row.feature(), row) != null) {
          throw new IllegalStateException("twice in the table: " + row.feature().label());
        }
      }
      for (FieldRow row : fields) {
        DialectId from = java.util.Objects.requireNonNull(row.from());
        Map<String, FieldRow> rows = byField.computeIfAbsent(from, none -> new LinkedHashMap<>());
        if (rows.put(row.field(), row) != null) {
          throw new IllegalStateException(
              "twice in the table: " + from.label() + " " + row.field());
        }
      }
    }
  }

  private LossTable() {}

  /** The table that the gateway works by. */
  public static LossTable load() {
    return new LossTable();
  }

  private static JsonNode read(String resource) {
    try (InputStream in = LossTable.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("missing: " + resource);
      }
      JsonNode root = Json.read(in.readAllBytes());
      if (!root.isObject()) {
        throw new IllegalStateException("no JSON object: " + resource);
      }
      return root;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<FeatureRow> featureRows(JsonNode root) {
    List<FeatureRow> features = new ArrayList<>();
    for (JsonNode row : root.path("features")) {
      Map<DialectId, String> names = new EnumMap<>(DialectId.class);
      for (var name : row.path("names").properties()) {
        names.put(dialect(name.getKey()), name.getValue().asText());
      }
      features.add(
          new FeatureRow(
              feature(row.path("feature").asText()),
              names,
              fates(row.path("to"), null),
              row.path("reason").asText(),
              row.path("always").asBoolean()));
    }
    return features;
  }

  private static FieldRow field(@Nullable DialectId from, String field, JsonNode row) {
    return new FieldRow(
        from,
        field,
        fates(row.path("to"), from),
        row.path("reason").asText(),
        row.path("always").asBoolean(),
        Json.text(row.path("code")));
  }

  /** The row for all dialects does not speak of the field's own, where only hosts differ. */
  private static Map<DialectId, Fates> fates(JsonNode to, @Nullable DialectId own) {
    Map<DialectId, Fates> fates = new EnumMap<>(DialectId.class);
    JsonNode rest = to.path(ANY);
    for (DialectId dialect : DialectId.values()) {
      JsonNode told = to.path(dialect.label());
      String text = told.isTextual() ? told.asText() : dialect == own ? "" : rest.asText("");
      if (!text.isEmpty()) {
        String[] both = text.split(", else ", -1);
        fates.put(dialect, new Fates(fate(both[0]), both.length == 1 ? null : fate(both[1])));
      }
    }
    return fates;
  }

  private static Fate fate(String label) {
    return Fate.valueOf(label.toUpperCase(java.util.Locale.ROOT));
  }

  private static Feature feature(String label) {
    return Feature.valueOf(label.toUpperCase(java.util.Locale.ROOT));
  }

  private static DialectId dialect(String label) {
    for (DialectId dialect : DialectId.values()) {
      if (dialect.label().equals(label)) {
        return dialect;
      }
    }
    throw new IllegalStateException("no dialect: " + label);
  }

  /** All rows of things that the hub has a noun for. */
  public List<FeatureRow> features() {
    return Rows.READ.features;
  }

  /** All rows of other fields. */
  public List<FieldRow> fields() {
    return Rows.READ.fields;
  }

  /** What becomes of fields that no row knows. */
  public FieldRow unknown() {
    return Rows.READ.unknown;
  }

  /** The row of the feature. */
  public FeatureRow of(Feature feature) {
    FeatureRow row = Rows.READ.byFeature.get(feature);
    if (row == null) {
      throw new IllegalStateException("not in the table: " + feature.label());
    }
    return row;
  }

  /**
   * The row of a field that the hub has no noun for, or that of unknown fields.
   *
   * @param path such as {@code logit_bias} or {@code messages[].name}
   */
  public FieldRow of(DialectId from, String path) {
    FieldRow row = Rows.READ.byField.getOrDefault(from, Map.of()).get(path);
    return row == null ? unknown() : row;
  }
}
