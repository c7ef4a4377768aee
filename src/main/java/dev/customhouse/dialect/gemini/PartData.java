package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Content;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a part holds, as far as requests and answers have it in common. */
final class PartData {
  private static final Set<String> KNOWN =
      Set.of("text", "inlineData", "fileData", "functionCall", "functionResponse");

  /** Members that say something about a part's data and are none. */
  private static final Set<String> ABOUT =
      Set.of("thought", "thoughtSignature", "partMetadata", "videoMetadata", "mediaResolution");

  private PartData() {}

  /** True of a part that only Gemini understands, be it one that came after this was written. */
  static boolean isNative(Members part) {
    return nativeType(part) != null;
  }

  private static @Nullable String nativeType(Members part) {
    String type = null;
    for (String name : part.rest().keySet()) {
      if (KNOWN.contains(name)) {
        return null;
      }
      type = type == null && !ABOUT.contains(name) ? name : type;
    }
    return type;
  }

  static Content asNative(Members part, JsonNode raw) {
    String type = nativeType(part);
    return new Content.Native(DialectId.GEMINI, type == null ? "part" : type, raw);
  }

  /** As RFC 4648, section 4, has it; Google takes section 5's letters too. */
  static String base64(@Nullable String data) {
    if (data == null) {
      return "";
    }
    String standard = data.replace('-', '+').replace('_', '/');
    return standard.chars().anyMatch(Character::isWhitespace)
        ? standard.replaceAll("\\s", "")
        : standard;
  }

  /** The words of a file that is plain text; null when it is not. */
  static @Nullable String words(String base64, @Nullable String mediaType) {
    if (mediaType == null || !mediaType.toLowerCase(Locale.ROOT).startsWith("text/")) {
      return null;
    }
    try {
      return new String(Base64.getDecoder().decode(base64), UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static String base64OfWords(String words) {
    return Base64.getEncoder().encodeToString(words.getBytes(UTF_8));
  }
}
