package dev.customhouse.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Base64;

/** A key with a certificate of its own making, in a key store and as PEM files. */
record Identity(String name, KeyStore store, Path certificate, Path key) {
  static final char[] PASSWORD = "changeit".toCharArray();

  /** One for 127.0.0.1 and localhost. */
  static Identity of(String name, Path folder) throws Exception {
    return of(name, "EC", folder);
  }

  /** One with a key of this algorithm. */
  static Identity of(String name, String algorithm, Path folder) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-ext",
                "bc:c",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException(Files.readString(folder.resolve(name + ".log")));
    }
    KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
    return new Identity(
        name,
        store,
        pem(folder, name + ".crt", "CERTIFICATE", store.getCertificate(name).getEncoded()),
        pem(folder, name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded()));
  }

  /** A file with one thing in PEM. */
  static Path pem(Path folder, String file, String kind, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind));
  }

  PrivateKey privateKey() throws GeneralSecurityException {
    return (PrivateKey) store.getKey(name, PASSWORD);
  }

  /** What those trust who are to recognise it. */
  KeyStore certificateOnly() throws GeneralSecurityException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(name, store.getCertificate(name));
      return trusted;
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
  }
}
