package dev.customhouse.canonical.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an element carries beside what the hub understands of it.
 *
 * @param dialect whose the fields are; null when there are none
 * @param fields members of the element that the hub has no noun for, as they were written, in order
 * @param cache where the provider's prompt cache may end; behind this element. Null: not here
 */
public record Extras(
    @Nullable DialectId dialect, Map<String, JsonNode> fields, @Nullable CacheMark cache) {
  /** Nothing. */
  public static final Extras NONE = new Extras(null, Map.of(), null);

  /** The fields stay in their order. */
  public Extras {
    fields = fields.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** Fields of a dialect; {@link #NONE} when there are none. */
  public static Extras of(DialectId dialect, Map<String, JsonNode> fields) {
    return fields.isEmpty() ? NONE : new Extras(dialect, fields, null);
  }

  /** The fields when they are that dialect's; none otherwise. */
  public Map<String, JsonNode> of(DialectId asked) {
    return asked == dialect ? fields : Map.of();
  }

  /** The same with the mark. */
  public Extras with(@Nullable CacheMark mark) {
    return new Extras(dialect, fields, mark);
  }

  /** True when there is neither field nor mark. */
  public boolean isEmpty() {
    return fields.isEmpty() && cache == null;
  }

  /**
   * A cache breakpoint.
   *
   * @param ttl how long the provider is asked to keep it, as its dialect writes it ({@code 5m},
   *     {@code 1h}, {@code 30m}); null: the provider's default
   */
  public record CacheMark(@Nullable String ttl) {}
}
