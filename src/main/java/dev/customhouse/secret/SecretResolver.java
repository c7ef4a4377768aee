package dev.customhouse.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns references into secrets: {@code ${env:NAME}} is an environment variable, {@code
 * ${file:/path}} the content of a file without the line ends at its end. A reference may stand
 * within text ({@code Bearer ${env:TOKEN}}). Every call reads anew, so a changed file is seen. It
 * keeps nothing and is safe for use by several threads.
 */
public final class SecretResolver {
  /**
   * Marks text that is the secret itself. The reader of the settings writes it where the file holds
   * a literal and literals are allowed; a file cannot pass it off as a reference.
   */
  public static final String LITERAL_PREFIX = "literal:";

  /** The kinds of reference that are understood, as an error names them. */
  public static final String SUPPORTED = "${env:NAME} and ${file:/path}";

  /** A secret file is refused beyond this size. */
  static final int FILE_BYTES = 65_536;

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^{}]*)\\}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern KIND = Pattern.compile("[a-z0-9_-]{1,24}");

  /** Managers of secrets by the kind that names them; none can be read yet. */
  private static final Map<String, String> MANAGERS =
      Map.ofEntries(
          Map.entry("vault", "HashiCorp Vault"),
          Map.entry("aws", "AWS Secrets Manager"),
          Map.entry("gcp", "GCP Secret Manager"),
          Map.entry("azure", "Azure Key Vault"),
          Map.entry("1password", "1Password Connect"),
          Map.entry("op", "1Password Connect"));

  private final Function<String, @Nullable String> environment;

  /** A resolver that reads variables from this map. */
  public SecretResolver(Map<String, String> environment) {
    this(Map.copyOf(environment)::get);
  }

  /** A resolver that asks this function for variables; it answers null for one that is not set. */
  public SecretResolver(Function<String, @Nullable String> environment) {
    this.environment = environment;
  }

  /**
   * The secret that a reference leads to.
   *
   * @throws SecretException the text is no reference, its kind is not supported, the variable is
   *     not set or blank, or the file is missing, unreadable, blank, too large or not UTF-8
   */
  public Secret resolve(String reference) {
    if (reference.startsWith(LITERAL_PREFIX)) {
      String value = reference.substring(LITERAL_PREFIX.length());
      if (value.isBlank()) {
        throw new SecretException("a literal secret is blank, expected at least one character");
      }
      return new Secret(value);
    }
    Optional<String> problem = problem(reference);
    if (problem.isPresent()) {
      throw new SecretException(problem.get());
    }
    Matcher matcher = REFERENCE.matcher(reference);
    StringBuilder value = new StringBuilder();
    while (matcher.find()) {
      matcher.appendReplacement(value, Matcher.quoteReplacement(read(matcher.group())));
    }
    matcher.appendTail(value);
    return new Secret(value.toString());
  }

  /** Whether the text holds anything that looks like a reference, well-formed or not. */
  public static boolean mentionsReference(String text) {
    return text.contains("${");
  }

  /** Whether the text is one reference and nothing around it. */
  public static boolean isWholeReference(String text) {
    return REFERENCE.matcher(text).matches();
  }

  /**
   * What is wrong with the form of a reference; empty when it can be resolved as far as its form
   * tells. The answer names the reference, and never text that may be a secret.
   */
  public static Optional<String> problem(String text) {
    Matcher matcher = REFERENCE.matcher(text);
    boolean found = false;
    while (matcher.find()) {
      found = true;
      Optional<String> problem = problemOfOne(matcher.group(), matcher.group(1));
      if (problem.isPresent()) {
        return problem;
      }
    }
    if (mentionsReference(matcher.replaceAll(""))) {
      return Optional.of("a reference is not closed or is nested, expected " + SUPPORTED);
    }
    return found
        ? Optional.empty()
        : Optional.of("the text is not a reference, expected " + SUPPORTED);
  }

  private static Optional<String> problemOfOne(String reference, String content) {
    int colon = content.indexOf(':');
    if (colon < 0) {
      return Optional.of("a reference has no kind, expected " + SUPPORTED);
    }
    String kind = content.substring(0, colon);
    String rest = content.substring(colon + 1);
    String manager = MANAGERS.get(kind);
    if (manager != null) {
      return Optional.of(
          reference
              + " refers to "
              + manager
              + ", which this version does not support yet; supported are "
              + SUPPORTED);
    }
    return switch (kind) {
      case "env" ->
          VARIABLE.matcher(rest).matches()
              ? Optional.empty()
              : Optional.of(
                  "a reference ${env:...} does not hold the name of a variable, expected letters,"
                      + " digits and underscores");
      case "file" ->
          rest.isBlank()
              ? Optional.of("a reference ${file:...} holds no path, expected ${file:/path}")
              : Optional.empty();
      default ->
          Optional.of(
              (KIND.matcher(kind).matches()
                      ? "a reference is of the unknown kind \"" + kind + "\""
                      : "a reference is of an unknown kind")
                  + ", expected "
                  + SUPPORTED);
    };
  }

  private String read(String reference) {
    String content = reference.substring(2, reference.length() - 1);
    int colon = content.indexOf(':');
    String rest = content.substring(colon + 1);
    String value =
        content.startsWith("env:") ? readVariable(reference, rest) : readFile(reference, rest);
    if (value.isBlank()) {
      throw new SecretException(reference + " is blank, expected at least one character");
    }
    return value;
  }

  private String readVariable(String reference, String name) {
    String value = environment.apply(name);
    if (value == null) {
      throw new SecretException(
          reference + " cannot be read: the environment variable " + name + " is not set");
    }
    return value;
  }

  private static String readFile(String reference, String path) {
    try (InputStream file = Files.newInputStream(Path.of(path))) {
      byte[] bytes = file.readNBytes(FILE_BYTES + 1);
      if (bytes.length > FILE_BYTES) {
        throw new SecretException(
            reference
                + " is larger than a secret may be, expected at most "
                + FILE_BYTES
                + " bytes");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      int end = text.length();
      while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
        end--;
      }
      return text.substring(0, end);
    } catch (NoSuchFileException e) {
      throw new SecretException(reference + " cannot be read: there is no such file");
    } catch (AccessDeniedException e) {
      throw new SecretException(reference + " cannot be read: access to the file is denied");
    } catch (CharacterCodingException e) {
      throw new SecretException(reference + " cannot be read: the file is not UTF-8 text");
    } catch (InvalidPathException e) {
      throw new SecretException(reference + " does not hold a path of this system");
    } catch (IOException e) {
      throw new SecretException(
          reference + " cannot be read: " + e.getClass().getSimpleName() + " (is it a file?)");
    }
  }
}
