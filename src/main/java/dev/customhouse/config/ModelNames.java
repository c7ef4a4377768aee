package dev.customhouse.config;

import dev.customhouse.canonical.Glob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names and globs of the models, asked by a client's model name. An exact name goes before a
 * glob; of globs the one with more literal characters goes first, then the one that stands first.
 */
public final class ModelNames {
  /**
   * A name that was found.
   *
   * @param name the model's name or glob as the file has it
   * @param star what {@code *} stands for; empty text for an exact name
   */
  public record Match(String name, String star) {}

  private final Set<String> exact = new HashSet<>();
  private final List<Glob> globs = new ArrayList<>();

  /** Of these names and globs, in file order. */
  public ModelNames(Collection<String> names) {
    for (String name : names) {
      exact.add(name);
      if (name.contains("*")) {
        globs.add(new Glob(name));
      }
    }
    globs.sort(Comparator.comparingInt(Glob::literalCharacters).reversed());
  }

  /** The model that serves this name; empty when none does. */
  public Optional<Match> find(String asked) {
    if (exact.contains(asked) && !asked.contains("*")) {
      return Optional.of(new Match(asked, ""));
    }
    for (Glob glob : globs) {
      Optional<String> star = glob.star(asked);
      if (star.isPresent()) {
        return Optional.of(new Match(glob.toString(), star.get()));
      }
    }
    return Optional.empty();
  }
}
