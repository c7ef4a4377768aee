package dev.customhouse.dialect.bedrock;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of the documents of one request. Converse wants one for each, of letters, digits, hyphens,
 * brackets and single spaces, and no name twice. The same documents always get the same names.
 */
final class DocumentNames {
  private static final int CHARS = 200;
  private static final Pattern SUFFIX = Pattern.compile("[.][A-Za-z0-9]{1,5}$");
  private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9\\s()\\[\\]-]+");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private final Set<String> given = new HashSet<>();

  /** The name for the next document; {@code name} as the client has it, null: none. */
  String next(@Nullable String name) {
    String plain = name == null ? "" : plain(name);
    String wanted = plain.isEmpty() ? "document" : plain;
    String free = wanted;
    for (int i = 2; !given.add(free); i++) {
      String number = " " + i;
      free = wanted.substring(0, Math.min(wanted.length(), CHARS - number.length())) + number;
    }
    return free;
  }

  private static String plain(String name) {
    String base = OTHERS.matcher(name).find() ? SUFFIX.matcher(name).replaceFirst("") : name;
    String clean = SPACES.matcher(OTHERS.matcher(base).replaceAll("-")).replaceAll(" ").strip();
    return clean.substring(0, Math.min(clean.length(), CHARS)).strip();
  }
}
