package dev.customhouse.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MultipartTest {
  private static final String TYPE = "multipart/form-data; boundary=XyZ";
  private static final String FORM =
      """
      --XyZ
      Content-Disposition: form-data; name="model"

      whisper-1
      --XyZ
      content-disposition: FORM-DATA; filename="a;b=\\"c\\".wav"; name=file
      Content-Type: audio/wav

      RIFF
      --Xy
      \u0001
      --XyZ
      Content-Disposition: form-data; name="empty"


      --XyZ--
      """
          .replace("\n", "\r\n");

  @Test
  void readsFieldsAndFilesAsRangesOfTheBody() {
    byte[] body = FORM.getBytes(UTF_8);
    Multipart form = Multipart.parse(body, TYPE);

    assertThat(form.parts())
        .extracting(Multipart.Part::name)
        .containsExactly("model", "file", "empty");
    assertThat(content(form, "model")).isEqualTo("whisper-1");
    assertThat(content(form, "file")).isEqualTo("RIFF\r\n--Xy\r\n\u0001");
    assertThat(content(form, "empty")).isEmpty();
    Multipart.Part file = form.part("file");
    assertThat(file).isNotNull();
    assertThat(file.filename()).isEqualTo("a;b=\"c\".wav");
    assertThat(file.contentType()).isEqualTo("audio/wav");
    assertThat(form.part("other")).isNull();
  }

  private static String content(Multipart form, String name) {
    Multipart.Part part = form.part(name);
    assertThat(part).isNotNull();
    return FORM.substring(part.content().start(), part.content().end());
  }

  @Test
  void theModelFieldCanBeSplicedInPlace() {
    byte[] body = FORM.getBytes(UTF_8);
    Multipart.Part model = Multipart.parse(body, TYPE).part("model");
    assertThat(model).isNotNull();

    byte[] spliced =
        JsonScan.splice(
            body,
            model.content().start(),
            model.content().end(),
            "gpt-4o-transcribe".getBytes(UTF_8));

    assertThat(new String(spliced, UTF_8))
        .isEqualTo(FORM.replace("whisper-1", "gpt-4o-transcribe"));
  }

  @Test
  void aFieldThatComesTwiceIsRefusedWhenAskedForAsOne() {
    byte[] body = FORM.replace("\"empty\"", "\"model\"").getBytes(UTF_8);
    Multipart form = Multipart.parse(body, TYPE);

    assertThat(form.parts()).hasSize(3);
    assertThatThrownBy(() -> form.part("model"))
        .isInstanceOfSatisfying(Refusal.class, e -> assertThat(e.param()).isEqualTo("model"))
        .hasMessage("expected one form field \"model\", found several");
  }

  @Test
  void theBoundaryMayBeQuotedAndTheTypeHaveOtherParameters() {
    byte[] body = FORM.getBytes(UTF_8);
    for (String type :
        new String[] {
          "multipart/form-data; boundary=\"XyZ\"",
          "Multipart/Form-Data;charset=utf-8;BOUNDARY=XyZ",
          "multipart/form-data ; boundary=XyZ ;"
        }) {
      assertThat(Multipart.parse(body, type).parts()).hasSize(3);
    }
  }

  @Test
  void refusesAContentTypeThatItCannotReadSafely() {
    refused(FORM, "multipart/form-data", "expected a boundary");
    refused(FORM, "multipart/form-data; boundary=", "expected a boundary");
    refused(FORM, "multipart/form-data; boundary=" + "x".repeat(71), "expected a boundary");
    refused(FORM, "multipart/form-data; boundary=\"XyZ", "expected a quote at the end");
    refused(FORM, "multipart/form-data; boundary=\"XyZ\"x", "quoted as a whole");
    refused(FORM, "multipart/form-data; boundary=XyZ; boundary=Q", "different parameters");
    refused(FORM, "multipart/form-data; boundary=X\u0000Z", "expected a boundary");
    assertThatThrownBy(() -> Multipart.parse(new byte[0], "multipart/mixed; boundary=XyZ"))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED_MEDIA));
  }

  @Test
  void refusesBodiesThatAnUpstreamMightReadDifferently() {
    refused("", TYPE, "expected the boundary");
    refused(FORM.replace("\r\n", "\n"), TYPE, "expected CR LF");
    refused("preamble\r\n" + FORM, TYPE, "expected the boundary");
    refused(FORM + "epilogue", TYPE, "expected nothing behind");
    refused(FORM.replace("--XyZ--", "--XyZ"), TYPE, "headers and an empty line");
    refused(FORM.replace("--XyZ--\r\n", ""), TYPE, "expected a delimiter behind the part");
    refused(FORM.replace("--Xy\r", "--XyZa\r"), TYPE, "expected CR LF or --");
    refused(FORM.replace("name=\"model\"", "nome=\"model\""), TYPE, "with a name");
    refused(FORM.replace("name=\"model\"", "name*=utf-8''model"), TYPE, "name*");
    refused(FORM.replace("name=\"model\"", "name=\"a\"; name=\"model\""), TYPE, "different");
    refused(
        FORM.replace("form-data; name=\"model\"", "attachment; name=\"model\""), TYPE, "form-data");
    refused(FORM.replace("name=file", "na\u0000me=file"), TYPE, "header lines");
    refused(
        FORM.replace("Content-Type:", "Content-Transfer-Encoding: base64\r\nContent-Type:"),
        TYPE,
        "Content-Transfer-Encoding");
    refused(FORM.replace("Content-Type:", " folded:"), TYPE, "header lines");
    refused(
        FORM.replace("Content-Type:", "Content-Disposition: form-data; name=q\r\nContent-Type:"),
        TYPE,
        "one Content-Disposition");
  }

  @Test
  void holdsItsLimits() {
    String part = "--XyZ\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n";
    assertThat(Multipart.parse((part.repeat(64) + "--XyZ--").getBytes(UTF_8), TYPE).parts())
        .hasSize(64);
    refused(part.repeat(65) + "--XyZ--", TYPE, "at most 64 parts");
    String disposition = "Content-Disposition: form-data; name=\"n\"\r\nX: ";
    String filler = "x".repeat(Multipart.HEADER_BYTES_MAX - disposition.length());
    String head = "--XyZ\r\n" + disposition + filler;
    Multipart.parse((head + "\r\n\r\nv\r\n--XyZ--").getBytes(UTF_8), TYPE);
    refused(head + "x\r\n\r\nv\r\n--XyZ--", TYPE, "at most 8192 bytes of headers");
  }

  @Test
  void damagedBodiesAreReadOrRefusedAndNothingElse() {
    Random random = new Random(11);
    byte[] form = FORM.getBytes(UTF_8);
    for (int round = 0; round < 20_000; round++) {
      byte[] body = Arrays.copyOf(form, 1 + random.nextInt(form.length));
      for (int i = random.nextInt(3); i > 0; i--) {
        body[random.nextInt(body.length)] = (byte) "\r\n-XyZ;=\" :".charAt(random.nextInt(11));
      }
      try {
        for (Multipart.Part part : Multipart.parse(body, TYPE).parts()) {
          assertThat(part.content().end()).isLessThanOrEqualTo(body.length);
        }
      } catch (Refusal refusal) {
        assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
      }
    }
  }

  private static void refused(String body, String type, String message) {
    assertThatThrownBy(() -> Multipart.parse(body.getBytes(UTF_8), type))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_REQUEST))
        .hasMessageContaining(message);
  }
}
