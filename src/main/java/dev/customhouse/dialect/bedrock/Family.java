package dev.customhouse.dialect.bedrock;

import java.util.Locale;

/**
 * Whose a model on Bedrock is, where families differ in what they take within one dialect. Names
 * are read from ids, profiles and ARNs; an ARN of an application's own profile names no model, and
 * is taken for one that takes what Claude takes.
 */
enum Family {
  CLAUDE,
  NOVA,
  GPT_OSS,
  QWEN,
  MISTRAL,
  /** Others, of which it is known that they take little. */
  OTHER,
  /** Nothing in the name tells. */
  UNKNOWN;

  static Family of(String model) {
    String name = model.toLowerCase(Locale.ROOT);
    if (name.contains("claude")) {
      return CLAUDE;
    }
    if (name.contains("amazon.nova") || name.contains("/nova") || name.startsWith("nova")) {
      return NOVA;
    }
    if (name.contains("gpt-oss")) {
      return GPT_OSS;
    }
    if (name.contains("qwen")) {
      return QWEN;
    }
    if (name.contains("mistral") || name.contains("magistral") || name.contains("voxtral")) {
      return MISTRAL;
    }
    for (String vendor :
        new String[] {
          "meta.",
          "llama",
          "deepseek",
          "cohere.",
          "ai21.",
          "amazon.titan",
          "google.",
          "gemma",
          "minimax",
          "moonshot",
          "kimi",
          "nvidia.",
          "writer.",
          "zai.",
          "openai."
        }) {
      if (name.contains(vendor)) {
        return OTHER;
      }
    }
    return UNKNOWN;
  }

  /** Whether it is known to take what only Claude and Nova do. */
  private boolean isRich() {
    return this == CLAUDE || this == NOVA || this == UNKNOWN;
  }

  /** True when it can be made to use some tool. */
  boolean forcesTools() {
    return isRich() || this == MISTRAL;
  }

  /** True when it can be made to use one tool. */
  boolean namesTools() {
    return isRich();
  }

  /** True when a prompt may hold cache points. */
  boolean cachesPrompts() {
    return isRich();
  }

  /** True when cache points may also stand among the tools. */
  boolean cachesTools() {
    return this == CLAUDE || this == UNKNOWN;
  }

  /** True when caches may be kept for an hour. */
  boolean cachesLong() {
    return this == CLAUDE || this == UNKNOWN;
  }

  /** True when the result of a tool may say that the tool failed. */
  boolean knowsFailedResults() {
    return isRich();
  }

  /** True when arguments can be held to their schema. */
  boolean strictTools() {
    return this == CLAUDE || this == UNKNOWN;
  }

  /** True when the answer can be held to a schema; Nova cannot. */
  boolean holdsToSchema() {
    return this != NOVA;
  }
}
