package dev.customhouse.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretResolverTest {
  private static final String VALUE = "sk-very-secret-0123456789";

  @TempDir private Path directory;

  private final SecretResolver resolver =
      new SecretResolver(Map.of("MY_KEY", VALUE, "BLANK", "  ", "DOLLAR", "a$1\\b"));

  @Test
  void aVariableIsRead() {
    assertThat(resolver.resolve("${env:MY_KEY}").reveal()).isEqualTo(VALUE);
  }

  @Test
  void aVariableMayComeFromAFunction() {
    assertThat(new SecretResolver(name -> name + "!").resolve("${env:ANY}").reveal())
        .isEqualTo("ANY!");
  }

  @Test
  void aReferenceMayStandWithinText() {
    assertThat(resolver.resolve("Bearer ${env:MY_KEY}").reveal()).isEqualTo("Bearer " + VALUE);
    assertThat(resolver.resolve("${env:DOLLAR}:${env:MY_KEY}").reveal())
        .isEqualTo("a$1\\b:" + VALUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", "\n\n"})
  void aFileIsReadWithoutTheLineEndsAtItsEnd(String end) throws IOException {
    Path file = Files.writeString(directory.resolve("key"), "first\nsecond" + end);
    assertThat(resolver.resolve("${file:" + file + "}").reveal()).isEqualTo("first\nsecond");
  }

  @Test
  void aChangedFileIsReadAnew() throws IOException {
    Path file = Files.writeString(directory.resolve("key"), "old");
    assertThat(resolver.resolve("${file:" + file + "}").reveal()).isEqualTo("old");
    Files.writeString(file, "new");
    assertThat(resolver.resolve("${file:" + file + "}").reveal()).isEqualTo("new");
  }

  @Test
  void aVariableThatIsNotSetIsNamed() {
    assertThatThrownBy(() -> resolver.resolve("${env:OTHER}"))
        .isInstanceOf(SecretException.class)
        .hasMessage("${env:OTHER} cannot be read: the environment variable OTHER is not set");
  }

  @Test
  void aBlankVariableIsNoSecret() {
    assertThatThrownBy(() -> resolver.resolve("${env:BLANK}"))
        .hasMessage("${env:BLANK} is blank, expected at least one character");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    String reference = "${file:" + directory.resolve("absent") + "}";
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(reference + " cannot be read: there is no such file");
  }

  @Test
  void aDirectoryIsNoFile() {
    String reference = "${file:" + directory + "}";
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(reference + " cannot be read: IOException (is it a file?)");
  }

  @Test
  void anEmptyFileIsNoSecret() throws IOException {
    String reference = "${file:" + Files.writeString(directory.resolve("key"), "\n") + "}";
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(reference + " is blank, expected at least one character");
  }

  @Test
  void aFileBeyondTheLimitIsRefused() throws IOException {
    Path file = directory.resolve("key");
    Files.write(file, new byte[SecretResolver.FILE_BYTES + 1]);
    String reference = "${file:" + file + "}";
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(reference + " is larger than a secret may be, expected at most 65536 bytes");
  }

  @Test
  void aFileThatIsNoTextIsRefused() throws IOException {
    Path file = directory.resolve("key");
    Files.write(file, new byte[] {(byte) 0xff, 1});
    String reference = "${file:" + file + "}";
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(reference + " cannot be read: the file is not UTF-8 text");
  }

  @ParameterizedTest
  @CsvSource({
    "${vault:kv/llm#anthropic}, HashiCorp Vault",
    "${aws:prod/openai}, AWS Secrets Manager",
    "${gcp:projects/p/secrets/s}, GCP Secret Manager",
    "${azure:vault/name}, Azure Key Vault",
    "${1password:vault/item}, 1Password Connect"
  })
  void aReferenceToAManagerSaysWhatIsSupported(String reference, String manager) {
    assertThatThrownBy(() -> resolver.resolve(reference))
        .hasMessage(
            reference
                + " refers to "
                + manager
                + ", which this version does not support yet; supported are ${env:NAME} and"
                + " ${file:/path}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        VALUE,
        "${" + VALUE + "}",
        "${env:" + VALUE + "}",
        "${" + VALUE + ":x}",
        "${env:MY_KEY",
        "${env:${env:MY_KEY}}",
        "${file:}",
        ""
      })
  void textThatIsNoReferenceIsRefusedWithoutBeingShown(String text) {
    assertThatThrownBy(() -> resolver.resolve(text))
        .isInstanceOf(SecretException.class)
        .hasMessageContaining("expected")
        .hasMessageNotContaining("secret-0123456789");
  }

  @Test
  void aLiteralIsTakenByItsMark() {
    assertThat(resolver.resolve("literal:" + VALUE).reveal()).isEqualTo(VALUE);
    assertThatThrownBy(() -> resolver.resolve("literal:"))
        .hasMessage("a literal secret is blank, expected at least one character");
  }

  @Test
  void aSecretNeverShowsItself() {
    Secret secret = new Secret(VALUE);
    assertThat(secret).hasToString("Secret[hidden]").isEqualTo(new Secret(VALUE));
    assertThat(secret).isNotEqualTo(new Secret("other")).hasSameHashCodeAs(new Secret(VALUE));
    assertThatThrownBy(() -> new Secret(" "))
        .hasMessage("a secret is blank, expected at least one character");
  }
}
