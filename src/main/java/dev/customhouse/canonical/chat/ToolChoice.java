package dev.customhouse.canonical.chat;

import java.util.List;

/**
 * Which tools the model may or must use.
 *
 * @param names the one tool of {@link Mode#NAMED}, those of {@link Mode#ALLOWED}; empty otherwise
 * @param required of {@link Mode#ALLOWED}: whether one of them must be used
 */
public record ToolChoice(Mode mode, List<String> names, boolean required) {
  /** The names stay in their order. */
  public ToolChoice {
    names = List.copyOf(names);
  }

  /** A choice without names. */
  public static ToolChoice of(Mode mode) {
    return new ToolChoice(mode, List.of(), mode == Mode.REQUIRED || mode == Mode.NAMED);
  }

  /** One tool must be used. */
  public static ToolChoice named(String name) {
    return new ToolChoice(Mode.NAMED, List.of(name), true);
  }

  /** How it is chosen. */
  public enum Mode {
    AUTO,
    REQUIRED,
    NONE,
    NAMED,
    ALLOWED
  }
}
