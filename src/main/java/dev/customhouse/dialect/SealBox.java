package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Seal;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Carries seals through dialects they were not made in: as one opaque text in the place where the
 * client's dialect has its own, which the client echoes with its next request. The text says who
 * made the seal, so that only its maker gets it back.
 */
public final class SealBox {
  private static final String PREFIX = "chs1.";

  /** A seal is some kilobytes at most; a box is not searched for more. */
  private static final int HEAD_CHARS = 2_048;

  private SealBox() {}

  /** The seal as the client's dialect may carry it: its own as it is, others in a box. */
  public static String pack(Seal seal, DialectId own) {
    if (seal.dialect() == own && seal.maker() == null) {
      return seal.data();
    }
    ObjectNode head = Json.object().put("d", seal.dialect().label()).put("m", seal.maker());
    if (seal.redacted()) {
      head.put("r", true);
    }
    return PREFIX
        + Base64.getUrlEncoder().withoutPadding().encodeToString(Json.write(head))
        + "."
        + seal.data();
  }

  /**
   * The seal in what a client echoed.
   *
   * @param own the dialect it stands in
   * @param redacted what it is when it is the dialect's own
   */
  public static Seal unpack(String carried, DialectId own, boolean redacted) {
    Seal boxed = open(carried);
    return boxed != null ? boxed : new Seal(own, null, carried, redacted);
  }

  private static @Nullable Seal open(String carried) {
    int dot = carried.startsWith(PREFIX) ? carried.indexOf('.', PREFIX.length()) : -1;
    if (dot < 0 || dot > HEAD_CHARS) {
      return null;
    }
    JsonNode head;
    try {
      head = Json.read(Base64.getUrlDecoder().decode(carried.substring(PREFIX.length(), dot)));
    } catch (IllegalArgumentException e) {
      return null;
    }
    for (DialectId dialect : DialectId.values()) {
      if (dialect.label().equals(head.path("d").asText())) {
        return new Seal(
            dialect,
            Json.text(head.path("m")),
            carried.substring(dot + 1),
            head.path("r").asBoolean());
      }
    }
    return null;
  }
}
