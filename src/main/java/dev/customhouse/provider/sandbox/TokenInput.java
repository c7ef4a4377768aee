package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;

/** Input given as token numbers instead of text. */
final class TokenInput {
  private TokenInput() {}

  /**
   * The numbers as words, so that equal tokens are equal texts.
   *
   * @throws FaultException when it is no array of numbers, or an empty one
   */
  static String words(JsonNode tokens) {
    StringBuilder words = new StringBuilder();
    for (JsonNode token : tokens) {
      if (!token.isIntegralNumber()) {
        throw wrong();
      }
      words.append(words.isEmpty() ? "" : " ").append(token.asText());
    }
    if (words.isEmpty()) {
      throw wrong();
    }
    return words.toString();
  }

  private static FaultException wrong() {
    return FaultException.invalid(
        "input must be a text, an array of texts, an array of token numbers or an array of such"
            + " arrays, none of them empty",
        null);
  }
}
