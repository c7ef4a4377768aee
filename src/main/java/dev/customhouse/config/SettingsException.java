package dev.customhouse.config;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration that was refused, with everything that is wrong in it, in file order. */
public final class SettingsException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** A refusal for these problems; at least one. */
  public SettingsException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("problems is empty, expected at least one");
    }
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, in file order; at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
