package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.dialect.SealBox;
import java.util.Base64;

/**
 * Seals in the place of {@code thoughtSignature}. The field is bytes in Google's definition, which
 * its SDKs decode from base64; a box of ours is therefore put into base64 once more.
 */
final class SealText {
  private SealText() {}

  static String write(Seal seal) {
    String packed = SealBox.pack(seal, DialectId.GEMINI);
    return packed.equals(seal.data())
        ? packed
        : Base64.getEncoder().encodeToString(packed.getBytes(ISO_8859_1));
  }

  static Seal read(String carried) {
    try {
      byte[] decoded =
          Base64.getDecoder().decode(carried.replace('-', '+').replace('_', '/').strip());
      String packed = new String(decoded, ISO_8859_1);
      Seal seal = SealBox.unpack(packed, DialectId.GEMINI, false);
      if (!seal.data().equals(packed)) {
        return seal;
      }
    } catch (IllegalArgumentException e) {
      // No base64: not a box of ours, so that it passes as it came.
    }
    return SealBox.unpack(carried, DialectId.GEMINI, false);
  }
}
