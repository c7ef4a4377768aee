package dev.customhouse.provider;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All configured providers, by id. Immutable; a changed configuration makes a new one. */
public final class Fleet {
  private final Map<String, Provider> byId;

  /** A fleet of these; the order stays. */
  public Fleet(Collection<Provider> providers) {
    Map<String, Provider> map = new LinkedHashMap<>();
    providers.forEach(provider -> map.put(provider.id(), provider));
    this.byId = map;
  }

  /** The provider of the id; null when there is none. */
  public @Nullable Provider get(String id) {
    return byId.get(id);
  }

  /** All of them. */
  public Collection<Provider> all() {
    return java.util.Collections.unmodifiableCollection(byId.values());
  }
}
