package dev.customhouse.dialect.bedrock;

import dev.customhouse.canonical.chat.Content.Media;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converse's names of formats, and the media types they stand for. */
final class Formats {
  private static final Map<String, String> IMAGE =
      table("png", "image/png", "jpeg", "image/jpeg", "gif", "image/gif", "webp", "image/webp");
  private static final Map<String, String> DOCUMENT =
      table(
          "pdf",
          "application/pdf",
          "csv",
          "text/csv",
          "doc",
          "application/msword",
          "docx",
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "xls",
          "application/vnd.ms-excel",
          "xlsx",
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "html",
          "text/html",
          "txt",
          "text/plain",
          "md",
          "text/markdown");
  private static final Map<String, String> VIDEO =
      table(
          "mkv",
          "video/x-matroska",
          "mov",
          "video/quicktime",
          "mp4",
          "video/mp4",
          "webm",
          "video/webm",
          "flv",
          "video/x-flv",
          "mpeg",
          "video/mpeg",
          "mpg",
          "video/mpg",
          "wmv",
          "video/x-ms-wmv",
          "three_gp",
          "video/3gpp");
  private static final Map<String, String> AUDIO =
      table(
          "mp3",
          "audio/mpeg",
          "opus",
          "audio/opus",
          "wav",
          "audio/wav",
          "aac",
          "audio/aac",
          "flac",
          "audio/flac",
          "mp4",
          "audio/mp4",
          "ogg",
          "audio/ogg",
          "mkv",
          "audio/x-matroska",
          "mka",
          "audio/mka",
          "x-aac",
          "audio/x-aac",
          "m4a",
          "audio/m4a",
          "mpga",
          "audio/mpga",
          "pcm",
          "audio/pcm",
          "webm",
          "audio/webm");

  /** Other names of the same. */
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("image/jpg", "image/jpeg"),
          Map.entry("audio/mp3", "audio/mpeg"),
          Map.entry("audio/x-wav", "audio/wav"),
          Map.entry("audio/wave", "audio/wav"),
          Map.entry("audio/x-m4a", "audio/m4a"),
          Map.entry("audio/x-flac", "audio/flac"),
          Map.entry("application/xhtml+xml", "text/html"),
          Map.entry("text/x-markdown", "text/markdown"),
          Map.entry("application/csv", "text/csv"),
          Map.entry("application/json", "text/plain"),
          Map.entry("application/xml", "text/plain"),
          Map.entry("application/yaml", "text/plain"),
          Map.entry("application/x-yaml", "text/plain"));

  /** As much base64 as tells what a file is. */
  private static final int SNIFFED_CHARS = 16;

  private Formats() {}

  private static Map<String, String> table(String... pairs) {
    Map<String, String> table = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      table.put(pairs[i], pairs[i + 1]);
    }
    return table;
  }

  private static Map<String, String> of(Media.Kind kind) {
    return switch (kind) {
      case IMAGE -> IMAGE;
      case DOCUMENT -> DOCUMENT;
      case AUDIO -> AUDIO;
      case VIDEO -> VIDEO;
    };
  }

  /** The media type of a format; null when there is none. Some clients write the type itself. */
  static @Nullable String mediaType(Media.Kind kind, @Nullable String format) {
    if (format == null || format.isEmpty()) {
      return null;
    }
    String lower = format.toLowerCase(Locale.ROOT);
    if (lower.indexOf('/') >= 0) {
      return lower;
    }
    String known = of(kind).get(lower);
    return known != null ? known : kind.name().toLowerCase(Locale.ROOT) + "/" + lower;
  }

  /**
   * The format of a media type.
   *
   * @param base64 the content, which tells it where the type does not; null: not there
   * @return null when Converse has none for it
   */
  static @Nullable String format(
      Media.Kind kind, @Nullable String mediaType, @Nullable String base64) {
    String type = mediaType == null ? "" : plain(mediaType);
    if (kind == Media.Kind.IMAGE || type.isEmpty() || type.equals("application/octet-stream")) {
      String sniffed = base64 == null ? null : sniffed(base64);
      type = sniffed == null || !of(kind).containsValue(sniffed) ? type : sniffed;
    }
    for (Map.Entry<String, String> entry : of(kind).entrySet()) {
      if (entry.getValue().equals(type)) {
        return entry.getKey();
      }
    }
    return kind == Media.Kind.DOCUMENT && type.startsWith("text/") ? "txt" : null;
  }

  private static String plain(String mediaType) {
    int semicolon = mediaType.indexOf(';');
    String plain = semicolon < 0 ? mediaType : mediaType.substring(0, semicolon);
    String lower = plain.strip().toLowerCase(Locale.ROOT);
    return ALIASES.getOrDefault(lower, lower);
  }

  /** What the first bytes say; null when they say nothing known. */
  private static @Nullable String sniffed(String base64) {
    byte[] first;
    try {
      int chars = Math.min(SNIFFED_CHARS, base64.length() / 4 * 4);
      first = Base64.getDecoder().decode(base64.substring(0, chars));
    } catch (IllegalArgumentException e) {
      return null;
    }
    String text = new String(first, StandardCharsets.ISO_8859_1);
    if (text.startsWith("\u0089PNG")) {
      return "image/png";
    }
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (text.startsWith("GIF8")) {
      return "image/gif";
    }
    if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) {
      return "image/webp";
    }
    if (text.startsWith("RIFF") && text.startsWith("WAVE", 8)) {
      return "audio/wav";
    }
    return text.startsWith("%PDF") ? "application/pdf" : null;
  }
}
