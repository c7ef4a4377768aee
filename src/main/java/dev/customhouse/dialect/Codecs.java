package dev.customhouse.dialect;

import dev.customhouse.canonical.DialectId;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The codecs of the dialects, by id. */
public final class Codecs {
  private final Map<DialectId, Codec> byId = new EnumMap<>(DialectId.class);

  /** All of them; each id once. */
  public Codecs(Codec... codecs) {
    for (Codec codec : codecs) {
      if (byId.put(codec.id(), codec) != null) {
        throw new IllegalArgumentException("twice: " + codec.id());
      }
    }
  }

  /** The codec of the id. */
  public Codec get(DialectId id) {
    Codec codec = byId.get(id);
    if (codec == null) {
      throw new IllegalArgumentException(id.label());
    }
    return codec;
  }

  /** The codec of the id; null when chats of that dialect are not translated. */
  public @Nullable Codec find(DialectId id) {
    return byId.get(id);
  }
}
