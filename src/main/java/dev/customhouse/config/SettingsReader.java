package dev.customhouse.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads settings from a file, its text or the environment, whole or not at all. Secrets are not
 * resolved and no other file is opened. Safe for use by several threads.
 */
public final class SettingsReader {
  private final SettingsSchema schema = SettingsSchema.load();

  /** The JSON Schema (draft 2020-12) of the file, for editors and tools. */
  public String schema() {
    return schema.text();
  }

  /**
   * The settings of a file.
   *
   * @throws SettingsException the file cannot be read or is not valid; all that is wrong in it is
   *     told at once
   */
  public Settings read(Path file) {
    return read(textOf(readBytes(file), file.toString()), file.toString());
  }

  /**
   * The settings of a text; an empty one gives the defaults, with no provider and no model.
   *
   * @param fileName how errors name the text
   * @throws SettingsException the text is not valid; all that is wrong in it is told at once
   */
  public Settings read(String yaml, String fileName) {
    Problems problems = new Problems(fileName);
    Node node = YamlFile.parse(yaml, fileName, problems);
    problems.throwIfAny();
    ObjectNode rules = schema.root();
    Value.Table root = new SchemaCheck(problems).check(node, rules);
    new SettingsRules(schema, problems).check(root);
    problems.throwIfAny();
    return new SettingsBuilder(schema).build(root);
  }

  /**
   * The settings of a gateway without a file: every well-known provider whose key is in the
   * environment, with its usual model names and {@code <id>/*}.
   *
   * @param environment variables by name; blank ones count as not set
   */
  public Settings fromEnvironment(Map<String, String> environment) {
    SettingsBuilder builder = new SettingsBuilder(schema);
    Map<String, Settings.Provider> providers = new LinkedHashMap<>();
    WellKnown.BY_TYPE.forEach((id, known) ->
        known.variables().stream()
            .filter(variable -> !environment.getOrDefault(variable, "").isBlank())
            .filter(ignored -> known.isPlaced(environment))
            .findFirst()
            .ifPresent(variable -> providers.put(id, builder.wellKnownProvider(id, variable))));
    return new Settings(
        read("", "environment").gateway(),
        providers,
        builder.wellKnownModels(providers.values()),
        List.of());
  }

  /** The bytes of a file; refused beyond {@link YamlFile#FILE_BYTES}. */
  static byte[] readBytes(Path file) {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(YamlFile.FILE_BYTES + 1);
      if (bytes.length > YamlFile.FILE_BYTES) {
        throw refused(
            file.toString(),
            "is larger than a configuration file may be, expected at most "
                + YamlFile.FILE_BYTES
                + " bytes");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw refused(file.toString(), "there is no such file");
    } catch (IOException e) {
      throw refused(
          file.toString(), "the file cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  /** The text of a file's bytes; refused when they are not UTF-8. */
  static String textOf(byte[] bytes, String fileName) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw refused(fileName, "the file is not UTF-8 text");
    }
  }

  private static SettingsException refused(String fileName, String message) {
    return new SettingsException(List.of(new Problem(fileName, 0, 0, "", message)));
  }
}
