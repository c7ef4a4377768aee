package dev.customhouse.wire;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Undoes the content codings of a body (RFC 9110, section 8.4): gzip, deflate, zstd (RFC 8878), br
 * (RFC 7932). The output is made piece by piece, so a bomb is refused at the limit and never
 * unfolds. Native libraries (zstd, br) are loaded when the first body asks for them.
 */
public final class ContentDecoding {
  /** How far a body may expand, output bytes per input byte. */
  public static final int RATIO_MAX = 100;

  /** The ratio is not looked at for outputs up to this size: short texts compress well. */
  public static final int RATIO_FREE_BYTES = 1024 * 1024;

  /** How many codings may lie over each other. */
  public static final int CODINGS_MAX = 2;

  /** The largest zstd window, 8 MiB as a power of two: RFC 9659 lets nobody send more. */
  private static final int ZSTD_WINDOW_LOG_MAX = 23;

  private static final int PIECE_BYTES_FIRST = 8 * 1024;
  private static final int PIECE_BYTES_MAX = 1024 * 1024;
  private static final int QUOTED_CHARACTERS_MAX = 40;
  private static final String ACCEPTED = "gzip, deflate, zstd, br, identity";

  private ContentDecoding() {}

  /**
   * The body as it was before its content codings; the array itself when there are none.
   *
   * @param contentEncoding the header's value; null when the header is absent
   * @param maxBytes the largest output, in bytes
   * @param maxRatio the largest output per byte of input, for outputs beyond {@link
   *     #RATIO_FREE_BYTES}; counted over all codings together
   * @throws Refusal of kind TOO_LARGE beyond a limit, INVALID_REQUEST when the bytes are corrupt or
   *     cut off, UNSUPPORTED_MEDIA for an unknown coding
   */
  public static byte[] decode(
      byte[] body, @Nullable String contentEncoding, int maxBytes, int maxRatio) {
    List<String> codings = contentEncoding == null ? List.of() : codings(contentEncoding);
    Limit limit = Limit.of(body.length, maxBytes, maxRatio);
    limit.check(body.length);
    if (body.length == 0 || codings.isEmpty()) {
      return body;
    }
    byte[] decoded = body;
    for (String coding : codings.reversed()) {
      decoded = undo(coding, decoded, limit);
    }
    return decoded;
  }

  /** The codings in the order they were applied, without identity. */
  private static List<String> codings(String contentEncoding) {
    List<String> codings = new ArrayList<>(1);
    for (String name : contentEncoding.split(",", -1)) {
      String coding = name.strip().toLowerCase(Locale.ROOT);
      switch (coding) {
        case "", "identity" -> {}
        case "gzip", "deflate", "zstd", "br" -> codings.add(coding);
        case "x-gzip" -> codings.add("gzip");
        default -> throw unsupported(coding, "");
      }
    }
    if (codings.size() > CODINGS_MAX) {
      throw new Refusal(
          ErrorKind.UNSUPPORTED_MEDIA,
          "unsupported_content_encoding",
          "expected at most " + CODINGS_MAX + " content encodings, got " + codings.size());
    }
    return codings;
  }

  private static byte[] undo(String coding, byte[] body, Limit limit) {
    try (InputStream decoder = decoder(coding, body)) {
      return read(decoder, limit);
    } catch (IOException e) {
      throw new Refusal(
          ErrorKind.INVALID_REQUEST,
          "corrupt_body",
          "expected a body encoded as " + coding + ", got corrupt or cut off data");
    } catch (LinkageError e) {
      throw unsupported(coding, " on this platform");
    }
  }

  private static InputStream decoder(String coding, byte[] body) throws IOException {
    InputStream raw = new ByteArrayInputStream(body);
    return switch (coding) {
      case "gzip" -> new GZIPInputStream(raw, PIECE_BYTES_FIRST);
      case "deflate" -> new DeflateStream(raw, new Inflater(!hasZlibHeader(body)));
      case "zstd" -> new ZstdInputStreamNoFinalizer(raw).setLongMax(ZSTD_WINDOW_LOG_MAX);
      case "br" -> {
        Brotli4jLoader.ensureAvailability();
        yield new BrotliInputStream(raw, PIECE_BYTES_FIRST);
      }
      default -> throw new IllegalArgumentException(coding);
    };
  }

  /**
   * "deflate" means the zlib format, but some clients send bare deflate data (RFC 9110, section
   * 8.4.1.2). The header's check bits tell.
   */
  private static boolean hasZlibHeader(byte[] body) {
    return body.length >= 2
        && (body[0] & 0x0f) == 8
        && (((body[0] & 0xff) << 8) | (body[1] & 0xff)) % 31 == 0;
  }

  private static byte[] read(InputStream decoder, Limit limit) throws IOException {
    List<byte[]> pieces = new ArrayList<>();
    byte[] piece = new byte[PIECE_BYTES_FIRST];
    int filled = 0;
    int total = 0;
    while (true) {
      int count = decoder.read(piece, filled, piece.length - filled);
      if (count < 0) {
        break;
      }
      filled += count;
      total += count;
      limit.check(total);
      if (filled == piece.length) {
        pieces.add(piece);
        piece = new byte[Math.min(2 * piece.length, PIECE_BYTES_MAX)];
        filled = 0;
      }
    }
    byte[] whole = new byte[total];
    int at = 0;
    for (byte[] full : pieces) {
      System.arraycopy(full, 0, whole, at, full.length);
      at += full.length;
    }
    System.arraycopy(piece, 0, whole, at, filled);
    return whole;
  }

  private static Refusal unsupported(String coding, String where) {
    String shown =
        coding.length() > QUOTED_CHARACTERS_MAX
            ? coding.substring(0, QUOTED_CHARACTERS_MAX) + "..."
            : coding;
    return new Refusal(
        ErrorKind.UNSUPPORTED_MEDIA,
        "unsupported_content_encoding",
        "content encoding \"" + shown + "\" is not supported" + where + ", expected " + ACCEPTED);
  }

  /** How large the output may become, and what to say when it is larger. */
  private record Limit(long bytes, String message) {
    static Limit of(int inputBytes, int maxBytes, int maxRatio) {
      long byRatio = Math.max(RATIO_FREE_BYTES, (long) inputBytes * maxRatio);
      return byRatio < maxBytes
          ? new Limit(byRatio, "expected a body that expands at most " + maxRatio + " times")
          : new Limit(maxBytes, "expected a body of at most " + maxBytes + " bytes when decoded");
    }

    void check(long total) {
      if (total > bytes) {
        throw new Refusal(ErrorKind.TOO_LARGE, "body_too_large", message);
      }
    }
  }

  /** Gives its inflater back when closed, which its superclass does for its own only. */
  private static final class DeflateStream extends InflaterInputStream {
    DeflateStream(InputStream in, Inflater inflater) {
      super(in, inflater, PIECE_BYTES_FIRST);
    }

    /** A preset dictionary looks like the end of the stream to the superclass. */
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = super.read(buffer, offset, length);
      if (count < 0 && !inf.finished()) {
        throw new IOException("a preset dictionary is needed");
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      super.close();
      inf.end();
    }
  }
}
