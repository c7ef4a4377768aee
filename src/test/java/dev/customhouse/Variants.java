package dev.customhouse;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records that differ from one in a single component each. */
public final class Variants {
  private Variants() {}

  /**
   * One variant for each component that can be varied, by its name: texts, numbers, truths, enums,
   * and lists and records of these.
   */
  public static <R extends Record> Map<String, R> of(R record) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    Map<String, R> variants = new LinkedHashMap<>();
    for (int i = 0; i < components.length; i++) {
      List<@Nullable Object> values = values(record);
      @Nullable Object other = other(components[i].getType(), values.get(i));
      if (other != null) {
        values.set(i, other);
        variants.put(components[i].getName(), with(record, values));
      }
    }
    return variants;
  }

  private static List<@Nullable Object> values(Record record) {
    List<@Nullable Object> values = new ArrayList<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        values.add(component.getAccessor().invoke(record));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new AssertionError(e);
      }
    }
    return values;
  }

  @SuppressWarnings("unchecked") // the constructor of the record's own class
  private static <R extends Record> R with(R record, List<@Nullable Object> values) {
    Class<?>[] types =
        Arrays.stream(record.getClass().getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      var constructor = record.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (R) constructor.newInstance(values.toArray());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Another value of the type; null: none is known. */
  private static @Nullable Object other(Class<?> type, @Nullable Object value) {
    if (type == String.class) {
      return value == null ? "x" : value + "x";
    } else if (type == int.class || value instanceof Integer) {
      return value == null ? 1 : (Integer) value + 1;
    } else if (type == long.class || type == Long.class) {
      return value == null ? 1L : (Long) value + 1;
    } else if (type == boolean.class) {
      return !Boolean.TRUE.equals(value);
    } else if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        if (constant != value) {
          return constant;
        }
      }
    } else if (value instanceof List<?> list) {
      return list.isEmpty() ? List.of("x") : list.subList(0, list.size() - 1);
    } else if (value instanceof Record inner) {
      return of(inner).values().stream().findFirst().orElse(null);
    }
    return null;
  }
}
