package dev.customhouse.canonical;

import java.util.List;
import java.util.Optional;

/**
 * A model name in which {@code *} stands for any characters, none included; nothing else is a
 * wildcard. A text without {@code *} matches itself. Matching takes no more steps than the name has
 * characters times the glob's.
 */
public final class Glob {
  private final String text;
  private final List<String> literals;

  /** The glob of this text. */
  public Glob(String text) {
    this.text = text;
    this.literals = List.of(text.split("\\*", -1));
  }

  /** Whether the name matches. */
  public boolean matches(String name) {
    return star(name).isPresent();
  }

  /**
   * What the {@code *} stands for in a name: empty text where it stands for nothing, and for a glob
   * without {@code *}. Empty where the name does not match. Of several {@code *} it is the first,
   * which takes as little as it can.
   */
  public Optional<String> star(String name) {
    String prefix = literals.getFirst();
    if (stars() == 0) {
      return prefix.equals(name) ? Optional.of("") : Optional.empty();
    }
    String suffix = literals.getLast();
    int end = name.length() - suffix.length();
    if (!name.startsWith(prefix) || !name.endsWith(suffix) || end < prefix.length()) {
      return Optional.empty();
    }
    int from = prefix.length();
    int starEnd = end;
    for (int i = 1; i < literals.size() - 1; i++) {
      String literal = literals.get(i);
      int at = name.indexOf(literal, from);
      if (at < 0 || at + literal.length() > end) {
        return Optional.empty();
      }
      starEnd = i == 1 ? at : starEnd;
      from = at + literal.length();
    }
    return Optional.of(name.substring(prefix.length(), starEnd));
  }

  /** How many {@code *} there are. */
  public int stars() {
    return literals.size() - 1;
  }

  /** Characters that are not {@code *}: of two globs that match, the one with more goes first. */
  public int literalCharacters() {
    return text.length() - stars();
  }

  /** The text it was made of. */
  @Override
  public String toString() {
    return text;
  }
}
