package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.customhouse.canonical.chat.Content.Media.Kind;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What media are, by their first bytes. Gemini refuses media whose type is wrong or missing, and
 * clients write what the file's name suggests.
 */
final class MediaTypes {
  /** Enough for every mark that is looked for. */
  private static final int HEAD_CHARS = 64;

  /** Where the brand of an ISO base media file stands (ISO/IEC 14496-12). */
  private static final int BRAND_START = 8;

  private static final int BRAND_END = 12;

  private static final Set<String> WAVE =
      Set.of("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave");
  private static final Set<String> MP3 = Set.of("audio/mp3", "audio/mpeg");
  private static final Set<String> STILL_ISO = Set.of("heic", "heix", "mif1", "msf1", "heif");

  private MediaTypes() {}

  /** The kind by the type: what is neither seen nor heard is a document. */
  static Kind kind(@Nullable String mediaType) {
    String type = mediaType == null ? "" : mediaType.toLowerCase(Locale.ROOT);
    if (type.startsWith("image/")) {
      return Kind.IMAGE;
    }
    if (type.startsWith("audio/")) {
      return Kind.AUDIO;
    }
    return type.startsWith("video/") ? Kind.VIDEO : Kind.DOCUMENT;
  }

  /**
   * The type to write.
   *
   * @param told what the client says; null: nothing
   */
  static String of(String base64, @Nullable String told, Kind kind) {
    String head = head(base64);
    String declared = told == null ? "" : told.toLowerCase(Locale.ROOT).split(";", 2)[0].strip();
    String found = found(head, declared, kind);
    if (found != null) {
      return found;
    }
    if (!declared.isEmpty() && !declared.equals("application/octet-stream")) {
      return told == null ? declared : told;
    }
    return usual(kind);
  }

  private static String usual(Kind kind) {
    return switch (kind) {
      case IMAGE -> "image/jpeg";
      case DOCUMENT -> "application/pdf";
      case AUDIO -> "audio/wav";
      case VIDEO -> "video/mp4";
    };
  }

  private static String head(String base64) {
    int chars = Math.min(base64.length(), HEAD_CHARS) / 4 * 4;
    try {
      return new String(Base64.getDecoder().decode(base64.substring(0, chars)), ISO_8859_1);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static @Nullable String found(String head, String declared, Kind kind) {
    String still = still(head);
    return still != null ? still : moving(head, declared, kind);
  }

  private static @Nullable String still(String head) {
    if (head.startsWith("\u0089PNG")) {
      return "image/png";
    }
    if (head.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (head.startsWith("GIF8")) {
      return "image/gif";
    }
    if (head.startsWith("BM") && head.startsWith("\0\0\0\0", 6)) {
      return "image/bmp";
    }
    if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
      return "image/tiff";
    }
    if (head.startsWith("%PDF-")) {
      return "application/pdf";
    }
    return head.startsWith("RIFF") && head.startsWith("WEBP", BRAND_START) ? "image/webp" : null;
  }

  private static @Nullable String moving(String head, String declared, Kind kind) {
    if (head.startsWith("RIFF") && head.startsWith("WAVE", BRAND_START)) {
      return WAVE.contains(declared) ? declared : "audio/wav";
    }
    if (head.startsWith("RIFF") && head.startsWith("AVI ", BRAND_START)) {
      return "video/x-msvideo";
    }
    if (head.startsWith("ID3") || isMp3Frame(head)) {
      return MP3.contains(declared) ? declared : "audio/mp3";
    }
    if (head.startsWith("\u00ff\u00f1") || head.startsWith("\u00ff\u00f9")) {
      return "audio/aac";
    }
    if (head.startsWith("fLaC")) {
      return "audio/flac";
    }
    if (head.startsWith("FLV\u0001")) {
      return "video/x-flv";
    }
    if (head.startsWith("OggS")) {
      return held(declared, kind, "audio/ogg", "video/ogg");
    }
    if (head.startsWith("\u001aE\u00df\u00a3")) {
      return held(declared, kind, "audio/webm", "video/webm");
    }
    return head.startsWith("ftyp", 4) ? iso(head, declared, kind) : null;
  }

  private static boolean isMp3Frame(String head) {
    return head.startsWith("\u00ff\u00fb")
        || head.startsWith("\u00ff\u00fa")
        || head.startsWith("\u00ff\u00f3")
        || head.startsWith("\u00ff\u00f2");
  }

  private static @Nullable String iso(String head, String declared, Kind kind) {
    String brand = head.length() < BRAND_END ? "" : head.substring(BRAND_START, BRAND_END);
    if (STILL_ISO.contains(brand)) {
      return declared.equals("image/heif") ? declared : "image/heic";
    }
    if (brand.equals("avif")) {
      return "image/avif";
    }
    return held(
        declared, kind, "audio/mp4", brand.equals("qt  ") ? "video/quicktime" : "video/mp4");
  }

  /** A container holds sound or film; whoever says which is believed. */
  private static String held(String declared, Kind kind, String sound, String film) {
    if (declared.startsWith("audio/") || declared.startsWith("video/")) {
      return declared;
    }
    return kind == Kind.AUDIO ? sound : film;
  }
}
