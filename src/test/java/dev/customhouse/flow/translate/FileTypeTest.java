package dev.customhouse.flow.translate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.chat.Content.Media.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileTypeTest {
  private static final String OFFICE =
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

  private static byte[] bytes(String latin) {
    return latin.translateEscapes().getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({
    "IMAGE, '\\211PNG\\r\\n\\032\\n....', image/png",
    "IMAGE, '\\377\\330\\377\\340..JFIF', image/jpeg",
    "IMAGE, 'GIF89a....', image/gif",
    "IMAGE, 'RIFF....WEBPVP8 ', image/webp",
    "IMAGE, 'BM....\\0\\0\\0\\0....', image/bmp",
    "IMAGE, 'II*\\0....', image/tiff",
    "IMAGE, '....ftypheic....', image/heic",
    "IMAGE, '....ftypavif....', image/avif",
    "DOCUMENT, '%PDF-1.7....', application/pdf",
    "AUDIO, 'RIFF....WAVEfmt ', audio/wav",
    "AUDIO, 'ID3.....', audio/mp3",
    "AUDIO, '\\377\\373......', audio/mp3",
    "AUDIO, '\\377\\361......', audio/aac",
    "AUDIO, 'fLaC....', audio/flac",
    "AUDIO, 'OggS....', audio/ogg",
    "AUDIO, 'FORM....AIFF', audio/aiff",
    "AUDIO, '....ftypM4A ....', audio/mp4",
    "AUDIO, '\\032E\\337\\243....', audio/webm",
    "VIDEO, '....ftypisom....', video/mp4",
    "VIDEO, '....ftypqt  ....', video/quicktime",
    "VIDEO, '....ftyp3gp5....', video/3gpp",
    "VIDEO, '\\032E\\337\\243....', video/webm",
    "VIDEO, 'RIFF....AVI LIST', video/x-msvideo",
    "VIDEO, '\\0\\0\\001\\272....', video/mpeg",
    "VIDEO, 'FLV\\001....', video/x-flv"
  })
  void itsFirstBytesTellWhatItIs(Kind kind, String head, String type) {
    assertThat(FileType.of(bytes(head), "text/html", kind)).isEqualTo(type);
    for (Kind other : Kind.values()) {
      String found = FileType.of(bytes(head), type, other);
      assertThat(found == null || found.startsWith(other.name().toLowerCase(java.util.Locale.ROOT)))
          .as("%s as %s", type, other)
          .isEqualTo(found == null || other != Kind.DOCUMENT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain; charset=utf-8, text/plain",
    "Text/Markdown, text/markdown",
    "text/csv, text/csv",
    "text/html, text/html",
    "application/json, application/json",
    "application/octet-stream, text/plain",
    ", text/plain"
  })
  void ofTextsTheHostTellsTheKind(String told, String type) {
    assertThat(
            FileType.of(
                "Grüße,\n\t1\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                told,
                Kind.DOCUMENT))
        .isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource({"'a\\0b'", "'\\033[31m'", "'\\377\\376a\\0'", "''"})
  void whatIsNoTextIsNone(String content) {
    assertThat(FileType.of(bytes(content), "text/plain", Kind.DOCUMENT)).isNull();
  }

  @Test
  void programsAndUnknownFilesAreNotPassedOn() {
    byte[] drawing = bytes("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>");
    assertThat(FileType.of(drawing, "image/svg+xml", Kind.IMAGE)).isNull();
    assertThat(FileType.of(drawing, "image/png", Kind.IMAGE)).isNull();
    assertThat(FileType.of(drawing, "image/svg+xml", Kind.DOCUMENT)).isNull();
    assertThat(FileType.of(bytes("body {}"), "text/css", Kind.DOCUMENT)).isNull();
    assertThat(FileType.of(bytes("MZ...."), "application/x-msdownload", Kind.DOCUMENT)).isNull();
    assertThat(FileType.of(new byte[0], null, Kind.IMAGE)).isNull();
  }

  @Test
  void filesOfOfficeProgramsAreWhatTheirHostSaysWhereTheirBytesAgree() {
    assertThat(FileType.of(bytes("PK\\003\\004..."), OFFICE, Kind.DOCUMENT)).isEqualTo(OFFICE);
    assertThat(FileType.of(bytes("PK\\003\\004..."), "application/zip", Kind.DOCUMENT)).isNull();
    assertThat(FileType.of(bytes("MZ......"), OFFICE, Kind.DOCUMENT)).isNull();
    byte[] old = bytes("\\320\\317\\021\\340\\241\\261\\032\\341....");
    assertThat(FileType.of(old, "application/msword", Kind.DOCUMENT))
        .isEqualTo("application/msword");
    assertThat(FileType.of(old, "text/plain", Kind.DOCUMENT)).isNull();
  }
}
