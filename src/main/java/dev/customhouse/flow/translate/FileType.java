package dev.customhouse.flow.translate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.canonical.chat.Content.Media.Kind;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a fetched file is, by its bytes: what its host says of it counts only where bytes cannot
 * tell, among texts and among files of office programs. What is of no known kind is not passed on;
 * neither are pictures that are programs (SVG).
 */
final class FileType {
  /** Enough for every mark that is looked for. */
  private static final int HEAD_BYTES = 64;

  /** Where the brand of an ISO base media file stands (ISO/IEC 14496-12). */
  private static final int BRAND_START = 8;

  private static final int BRAND_END = 12;

  private static final Set<String> STILL_BRANDS =
      Set.of("heic", "heix", "hevc", "mif1", "msf1", "heif");

  /** Texts that models read, and the name under which most providers know them. */
  private static final Map<String, String> TEXTS =
      Map.ofEntries(
          Map.entry("text/plain", "text/plain"),
          Map.entry("text/markdown", "text/markdown"),
          Map.entry("text/x-markdown", "text/markdown"),
          Map.entry("text/csv", "text/csv"),
          Map.entry("text/html", "text/html"),
          Map.entry("text/xml", "text/xml"),
          Map.entry("application/xml", "text/xml"),
          Map.entry("application/json", "application/json"),
          Map.entry("application/octet-stream", "text/plain"),
          Map.entry("", "text/plain"));

  private static final Set<String> ZIPPED =
      Set.of(
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "application/vnd.openxmlformats-officedocument.presentationml.presentation");

  private static final Set<String> COMPOUND =
      Set.of("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint");

  private FileType() {}

  /**
   * The media type of a file that is to be of this kind.
   *
   * @param told by its host; null: nothing
   * @return null when it is of another kind, or of none that is known
   */
  static @Nullable String of(byte[] file, @Nullable String told, Kind kind) {
    String head = new String(file, 0, Math.min(file.length, HEAD_BYTES), ISO_8859_1);
    String declared = told == null ? "" : told.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (kind) {
      case IMAGE -> image(head);
      case DOCUMENT -> document(file, head, declared);
      case AUDIO -> audio(head);
      case VIDEO -> video(head);
    };
  }

  private static @Nullable String image(String head) {
    if (head.startsWith("\u0089PNG\r\n\u001a\n")) {
      return "image/png";
    }
    if (head.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
      return "image/gif";
    }
    if (isRiff(head, "WEBP")) {
      return "image/webp";
    }
    if (head.startsWith("BM") && head.startsWith("\0\0\0\0", 6)) {
      return "image/bmp";
    }
    if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
      return "image/tiff";
    }
    String brand = brand(head);
    return STILL_BRANDS.contains(brand) ? "image/heic" : brand.equals("avif") ? "image/avif" : null;
  }

  private static @Nullable String document(byte[] file, String head, String declared) {
    if (head.startsWith("%PDF-")) {
      return "application/pdf";
    }
    if (head.startsWith("PK\u0003\u0004")) {
      return ZIPPED.contains(declared) ? declared : null;
    }
    if (head.startsWith("\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1")) {
      return COMPOUND.contains(declared) ? declared : null;
    }
    String text = TEXTS.get(declared);
    return text != null && isText(file) ? text : null;
  }

  private static @Nullable String audio(String head) {
    if (isRiff(head, "WAVE")) {
      return "audio/wav";
    }
    if (head.startsWith("ID3") || isMp3Frame(head)) {
      return "audio/mp3";
    }
    if (head.startsWith("\u00ff\u00f1") || head.startsWith("\u00ff\u00f9")) {
      return "audio/aac";
    }
    if (head.startsWith("fLaC")) {
      return "audio/flac";
    }
    if (head.startsWith("OggS")) {
      return "audio/ogg";
    }
    if (head.startsWith("FORM") && head.startsWith("AIFF", BRAND_START)) {
      return "audio/aiff";
    }
    if (head.startsWith("\u001aE\u00df\u00a3")) {
      return "audio/webm";
    }
    return isFilm(brand(head)) ? "audio/mp4" : null;
  }

  private static @Nullable String video(String head) {
    if (isRiff(head, "AVI ")) {
      return "video/x-msvideo";
    }
    if (head.startsWith("\u001aE\u00df\u00a3")) {
      return "video/webm";
    }
    if (head.startsWith("\0\0\u0001\u00ba") || head.startsWith("\0\0\u0001\u00b3")) {
      return "video/mpeg";
    }
    if (head.startsWith("FLV\u0001")) {
      return "video/x-flv";
    }
    String brand = brand(head);
    if (brand.equals("qt  ")) {
      return "video/quicktime";
    }
    if (brand.startsWith("3g")) {
      return "video/3gpp";
    }
    return isFilm(brand) ? "video/mp4" : null;
  }

  private static boolean isRiff(String head, String form) {
    return head.startsWith("RIFF") && head.startsWith(form, BRAND_START);
  }

  private static boolean isMp3Frame(String head) {
    return head.startsWith("\u00ff\u00fb")
        || head.startsWith("\u00ff\u00fa")
        || head.startsWith("\u00ff\u00f3")
        || head.startsWith("\u00ff\u00f2");
  }

  /** The brand of an ISO base media file; empty when it is none. */
  private static String brand(String head) {
    return head.startsWith("ftyp", 4) && head.length() >= BRAND_END
        ? head.substring(BRAND_START, BRAND_END)
        : "";
  }

  private static boolean isFilm(String brand) {
    return !brand.isEmpty() && !STILL_BRANDS.contains(brand) && !brand.equals("avif");
  }

  /** UTF-8 without control characters. */
  private static boolean isText(byte[] file) {
    CharBuffer text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(file));
    } catch (CharacterCodingException e) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
