package dev.customhouse.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of the file that the schema accepts, with its place. */
sealed interface Value {
  /** Where the value stands; a default stands where the section that lacks it stands. */
  Place place();

  record Text(String text, Place place) implements Value {}

  record Whole(long number, Place place) implements Value {}

  record Flag(boolean set, Place place) implements Value {}

  record Time(Duration duration, Place place) implements Value {}

  record Items(List<Value> values, Place place) implements Value {}

  /** A value that was refused and reported: its key is known, its content is not. */
  record Refused(Place place) implements Value {}

  /**
   * A mapping in file order, defaults filled in.
   *
   * @param place of its key; of itself where it has none
   */
  record Table(Map<String, Entry> entries, Place place) implements Value {
    /** A table that holds nothing. */
    static Table empty(Place place) {
      return new Table(new LinkedHashMap<>(), place);
    }

    boolean has(String key) {
      return entries.containsKey(key);
    }

    /** The value of a key; null when the key is absent or its value was refused. */
    @Nullable Value value(String key) {
      Entry entry = entries.get(key);
      return entry == null || entry.value() instanceof Refused ? null : entry.value();
    }

    @Nullable String text(String key) {
      return value(key) instanceof Text text ? text.text() : null;
    }

    @Nullable Long number(String key) {
      return value(key) instanceof Whole whole ? (Long) whole.number() : null;
    }

    @Nullable Table table(String key) {
      return value(key) instanceof Table table ? table : null;
    }

    boolean flag(String key) {
      return value(key) instanceof Flag flag && flag.set();
    }

    @Nullable Duration time(String key) {
      return value(key) instanceof Time time ? time.duration() : null;
    }

    /** The items of a list; empty when it is absent or was refused. */
    List<Value> items(String key) {
      return value(key) instanceof Items items ? items.values() : List.of();
    }

    /** The texts of a list. */
    List<Text> texts(String key) {
      return items(key).stream().filter(Text.class::isInstance).map(Text.class::cast).toList();
    }

    /** The tables of a table, refused ones as empty tables, in file order. */
    Map<String, Table> tables() {
      Map<String, Table> tables = new LinkedHashMap<>();
      entries.forEach((key, entry) ->
          tables.put(key, entry.value() instanceof Table table ? table : empty(entry.keyPlace())));
      return tables;
    }

    /** Where a value stands; the table's own place when the key is absent. */
    Place placeOf(String key) {
      Entry entry = entries.get(key);
      return entry == null ? place : entry.value().place();
    }
  }

  /** A key's place and its value. */
  record Entry(Place keyPlace, Value value) {}
}
