package dev.customhouse.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * YAML 1.2 text to nodes that know their line and column. Text that is nested too deep or has too
 * many aliases is refused before a tree is built of it.
 */
final class YamlFile {
  /** Largest file. */
  static final int FILE_BYTES = 4 * 1024 * 1024;

  /** Deepest nesting of mappings and lists; the schema needs 6. */
  static final int DEPTH = 32;

  /** Most aliases ({@code *name}) in a file. */
  static final int ALIASES = 100;

  private static final String NO_MERGE =
      "a merge key (<<) has no mapping to merge, expected an alias of a mapping";

  private YamlFile() {}

  /** The root of the text; null when the text is empty or a problem was reported. */
  static @Nullable Node parse(String yaml, String fileName, Problems problems) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(fileName)
            .setSchema(new CoreSchema())
            .setCodePointLimit(FILE_BYTES)
            .setMaxAliasesForCollections(ALIASES)
            .setAllowNonScalarKeys(true)
            .setUseMarks(true)
            .build();
    try {
      return withinLimits(yaml, settings, problems)
          ? new Compose(settings).composeString(yaml).orElse(null)
          : null;
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      problems.add(mark.map(YamlFile::place).orElse(Place.FILE), "not YAML: " + plain(e));
    } catch (YamlEngineException e) {
      problems.add(Place.FILE, "not YAML, expected a text file in YAML 1.2");
    }
    return null;
  }

  /** The place of a mark, with no path. */
  static Place place(Mark mark) {
    return new Place("", mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static boolean withinLimits(String yaml, LoadSettings settings, Problems problems) {
    int depth = 0;
    int aliases = 0;
    boolean mergeKey = false;
    for (Event event : new Parse(settings).parseString(yaml)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        case Alias -> aliases += event instanceof AliasEvent ? 1 : 0;
        default -> {}
      }
      Place place = event.getStartMark().map(YamlFile::place).orElse(Place.FILE);
      if (mergeKey && event instanceof ScalarEvent) {
        problems.add(place, "not YAML: " + NO_MERGE);
        return false;
      }
      mergeKey =
          event instanceof ScalarEvent scalar && scalar.isPlain() && scalar.getValue().equals("<<");
      if (depth > DEPTH) {
        problems.add(place, "nested deeper than " + DEPTH + " levels");
        return false;
      }
      if (aliases > ALIASES) {
        problems.add(place, "more than " + ALIASES + " aliases");
        return false;
      }
    }
    return true;
  }

  /** What the parser says, without names that could be the beginning of an unquoted secret. */
  private static String plain(MarkedYamlEngineException e) {
    String problem = e.getProblem();
    if (problem == null) {
      return "the text cannot be read";
    }
    if (problem.startsWith("found undefined alias")) {
      return "an alias (*) names no anchor; a text that begins with * needs quotes";
    }
    if (problem.startsWith("found undefined tag handle")) {
      return "a tag (!) is not known; a text that begins with ! needs quotes";
    }
    if (problem.startsWith("expected ',' or")) {
      return problem + "; within [ ] and { } a text that holds { or } needs quotes";
    }
    if (problem.startsWith("Expected mapping node")) {
      return NO_MERGE;
    }
    String context = e.getContext();
    return context == null || context.isBlank() ? problem : context + ", " + problem;
  }
}
