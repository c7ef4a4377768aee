package dev.customhouse.canonical;

/** A wire format that clients and upstreams speak. */
public enum DialectId {
  /** OpenAI Chat Completions and its sister operations (embeddings, images, audio ...). */
  OPENAI_CHAT("openai-chat"),
  /** OpenAI Responses. */
  OPENAI_RESPONSES("openai-responses"),
  /** Anthropic Messages. */
  ANTHROPIC_MESSAGES("anthropic-messages"),
  /** Google Gemini generateContent. */
  GEMINI("gemini"),
  /** Amazon Bedrock Converse and ConverseStream. */
  BEDROCK("bedrock");

  private final String label;

  DialectId(String label) {
    this.label = label;
  }

  /** The name used in configuration, metrics and {@code explain}. */
  public String label() {
    return label;
  }
}
