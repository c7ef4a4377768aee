package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemFilesTest {
  @TempDir static Path folder;

  private static Identity ec;
  private static Identity rsa;

  @BeforeAll
  static void makeIdentities() throws Exception {
    ec = Identity.of("ec", folder);
    rsa = Identity.of("rsa", "RSA", folder);
  }

  private static Identity named(String name) {
    return name.equals("ec") ? ec : rsa;
  }

  private static X509Certificate certificate(Identity of) throws IOException {
    return PemFiles.certificates(of.certificate())[0];
  }

  /** What is in the envelope of PKCS #8: the last of three elements, whose length is in its end. */
  private static byte[] unwrapped(PrivateKey key) {
    ByteBuffer in = ByteBuffer.wrap(key.getEncoded());
    enter(in);
    skip(in);
    skip(in);
    byte[] inner = new byte[enter(in)];
    in.get(inner);
    return inner;
  }

  private static int enter(ByteBuffer in) {
    in.get();
    int first = in.get() & 0xff;
    return switch (first) {
      case 0x81 -> in.get() & 0xff;
      case 0x82 -> in.getShort() & 0xffff;
      default -> first;
    };
  }

  private static void skip(ByteBuffer in) {
    int length = enter(in);
    in.position(in.position() + length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ec", "rsa"})
  void aKeyInItsEnvelopeIsRead(String name) throws Exception {
    Identity identity = named(name);

    assertThat(PemFiles.key(identity.key(), certificate(identity)))
        .isEqualTo(identity.privateKey());
  }

  @ParameterizedTest
  @CsvSource({"ec,EC PRIVATE KEY", "rsa,RSA PRIVATE KEY"})
  void aKeyOfAnOlderFormIsRead(String name, String label) throws Exception {
    Identity identity = named(name);
    Path file = Identity.pem(folder, name + ".old", label, unwrapped(identity.privateKey()));
    Files.writeString(
        file,
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
            + Files.readString(file));

    assertThat(PemFiles.key(file, certificate(identity))).isEqualTo(identity.privateKey());
  }

  @ParameterizedTest
  @CsvSource({"ec,rsa", "rsa,ec"})
  void aKeyOfAnotherKindIsRefused(String name, String other) throws Exception {
    X509Certificate certificate = certificate(named(name));

    assertThatThrownBy(() -> PemFiles.key(named(other).key(), certificate))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(other + ".key")
        .hasMessageContaining("no private key for a certificate of " + name.toUpperCase());
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    Identity other = Identity.of("other", folder);
    X509Certificate certificate = certificate(ec);

    assertThatThrownBy(() -> PemFiles.key(other.key(), certificate))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("other.key: the private key belongs to another certificate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ENCRYPTED PRIVATE KEY|AAAA|encrypted",
        "RSA PRIVATE KEY|Proc-Type: 4,ENCRYPTED AAAA|encrypted",
        "PUBLIC KEY|AAAA|no private key is in it",
        "PRIVATE KEY|AAAA|no private key for a certificate of EC",
        "PRIVATE KEY|=|no private key for a certificate of EC"
      })
  void whatIsNoUsableKeyIsSaid(String label, String content, String expected) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("bad.key"),
            "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, content, label));
    X509Certificate certificate = certificate(ec);

    assertThatThrownBy(() -> PemFiles.key(file, certificate))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bad.key")
        .hasMessageContaining(expected);
  }

  @Test
  void aChainIsReadInItsOrder() throws Exception {
    Path chain =
        Files.writeString(
            folder.resolve("chain.crt"),
            "the server\n"
                + Files.readString(ec.certificate())
                + "whoever signed\n"
                + Files.readString(rsa.certificate()));

    assertThat(PemFiles.certificates(chain)).containsExactly(certificate(ec), certificate(rsa));
  }

  @Test
  void keyAndCertificateMayBeInOneFile() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("both.pem"),
            Files.readString(rsa.key()) + Files.readString(rsa.certificate()));

    X509Certificate found = PemFiles.certificates(file)[0];
    assertThat(found).isEqualTo(certificate(rsa));
    assertThat(PemFiles.key(file, found)).isEqualTo(rsa.privateKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n"})
  void aFileWithoutACertificateIsRefused(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("none.crt"), text);

    assertThatThrownBy(() -> PemFiles.certificates(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.crt: no certificate");
  }
}
