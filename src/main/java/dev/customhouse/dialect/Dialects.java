package dev.customhouse.dialect;

import dev.customhouse.canonical.DialectId;
import java.util.EnumMap;
import java.util.Map;

/** The dialects the gateway speaks, by id. */
public final class Dialects {
  private final Map<DialectId, Dialect> byId = new EnumMap<>(DialectId.class);

  /** All of them; each id once. */
  public Dialects(Dialect... dialects) {
    for (Dialect dialect : dialects) {
      if (byId.put(dialect.id(), dialect) != null) {
        throw new IllegalArgumentException("twice: " + dialect.id());
      }
    }
  }

  /** The dialect of the id. */
  public Dialect get(DialectId id) {
    Dialect dialect = byId.get(id);
    if (dialect == null) {
      throw new IllegalArgumentException(id.label());
    }
    return dialect;
  }
}
