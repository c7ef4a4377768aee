package dev.customhouse.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Certificates and keys as files hold them (RFC 7468). */
final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----((?s:.*?))-----END \\1PRIVATE KEY-----");

  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----(?s:.*?)-----END CERTIFICATE-----");

  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final byte[] VERSION_0 = {2, 1, 0};

  private PemFiles() {}

  /**
   * The certificates of a file, in its order; the key may be in the same file.
   *
   * @throws IOException when it cannot be read, or none is in it
   */
  static X509Certificate[] certificates(Path file) throws IOException {
    String blocks =
        CERTIFICATE
            .matcher(Files.readString(file, StandardCharsets.ISO_8859_1))
            .results()
            .map(MatchResult::group)
            .collect(Collectors.joining("\n"));
    InputStream in = new ByteArrayInputStream(blocks.getBytes(StandardCharsets.ISO_8859_1));
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        throw new IOException(file + ": no certificate is in it, one in PEM is expected");
      }
      return found.toArray(X509Certificate[]::new);
    } catch (CertificateException e) {
      throw new IOException(file + ": no certificate in PEM can be read from it", e);
    }
  }

  /**
   * The private key of a file: PKCS #8, or what is older, PKCS #1 for RSA and SEC 1 for elliptic
   * curves (RFC 5208, RFC 8017 section A.1.2, RFC 5915).
   *
   * @param owner the certificate that the key belongs to
   * @throws IOException when it cannot be read, no key is in it, it is encrypted, or it belongs to
   *     another certificate
   */
  static PrivateKey key(Path file, X509Certificate owner) throws IOException {
    Matcher block = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!block.find()) {
      throw new IOException(file + ": no private key is in it, one in PEM is expected");
    }
    String kind = block.group(1).strip();
    if (kind.equals("ENCRYPTED") || block.group(2).contains("ENCRYPTED")) {
      throw new IOException(file + ": the private key is encrypted, one without is expected");
    }
    PublicKey belonging = owner.getPublicKey();
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
      byte[] wrapped = kind.isEmpty() ? bytes : wrapped(bytes, belonging);
      PrivateKey key =
          KeyFactory.getInstance(belonging.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(wrapped));
      if (!belong(key, belonging)) {
        throw new IOException(file + ": the private key belongs to another certificate");
      }
      return key;
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException(
          "%s: no private key for a certificate of %s can be read from it"
              .formatted(file, belonging.getAlgorithm()),
          e);
    }
  }

  private static boolean belong(PrivateKey key, PublicKey other) throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] anything = VERSION_0;
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(anything);
    byte[] signed = signature.sign();
    signature.initVerify(other);
    signature.update(anything);
    return signature.verify(signed);
  }

  /**
   * A key of an older form in the envelope of PKCS #8, which says what kind of key it is; so does
   * the certificate, in the same words.
   */
  private static byte[] wrapped(byte[] key, PublicKey belonging) {
    ByteArrayOutputStream inside = new ByteArrayOutputStream();
    inside.writeBytes(VERSION_0);
    inside.writeBytes(algorithm(belonging.getEncoded()));
    inside.writeBytes(element(OCTETS, key));
    return element(SEQUENCE, inside.toByteArray());
  }

  /** The first part of a SubjectPublicKeyInfo (RFC 5280, section 4.1). */
  private static byte[] algorithm(byte[] publicKey) {
    ByteBuffer in = ByteBuffer.wrap(publicKey);
    length(in.position(1));
    int start = in.position();
    int length = length(in.position(start + 1));
    byte[] algorithm = new byte[in.position() + length - start];
    in.get(start, algorithm);
    return algorithm;
  }

  private static int length(ByteBuffer in) {
    int first = in.get() & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = first & 0x7f; i > 0; i--) {
      length = length << 8 | in.get() & 0xff;
    }
    return length;
  }

  /** In the distinguished encoding (ITU-T X.690). */
  private static byte[] element(int tag, byte[] content) {
    int length = content.length;
    return ByteBuffer.allocate(4 + length)
        .put((byte) tag)
        .put((byte) 0x82)
        .putShort((short) length)
        .put(content)
        .array();
  }
}
