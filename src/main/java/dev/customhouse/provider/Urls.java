package dev.customhouse.provider;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Addresses of operations below a base URL that may or may not name the API's version. */
public final class Urls {
  private static final Pattern VERSION = Pattern.compile("v\\d+(alpha|beta)?\\d*");

  private Urls() {}

  /**
   * The operation's address.
   *
   * @param version such as {@code v1}: put in when the base URL has no path at all
   * @param path below the version, with a leading slash
   */
  public static URI join(URI base, String version, String path, @Nullable String query) {
    String root = trimmed(base);
    boolean bare = base.getRawPath() == null || base.getRawPath().replace("/", "").isEmpty();
    return build(bare ? root + "/" + version : root, path, query);
  }

  /**
   * The same for dialects whose base URL is documented without the version: it is put in always.
   */
  public static URI joinVersioned(URI base, String version, String path, @Nullable String query) {
    String root = trimmed(base);
    String last = root.substring(root.lastIndexOf('/') + 1);
    return build(VERSION.matcher(last).matches() ? root : root + "/" + version, path, query);
  }

  /**
   * The address of a Gemini operation, in the version the client asked for.
   *
   * @param path the client's, such as {@code /v1beta/models/x:generateContent}
   */
  public static URI gemini(URI base, String path, String model, @Nullable String query) {
    String version = path.substring(1, path.indexOf('/', 1));
    String action = path.substring(path.lastIndexOf(':'));
    return joinVersioned(base, version, "/models/" + segment(model) + action, query);
  }

  /**
   * The base URL, or the vendor's own where only the version lacks at the end of the given one.
   *
   * @param usual the vendor's own; null: not known
   */
  public static URI completed(URI base, @Nullable URI usual) {
    if (usual == null) {
      return base;
    }
    String whole = trimmed(usual);
    String given = trimmed(base) + "/";
    boolean lacks =
        whole.startsWith(given) && VERSION.matcher(whole.substring(given.length())).matches();
    return lacks ? usual : base;
  }

  /**
   * A model's name as one or more path segments: slashes stay, the rest is percent-encoded.
   *
   * @throws Refusal of kind INVALID_REQUEST when a segment would lead out of its place
   */
  public static String segment(String model) {
    for (String segment : model.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new Refusal(
            ErrorKind.INVALID_REQUEST,
            "invalid_value",
            "'model' holds a path segment that no model's name has.",
            "model",
            null);
      }
    }
    return URLEncoder.encode(model, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("%2F", "/")
        .replace("%40", "@")
        .replace("%3A", ":");
  }

  private static URI build(String root, String path, @Nullable String query) {
    return URI.create(query == null ? root + path : root + path + "?" + query);
  }

  /** The base URL without slashes at its end. */
  public static String trimmed(URI base) {
    String text = base.toString();
    while (text.endsWith("/")) {
      text = text.substring(0, text.length() - 1);
    }
    return text;
  }
}
