package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDecodingTest {
  private static final int LIMIT = 32 * 1024 * 1024;
  private static final byte[] TEXT = "{\"model\":\"m\",\"x\":[1,2,3]}".repeat(500).getBytes(UTF_8);

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "raw", "zstd", "br"})
  void undoesEveryCodingForEverySize(String coding) {
    Random random = new Random(1);
    for (int size : new int[] {0, 1, 100, 8191, 8192, 8193, 100_000, 2_000_000}) {
      byte[] text = new byte[size];
      random.nextBytes(text);
      assertThat(decode(encode(coding, text), header(coding))).isEqualTo(text);
    }
    assertThat(decode(encode(coding, TEXT), header(coding))).isEqualTo(TEXT);
  }

  private static String header(String coding) {
    return coding.equals("raw") ? "deflate" : coding;
  }

  @Test
  void aBodyWithoutCodingIsGivenBackItself() {
    assertThat(decode(TEXT, null)).isSameAs(TEXT);
    assertThat(decode(TEXT, "identity")).isSameAs(TEXT);
    assertThat(decode(TEXT, "")).isSameAs(TEXT);
    assertThat(decode(new byte[0], "gzip")).isEmpty();
  }

  @Test
  void namesHaveNoCaseAndGzipAnOldOne() {
    assertThat(decode(encode("gzip", TEXT), "X-GZip")).isEqualTo(TEXT);
    assertThat(decode(encode("zstd", TEXT), " ZSTD ")).isEqualTo(TEXT);
  }

  @Test
  void twoCodingsAreUndoneLastFirstAndThreeAreRefused() {
    byte[] body = encode("zstd", encode("gzip", TEXT));

    assertThat(decode(body, "gzip, zstd")).isEqualTo(TEXT);
    assertThat(decode(body, "gzip, identity,zstd")).isEqualTo(TEXT);
    refused(body, "zstd, gzip", ErrorKind.INVALID_REQUEST, "gzip");
    refused(body, "gzip, gzip, zstd", ErrorKind.UNSUPPORTED_MEDIA, "at most 2");
  }

  @Test
  void anUnknownCodingIsNamedWithThoseAccepted() {
    refused(
        TEXT,
        "compress",
        ErrorKind.UNSUPPORTED_MEDIA,
        "\"compress\" is not supported, expected gzip, deflate, zstd, br, identity");
    refused(TEXT, "gzip;q=1", ErrorKind.UNSUPPORTED_MEDIA, "gzip;q=1");
    refused(TEXT, "x".repeat(500), ErrorKind.UNSUPPORTED_MEDIA, "\"" + "x".repeat(40) + "...\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "raw", "zstd", "br"})
  void corruptAndCutOffBodiesAreRefused(String coding) {
    byte[] body = encode(coding, TEXT);
    for (int length = 1; length < body.length; length++) {
      refused(Arrays.copyOf(body, length), header(coding), ErrorKind.INVALID_REQUEST, "corrupt");
    }
    refused(
        "this is not compressed at all".getBytes(UTF_8),
        header(coding),
        ErrorKind.INVALID_REQUEST,
        "expected a body encoded as " + header(coding));
    Random random = new Random(2);
    for (int round = 0; round < 500; round++) {
      byte[] damaged = body.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        decode(damaged, header(coding));
      } catch (Refusal refusal) {
        assertThat(refusal.kind()).isIn(ErrorKind.INVALID_REQUEST, ErrorKind.TOO_LARGE);
      }
    }
  }

  @Test
  void aZlibBodyThatAsksForADictionaryIsRefused() {
    Deflater deflater = new Deflater();
    deflater.setDictionary(TEXT);
    deflater.setInput(TEXT);
    deflater.finish();
    byte[] body = new byte[TEXT.length];
    int length = deflater.deflate(body);
    deflater.end();

    refused(Arrays.copyOf(body, length), "deflate", ErrorKind.INVALID_REQUEST, "corrupt");
  }

  @Test
  void aZstdBodyMayNotAskForALargeWindow() throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(encoded)) {
      zstd.setLong(27);
      zstd.write(new byte[1000]);
      zstd.flush();
      zstd.write(TEXT);
    }
    refused(encoded.toByteArray(), "zstd", ErrorKind.INVALID_REQUEST, "zstd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "raw", "zstd", "br"})
  void anOutputOfExactlyTheLimitPassesAndOneByteMoreDoesNot(String coding) {
    byte[] body = encode(coding, TEXT);

    assertThat(ContentDecoding.decode(body, header(coding), TEXT.length, 100)).isEqualTo(TEXT);
    assertThatThrownBy(() -> ContentDecoding.decode(body, header(coding), TEXT.length - 1, 100))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE))
        .hasMessageContaining("at most " + (TEXT.length - 1) + " bytes");
    assertThatThrownBy(() -> ContentDecoding.decode(TEXT, null, TEXT.length - 1, 100))
        .isInstanceOf(Refusal.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "raw", "zstd", "br"})
  void theRatioCountsBeyondOneMebibyteOnly(String coding) {
    byte[] free = encode(coding, new byte[ContentDecoding.RATIO_FREE_BYTES]);
    assertThat(decode(free, header(coding))).hasSize(ContentDecoding.RATIO_FREE_BYTES);

    byte[] bomb = encode(coding, new byte[ContentDecoding.RATIO_FREE_BYTES + 1]);
    refused(bomb, header(coding), ErrorKind.TOO_LARGE, "expands at most 100 times");
  }

  @Test
  void theRatioCountsOverBothCodingsTogether() {
    byte[] bomb = encode("gzip", encode("gzip", new byte[20_000_000]));

    refused(bomb, "gzip, gzip", ErrorKind.TOO_LARGE, "expands at most 100 times");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "zstd", "br"})
  void aBombAllocatesNoMoreThanTheLimit(String coding) {
    byte[] bomb = encode(coding, new byte[200_000_000]);
    int limit = 4_000_000;
    decode(encode(coding, TEXT), coding); // loads natives
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> ContentDecoding.decode(bomb, coding, limit, 1_000_000_000))
        .isInstanceOf(Refusal.class);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(limit + 2_500_000L);
  }

  private static byte[] decode(byte[] body, @org.jspecify.annotations.Nullable String encoding) {
    return ContentDecoding.decode(body, encoding, LIMIT, ContentDecoding.RATIO_MAX);
  }

  private static void refused(byte[] body, String encoding, ErrorKind kind, String message) {
    assertThatThrownBy(() -> decode(body, encoding))
        .isInstanceOfSatisfying(Refusal.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  private static byte[] encode(String coding, byte[] text) {
    try {
      ByteArrayOutputStream encoded = new ByteArrayOutputStream();
      switch (coding) {
        case "gzip" -> {
          try (GZIPOutputStream gzip = new GZIPOutputStream(encoded)) {
            gzip.write(text);
          }
        }
        case "deflate", "raw" -> {
          Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, coding.equals("raw"));
          try (DeflaterOutputStream deflate = new DeflaterOutputStream(encoded, deflater)) {
            deflate.write(text);
          }
          deflater.end();
        }
        case "zstd" -> encoded.writeBytes(Zstd.compress(text));
        default -> {
          Brotli4jLoader.ensureAvailability();
          encoded.writeBytes(Encoder.compress(text, new Encoder.Parameters().setQuality(4)));
        }
      }
      return encoded.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
