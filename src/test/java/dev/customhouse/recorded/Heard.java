package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client heard in an answer: read from the wire format of its dialect, by none of the
 * gateway's own readers. Filled by a {@link Listener}.
 */
final class Heard {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The words of the answer. */
  final StringBuilder text = new StringBuilder();

  /** The words of the reasoning. */
  final StringBuilder reasoning = new StringBuilder();

  /** The words for declining. */
  final StringBuilder refusal = new StringBuilder();

  /** The calls of tools, by their place in the answer. */
  final Map<Object, Wish> calls = new LinkedHashMap<>();

  /** What breaks a rule of the dialect. */
  final List<String> faults = new ArrayList<>();

  /** The normal form's name of why it stopped; null: not told. */
  @Nullable String finish;

  /** Null: not told. */
  @Nullable Usage usage;

  /** What an error inside the answer says; null: there is none. */
  @Nullable String error;

  /** A call of a tool. */
  static final class Wish {
    /** By which the result refers to it. */
    final String id;

    /** The tool's. */
    final String name;

    /** True when the arguments are plain text. */
    final boolean freeform;

    /** As they came. */
    final StringBuilder arguments = new StringBuilder();

    Wish(String id, String name, boolean freeform) {
      this.id = id;
      this.name = name;
      this.freeform = freeform;
    }

    /** The arguments as JSON; null when they are none. Empty ones are an empty object. */
    @Nullable JsonNode json() {
      return freeform ? null : Heard.json(arguments.toString());
    }

    @Override
    public String toString() {
      return name + arguments;
    }
  }

  /** The JSON of the text, an empty object for none; null when it is not JSON. */
  static @Nullable JsonNode json(String text) {
    if (text.isBlank()) {
      return MAPPER.createObjectNode();
    }
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      return null;
    }
  }

  /** The calls in their order. */
  List<Wish> wishes() {
    return List.copyOf(calls.values());
  }

  /** Notes a broken rule. */
  void require(boolean holds, String rule) {
    if (!holds && !faults.contains(rule)) {
      faults.add(rule);
    }
  }

  /** The same for the values of fields. */
  void same(@Nullable Object actual, @Nullable Object expected, String what) {
    require(
        Objects.equals(actual, expected), "%s is %s and not %s".formatted(what, actual, expected));
  }
}
