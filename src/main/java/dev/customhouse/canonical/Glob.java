package dev.customhouse.canonical;

import org.jspecify.annotations.Nullable;

/** A model name pattern in which {@code *} stands for any characters. Matching is linear. */
public record Glob(String pattern) {
  /** True when the pattern is a plain name. */
  public boolean isPlain() {
    return pattern.indexOf('*') < 0;
  }

  /** How many characters a match must share with the pattern: the larger, the more exact. */
  public int literalLength() {
    int stars = 0;
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.charAt(i) == '*') {
        stars++;
      }
    }
    return pattern.length() - stars;
  }

  /** True when the name matches. */
  public boolean matches(String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** What the first star stands for in a matching name; null when the pattern has no star. */
  public @Nullable String starOf(String name) {
    int star = pattern.indexOf('*');
    if (star < 0 || !matches(name)) {
      return null;
    }
    int second = pattern.indexOf('*', star + 1);
    if (second >= 0) {
      return name.substring(star);
    }
    return name.substring(star, name.length() - (pattern.length() - star - 1));
  }
}
