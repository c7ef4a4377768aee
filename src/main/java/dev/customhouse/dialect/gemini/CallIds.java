package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids of function calls. Gemini before 3 gives none and finds a response by its function's name and
 * its order; all other dialects need one. Invented ids are made of where the call stands, so that
 * they stay the same from turn to turn, and are never shown to Gemini as the client's.
 */
final class CallIds {
  private static final String INVENTED = "call_chg_";
  private static final int HASH_BYTES = 6;

  private final List<Open> open = new ArrayList<>();

  /** A call that has no response yet. */
  private record Open(String id, String name) {}

  /** The id of a call in a request that may have none. */
  String called(@Nullable String id, String name, int content, int part) {
    String known = id == null || id.isEmpty() ? INVENTED + content + "_" + part : id;
    open.add(new Open(known, name));
    return known;
  }

  /** The id of the call that a response is for. */
  String answered(@Nullable String id, String name, int content, int part) {
    for (Open call : open) {
      if (call.id().equals(id)) {
        open.remove(call);
        return call.id();
      }
    }
    for (Open call : open) {
      if (call.name().equals(name)) {
        open.remove(call);
        return call.id();
      }
    }
    return id == null || id.isEmpty() ? INVENTED + content + "_" + part : id;
  }

  /**
   * The id of a call in an answer that has none.
   *
   * @param answer the answer's id, or what else is known of it
   * @param index of the call in the answer
   */
  static String of(String answer, int index) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(answer.getBytes(UTF_8));
      return INVENTED + HexFormat.of().formatHex(digest, 0, HASH_BYTES) + "_" + index;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static boolean isInvented(String id) {
    return id.startsWith(INVENTED);
  }
}
