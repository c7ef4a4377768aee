package dev.customhouse.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a provider by its type alone: the variables that usually hold its key, and the
 * names of its models, for a gateway that was told nothing else.
 *
 * @param variables names of environment variables, the first that is set counts
 * @param globs names that belong to this provider wherever they are asked
 * @param places variables of which one must be set as well for a gateway without a file; empty:
 *     none
 */
record WellKnown(List<String> variables, List<String> globs, List<String> places) {
  WellKnown(List<String> variables, List<String> globs) {
    this(variables, globs, List.of());
  }

  /** Whether the environment says where the provider is. */
  boolean isPlaced(Map<String, String> environment) {
    return places.isEmpty()
        || places.stream().anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
  }

  /** By type, in the order in which they are configured. */
  static final Map<String, WellKnown> BY_TYPE = table();

  /** Types of hosts that must be told a base URL. */
  static final List<String> WITHOUT_BASE_URL =
      List.of("azure.ai.openai", "openai-compatible", "anthropic-compatible", "compatible");

  /** The reference to the key in the usual variable; null for a type without one. */
  static @Nullable String keyReference(String type) {
    WellKnown known = BY_TYPE.get(type);
    return known == null ? null : reference(known.variables().getFirst());
  }

  /** The reference to a variable. */
  static String reference(String variable) {
    return "${env:" + variable + "}";
  }

  private static Map<String, WellKnown> table() {
    Map<String, WellKnown> table = new LinkedHashMap<>();
    row(
        table,
        "openai",
        "OPENAI_API_KEY",
        "gpt-*",
        "o1*",
        "o2*",
        "o3*",
        "o4*",
        "chatgpt-*",
        "text-embedding-*",
        "dall-e-*",
        "whisper-*",
        "tts-*",
        "gpt-image-*",
        "omni-moderation-*");
    row(table, "anthropic", "ANTHROPIC_API_KEY", "claude-*");
    table.put(
        "gemini", new WellKnown(List.of("GEMINI_API_KEY", "GOOGLE_API_KEY"), List.of("gemini-*")));
    table.put(
        "bedrock",
        new WellKnown(
            List.of("AWS_BEARER_TOKEN_BEDROCK"),
            List.of("*anthropic.claude-*", "*amazon.nova-*"),
            List.of("AWS_REGION", "AWS_DEFAULT_REGION")));
    row(
        table,
        "mistral",
        "MISTRAL_API_KEY",
        "mistral-*",
        "ministral-*",
        "magistral-*",
        "codestral-*",
        "devstral-*",
        "pixtral-*");
    row(table, "groq", "GROQ_API_KEY");
    row(table, "deepseek", "DEEPSEEK_API_KEY", "deepseek-*");
    row(table, "xai", "XAI_API_KEY", "grok-*");
    row(table, "openrouter", "OPENROUTER_API_KEY");
    row(table, "together", "TOGETHER_API_KEY");
    row(table, "fireworks", "FIREWORKS_API_KEY");
    row(table, "cohere", "COHERE_API_KEY", "command-*");
    row(table, "perplexity", "PERPLEXITY_API_KEY", "sonar*");
    row(table, "cerebras", "CEREBRAS_API_KEY");
    row(table, "moonshot", "MOONSHOT_API_KEY", "kimi-*", "moonshot-*");
    row(table, "zai", "ZAI_API_KEY", "glm-*");
    row(table, "dashscope", "DASHSCOPE_API_KEY", "qwen*");
    row(table, "nvidia", "NVIDIA_API_KEY");
    row(table, "sambanova", "SAMBANOVA_API_KEY");
    row(table, "huggingface", "HF_TOKEN");
    row(table, "github-models", "GITHUB_MODELS_TOKEN");
    return table;
  }

  private static void row(
      Map<String, WellKnown> table, String type, String variable, String... globs) {
    table.put(type, new WellKnown(List.of(variable), List.of(globs)));
  }
}
