package dev.customhouse.provider.vertex;

import java.time.Instant;

/** A token of Google's, and when it ends. */
record AccessToken(String text, Instant expires) {
  /** Without the token. */
  @Override
  public String toString() {
    return "AccessToken[until " + expires + "]";
  }
}
