package dev.customhouse.wire;

/**
 * What a header field may hold that we send upstream (RFC 9110, sections 5.1 and 5.5). A line break
 * in one would begin another field.
 */
final class FieldRules {
  private static final String SYMBOLS = "!#$%&'*+-.^_`|~";

  private FieldRules() {}

  /**
   * A field's name.
   *
   * @throws IllegalArgumentException when it is not a token
   */
  static String name(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c == '-'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || SYMBOLS.indexOf(c) >= 0;
      if (!fine) {
        throw new IllegalArgumentException("the name of a header field has the character " + (int) c);
      }
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a header field has no name");
    }
    return name;
  }

  /**
   * A field's value; the name is for the message alone.
   *
   * @throws IllegalArgumentException when a control character is in it
   */
  static String value(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' && c != '\t' || c == 0x7f) {
        throw new IllegalArgumentException(
            "the header field " + name + " has the control character " + (int) c);
      }
    }
    return value;
  }
}
