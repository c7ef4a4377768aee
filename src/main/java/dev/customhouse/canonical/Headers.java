package dev.customhouse.canonical;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in wire order; names are compared without case (RFC 9110, section 5.1). Immutable.
 */
public final class Headers implements Iterable<Map.Entry<String, String>> {
  /** No fields. */
  public static final Headers EMPTY = new Headers(new String[0], 0);

  private final String[] pairs;
  private final int length;

  private Headers(String[] pairs, int length) {
    this.pairs = pairs;
    this.length = length;
  }

  /** Fields from alternating names and values. */
  public static Headers of(String... pairs) {
    if (pairs.length % 2 != 0) {
      throw new IllegalArgumentException("names and values must alternate, got " + pairs.length);
    }
    return new Headers(pairs.clone(), pairs.length);
  }

  /** A builder that starts empty. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts with these fields. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The first value of the name; null when the field is absent. */
  public @Nullable String get(String name) {
    for (int i = 0; i < length; i += 2) {
      if (pairs[i].length() == name.length() && pairs[i].equalsIgnoreCase(name)) {
        return pairs[i + 1];
      }
    }
    return null;
  }

  /** All values of the name, in wire order. */
  public List<String> all(String name) {
    List<String> values = new ArrayList<>(1);
    for (int i = 0; i < length; i += 2) {
      if (pairs[i].equalsIgnoreCase(name)) {
        values.add(pairs[i + 1]);
      }
    }
    return values;
  }

  /** True when the field is present. */
  public boolean contains(String name) {
    return get(name) != null;
  }

  /** The number of fields; a repeated name counts each time. */
  public int size() {
    return length / 2;
  }

  /** The name of the field at the index. */
  public String nameAt(int index) {
    return pairs[2 * index];
  }

  /** The value of the field at the index. */
  public String valueAt(int index) {
    return pairs[2 * index + 1];
  }

  @Override
  public Iterator<Map.Entry<String, String>> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < length;
      }

      @Override
      public Map.Entry<String, String> next() {
        if (next >= length) {
          throw new NoSuchElementException();
        }
        Map.Entry<String, String> entry = Map.entry(pairs[next], pairs[next + 1]);
        next += 2;
        return entry;
      }
    };
  }

  /**
   * Whether both hold the same fields in the same order; names are compared as they are written.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Headers headers
        && Arrays.equals(pairs, 0, length, headers.pairs, 0, headers.length);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(Arrays.copyOf(pairs, length));
  }

  /** The names only: values may be secrets and never reach a log by accident. */
  @Override
  public String toString() {
    StringBuilder names = new StringBuilder("Headers[");
    for (int i = 0; i < length; i += 2) {
      names.append(i == 0 ? "" : ", ").append(pairs[i]);
    }
    return names.append(']').toString();
  }

  /** Collects fields. Not safe for use by several threads. */
  public static final class Builder {
    private static final int FIELDS = 12;

    private String[] pairs;
    private int length;

    /** The array belongs to headers that were built; it is copied before the next change. */
    private boolean handedOut;

    private Builder() {
      this.pairs = new String[2 * FIELDS];
    }

    private Builder(Headers start) {
      this.pairs = Arrays.copyOf(start.pairs, start.length + FIELDS);
      this.length = start.length;
    }

    /** Adds a field behind the others, also when the name is already there. */
    public Builder add(String name, String value) {
      if (length == pairs.length || handedOut) {
        pairs = Arrays.copyOf(pairs, length + 2 * FIELDS);
        handedOut = false;
      }
      pairs[length++] = name;
      pairs[length++] = value;
      return this;
    }

    /** Replaces all fields of the name by one. */
    public Builder set(String name, String value) {
      return remove(name).add(name, value);
    }

    /** Removes all fields of the name. */
    public Builder remove(String name) {
      String[] from = pairs;
      if (handedOut) {
        pairs = new String[length + 2 * FIELDS];
        handedOut = false;
      }
      int kept = 0;
      for (int i = 0; i < length; i += 2) {
        if (!from[i].equalsIgnoreCase(name)) {
          pairs[kept++] = from[i];
          pairs[kept++] = from[i + 1];
        }
      }
      length = kept;
      return this;
    }

    /** The fields collected so far. */
    public Headers build() {
      handedOut = true;
      return new Headers(pairs, length);
    }
  }
}
