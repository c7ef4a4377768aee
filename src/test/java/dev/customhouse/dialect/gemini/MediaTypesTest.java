package dev.customhouse.dialect.gemini;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.chat.Content.Media.Kind;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Media by their first bytes, given as hex or, behind a quote, as letters. */
class MediaTypesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      quoteCharacter = '`',
      value = {
        "89504e470d0a1a0a | image/jpeg | IMAGE | image/png",
        "ffd8ffe0 | - | IMAGE | image/jpeg",
        "'GIF89a | - | IMAGE | image/gif",
        "'RIFF1234WEBPVP8 | image/png | IMAGE | image/webp",
        "49492a00 | - | IMAGE | image/tiff",
        "00000018667479706865696300 | - | IMAGE | image/heic",
        "'%PDF-1.7 | application/octet-stream | DOCUMENT | application/pdf",
        "'RIFF1234WAVEfmt | audio/mpeg | AUDIO | audio/wav",
        "'RIFF1234WAVEfmt | audio/x-wav | AUDIO | audio/x-wav",
        "'ID3 | audio/mpeg | AUDIO | audio/mpeg",
        "fffb9000 | audio/wav | AUDIO | audio/mp3",
        "fff15080 | audio/mpeg | AUDIO | audio/aac",
        "'fLaC | - | AUDIO | audio/flac",
        "'OggS | - | AUDIO | audio/ogg",
        "00000020667479706973 | - | VIDEO | video/mp4",
        "000000206674797069736f6d | audio/m4a | AUDIO | audio/m4a",
        "00000020667479704d344120 | - | AUDIO | audio/mp4",
        "00000014667479707174202000 | - | VIDEO | video/quicktime",
        "1a45dfa3 | - | VIDEO | video/webm",
        "'plain words | text/csv | DOCUMENT | text/csv",
        "'plain words | - | IMAGE | image/jpeg",
        "'plain words | application/octet-stream | DOCUMENT | application/pdf"
      })
  void theBytesSayWhatItIsAndElseTheClientDoes(
      String head, String told, Kind kind, String expected) {
    byte[] bytes =
        head.startsWith("'") ? head.substring(1).getBytes(US_ASCII) : HexFormat.of().parseHex(head);

    assertThat(MediaTypes.of(Base64.getEncoder().encodeToString(bytes), told, kind))
        .isEqualTo(expected);
  }
}
