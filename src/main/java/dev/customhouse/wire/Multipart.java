package dev.customhouse.wire;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a {@code multipart/form-data} body (RFC 7578, RFC 2046 section 5.1), as ranges of
 * it. Read strictly, because an upstream reads the same bytes again: line ends are CR LF, nothing
 * but line ends lies before the first delimiter and behind the last, a line that only starts like a
 * delimiter is refused, and so is an encoded part.
 *
 * @param parts the parts in their order
 */
public record Multipart(List<Part> parts) {
  /** How many parts a body may have. */
  public static final int PARTS_MAX = 64;

  /** How many bytes the header lines of one part may have. */
  public static final int HEADER_BYTES_MAX = 8 * 1024;

  /** How long a boundary may be (RFC 2046, section 5.1.1). */
  private static final int BOUNDARY_CHARACTERS_MAX = 70;

  private static final byte[] HEADERS_END = {'\r', '\n', '\r', '\n'};

  /**
   * One part of a form.
   *
   * @param name the field's name
   * @param filename the file's name; null when the part is not a file
   * @param contentType the part's media type as sent; null when it says none
   * @param content where the part's content lies in the body
   */
  public record Part(
      String name, @Nullable String filename, @Nullable String contentType, Range content) {}

  /** Copies the list. */
  public Multipart {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a body whose {@code Content-Type} header is given.
   *
   * @throws Refusal of kind INVALID_REQUEST naming what was expected, UNSUPPORTED_MEDIA when the
   *     type is another
   */
  public static Multipart parse(byte[] body, String contentType) {
    return new Multipart(new Reader(body, boundary(contentType)).read());
  }

  /**
   * The only part of the name; null when there is none.
   *
   * @throws Refusal when there are several: the upstream might read another than we do
   */
  public @Nullable Part part(String name) {
    Part found = null;
    for (Part part : parts) {
      if (part.name().equals(name)) {
        if (found != null) {
          throw new Refusal(
              ErrorKind.INVALID_REQUEST,
              "duplicate_field",
              "expected one form field \"" + name + "\", found several",
              name,
              null);
        }
        found = part;
      }
    }
    return found;
  }

  private static String boundary(String contentType) {
    HeaderValue value = HeaderValue.parse(contentType);
    if (!value.first().equalsIgnoreCase("multipart/form-data")) {
      throw new Refusal(
          ErrorKind.UNSUPPORTED_MEDIA,
          "unsupported_media_type",
          "expected the content type multipart/form-data");
    }
    String boundary = value.parameter("boundary");
    if (boundary == null || !isBoundary(boundary)) {
      throw invalid(
          "expected a boundary of 1 to "
              + BOUNDARY_CHARACTERS_MAX
              + " letters, digits or '()+_,-./:=? in the content type");
    }
    return boundary;
  }

  private static boolean isBoundary(String boundary) {
    return !boundary.isEmpty()
        && boundary.length() <= BOUNDARY_CHARACTERS_MAX
        && !boundary.endsWith(" ")
        && boundary
            .chars()
            .allMatch(c ->
                (c >= '0' && c <= '9')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || "'()+_,-./:=? ".indexOf(c) >= 0);
  }

  private static Refusal invalid(String message) {
    return new Refusal(
        ErrorKind.INVALID_REQUEST, "invalid_multipart", "multipart body: " + message);
  }

  /** Walks once over a body. */
  private static final class Reader {
    private final byte[] body;

    /** Line end, two hyphens, boundary; the first one of a body may lack the line end. */
    private final byte[] delimiter;

    private final List<Part> parts = new ArrayList<>();

    Reader(byte[] body, String boundary) {
      this.body = body;
      this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
    }

    List<Part> read() {
      int at = skipFirstDelimiter();
      while (!(at + 1 < body.length && body[at] == '-' && body[at + 1] == '-')) {
        if (parts.size() == PARTS_MAX) {
          throw invalid("expected at most " + PARTS_MAX + " parts");
        }
        at = readPart(skipDelimiterLine(at));
      }
      if (skipLineEnds(at + 2) != body.length) {
        throw invalid("expected nothing behind the closing delimiter at byte " + at);
      }
      return parts;
    }

    private int skipFirstDelimiter() {
      int at = skipLineEnds(0);
      int behind = at + delimiter.length - 2;
      if (behind > body.length
          || !Arrays.equals(body, at, behind, delimiter, 2, delimiter.length)) {
        throw invalid("expected the boundary of the content type at byte " + at);
      }
      return behind;
    }

    private int skipLineEnds(int start) {
      int at = start;
      while (isLineEnd(at)) {
        at += 2;
      }
      return at;
    }

    private boolean isLineEnd(int at) {
      return at + 1 < body.length && body[at] == '\r' && body[at + 1] == '\n';
    }

    private int skipDelimiterLine(int start) {
      int at = start;
      while (at < body.length && (body[at] == ' ' || body[at] == '\t')) {
        at++;
      }
      if (!isLineEnd(at)) {
        throw invalid("expected CR LF or -- behind the delimiter at byte " + at);
      }
      return at + 2;
    }

    /** Reads headers and content; gives the offset behind the delimiter that ends the part. */
    private int readPart(int start) {
      int limit = Math.min(body.length, start + HEADER_BYTES_MAX + HEADERS_END.length);
      int headersEnd = ByteSearch.indexOf(body, start, limit, HEADERS_END);
      if (headersEnd < 0) {
        throw invalid(
            "expected at most "
                + HEADER_BYTES_MAX
                + " bytes of headers and an empty line from byte "
                + start);
      }
      int contentStart = headersEnd + HEADERS_END.length;
      int contentEnd = ByteSearch.indexOf(body, contentStart, body.length, delimiter);
      if (contentEnd < 0) {
        throw invalid("expected a delimiter behind the part at byte " + start);
      }
      parts.add(part(start, headersEnd, new Range(contentStart, contentEnd)));
      return contentEnd + delimiter.length;
    }

    private Part part(int start, int headersEnd, Range content) {
      HeaderValue disposition = null;
      String contentType = null;
      String lines = new String(body, start, headersEnd - start, StandardCharsets.UTF_8);
      for (String line : lines.split("\r\n", -1)) {
        int colon = line.indexOf(':');
        if (colon <= 0 || line.charAt(0) == ' ' || line.charAt(0) == '\t' || hasControl(line)) {
          throw invalid("expected header lines of name and value in the part at byte " + start);
        }
        String value = line.substring(colon + 1).strip();
        switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
          case "content-disposition" -> {
            if (disposition != null) {
              throw invalid("expected one Content-Disposition in the part at byte " + start);
            }
            disposition = HeaderValue.parse(value);
          }
          case "content-type" -> contentType = value;
          case "content-transfer-encoding" -> {
            if (!List.of("7bit", "8bit", "binary").contains(value.toLowerCase(Locale.ROOT))) {
              throw invalid("expected no Content-Transfer-Encoding in the part at byte " + start);
            }
          }
          default -> {}
        }
      }
      String name = disposition == null ? null : disposition.parameter("name");
      if (disposition != null && disposition.parameter("name*") != null) {
        throw invalid("expected name and not name* in the part at byte " + start);
      }
      if (disposition == null
          || !disposition.first().equalsIgnoreCase("form-data")
          || name == null) {
        throw invalid(
            "expected Content-Disposition: form-data with a name in the part at byte " + start);
      }
      return new Part(name, disposition.parameter("filename"), contentType, content);
    }

    private static boolean hasControl(String line) {
      return line.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127);
    }
  }

  /**
   * A header value with parameters, such as {@code form-data; name="model"} (RFC 9110, section
   * 5.6.6). Parameters alternate names, in lower case, and values.
   */
  private record HeaderValue(String first, List<String> parameters) {
    static HeaderValue parse(String text) {
      int at = text.indexOf(';');
      String first = (at < 0 ? text : text.substring(0, at)).strip();
      List<String> parameters = new ArrayList<>();
      while (at >= 0 && at < text.length()) {
        int equals = text.indexOf('=', at);
        if (equals < 0) {
          if (!text.substring(at + 1).isBlank()) {
            throw invalid("expected parameters as name=value in a header");
          }
          break;
        }
        String name = text.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
        StringBuilder value = new StringBuilder();
        at = readValue(text, equals + 1, value);
        if (valueOf(parameters, name) != null || name.isEmpty() || name.indexOf(';') >= 0) {
          throw invalid("expected different parameters as name=value in a header");
        }
        parameters.add(name);
        parameters.add(value.toString());
      }
      return new HeaderValue(first, parameters);
    }

    /** Reads a token or a quoted string; gives the offset of the next semicolon or the end. */
    private static int readValue(String text, int start, StringBuilder value) {
      int at = start;
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
      boolean quoted = at < text.length() && text.charAt(at) == '"';
      if (quoted) {
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
          boolean escaped =
              text.charAt(at) == '\\'
                  && at + 1 < text.length()
                  && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
          value.append(text.charAt(escaped ? at + 1 : at));
          at += escaped ? 2 : 1;
        }
        if (at >= text.length()) {
          throw invalid("expected a quote at the end of a quoted parameter");
        }
        at++;
      }
      int semicolon = text.indexOf(';', at);
      int end = semicolon < 0 ? text.length() : semicolon;
      String token = text.substring(at, end).strip();
      if (quoted ? !token.isEmpty() : token.indexOf('"') >= 0) {
        throw invalid("expected a parameter that is quoted as a whole or not at all");
      }
      value.append(token);
      return end;
    }

    @Nullable String parameter(String name) {
      return valueOf(parameters, name);
    }

    private static @Nullable String valueOf(List<String> parameters, String name) {
      for (int i = 0; i < parameters.size(); i += 2) {
        if (parameters.get(i).equals(name)) {
          return parameters.get(i + 1);
        }
      }
      return null;
    }
  }
}
