package dev.customhouse.flow.translate;

/** Which header fields of a client go on to an upstream. All others end at the gateway. */
final class Outbound {
  private Outbound() {}

  /**
   * Fields that shape the answer. Credentials, cookies, hop-by-hop fields, addresses and what SDKs
   * tell of themselves are not among them.
   */
  static boolean passes(String name) {
    return switch (name.length()) {
      case 6 -> name.equalsIgnoreCase("accept");
      case 11 -> name.equalsIgnoreCase("openai-beta") || name.equalsIgnoreCase("traceparent");
      case 10 -> name.equalsIgnoreCase("tracestate") || name.equalsIgnoreCase("originator");
      case 12 -> name.equalsIgnoreCase("content-type");
      case 14 -> name.equalsIgnoreCase("anthropic-beta");
      case 15 -> name.equalsIgnoreCase("idempotency-key");
      case 17 -> name.equalsIgnoreCase("anthropic-version");
      default -> name.regionMatches(true, 0, "x-sandbox-", 0, 10);
    };
  }
}
