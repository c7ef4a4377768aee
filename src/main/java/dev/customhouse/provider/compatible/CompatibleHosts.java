package dev.customhouse.provider.compatible;

import static dev.customhouse.canonical.DialectId.ANTHROPIC_MESSAGES;
import static dev.customhouse.canonical.DialectId.OPENAI_CHAT;
import static dev.customhouse.canonical.DialectId.OPENAI_RESPONSES;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.provider.Host;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of compatible hosts: a new one is a new row. Addresses and dialects as the vendors
 * document them, looked up on 2026-11-21.
 */
public final class CompatibleHosts {
  private static final Set<DialectId> CHAT = Set.of(OPENAI_CHAT);
  private static final Set<DialectId> BOTH = Set.of(OPENAI_CHAT, OPENAI_RESPONSES);
  private static final Set<DialectId> WITH_MESSAGES = Set.of(OPENAI_CHAT, ANTHROPIC_MESSAGES);
  private static final Set<DialectId> ALL =
      Set.of(OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES);

  private static final List<Host> TABLE =
      List.of(
          // type, provider name, base URL, base URL of its Anthropic dialect, dialects
          row("mistral", "mistral_ai", "https://api.mistral.ai/v1", null, CHAT, false),
          row("groq", "groq", "https://api.groq.com/openai/v1", null, BOTH, true),
          row(
              "deepseek",
              "deepseek",
              "https://api.deepseek.com/v1",
              "https://api.deepseek.com/anthropic",
              WITH_MESSAGES,
              true),
          row("xai", "x_ai", "https://api.x.ai/v1", null, ALL, true),
          row("openrouter", "openrouter", "https://openrouter.ai/api/v1", null, ALL, true),
          row("together", "together_ai", "https://api.together.xyz/v1", null, CHAT, true),
          row(
              "fireworks",
              "fireworks_ai",
              "https://api.fireworks.ai/inference/v1",
              null,
              BOTH,
              true),
          row("cohere", "cohere", "https://api.cohere.ai/compatibility/v1", null, CHAT, true),
          versionless("perplexity", "perplexity", "https://api.perplexity.ai"),
          row("cerebras", "cerebras", "https://api.cerebras.ai/v1", null, CHAT, true),
          row(
              "moonshot",
              "moonshot_ai",
              "https://api.moonshot.ai/v1",
              "https://api.moonshot.ai/anthropic",
              WITH_MESSAGES,
              true),
          row(
              "zai",
              "z_ai",
              "https://api.z.ai/api/paas/v4",
              "https://api.z.ai/api/anthropic",
              WITH_MESSAGES,
              true),
          row(
              "dashscope",
              "alibaba_cloud",
              "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
              null,
              BOTH,
              true),
          row("nvidia", "nvidia", "https://integrate.api.nvidia.com/v1", null, CHAT, true),
          row("sambanova", "sambanova", "https://api.sambanova.ai/v1", null, CHAT, true),
          row("huggingface", "hugging_face", "https://router.huggingface.co/v1", null, BOTH, true),
          versionless("github-models", "github", "https://models.github.ai/inference"),
          row("ollama", "ollama", "http://localhost:11434/v1", null, ALL, true),
          row("vllm", "vllm", "http://localhost:8000/v1", null, ALL, true),
          row("lmstudio", "lmstudio", "http://localhost:1234/v1", null, ALL, true),
          row("llama-cpp", "llama_cpp", "http://localhost:8080/v1", null, ALL, true),
          row("localai", "localai", "http://localhost:8080/v1", null, ALL, true),
          row("openai-compatible", "openai_compatible", null, null, CHAT, true),
          new CompatibleHost(
              "anthropic-compatible",
              "anthropic_compatible",
              null,
              null,
              Set.of(ANTHROPIC_MESSAGES),
              false,
              "v1",
              true));

  private CompatibleHosts() {}

  /** The hosts of the table. */
  public static List<Host> table() {
    return TABLE;
  }

  /** A host that nothing is known of but the dialect it speaks. */
  public static Host speaking(DialectId dialect) {
    return switch (dialect) {
      case OPENAI_CHAT -> custom(CHAT, true);
      case OPENAI_RESPONSES -> custom(Set.of(OPENAI_RESPONSES), true);
      case ANTHROPIC_MESSAGES -> custom(Set.of(ANTHROPIC_MESSAGES), false);
      case GEMINI -> new GeminiCompatibleHost();
      case BEDROCK -> throw new IllegalArgumentException("Bedrock is a host of its own");
    };
  }

  private static Host custom(Set<DialectId> dialects, boolean bearer) {
    return new CompatibleHost("compatible", "compatible", null, null, dialects, bearer, "v1", true);
  }

  private static Host row(
      String type,
      String providerName,
      @Nullable String baseUrl,
      @Nullable String anthropicBaseUrl,
      Set<DialectId> dialects,
      boolean takesStreamOptions) {
    return new CompatibleHost(
        type,
        providerName,
        baseUrl == null ? null : URI.create(baseUrl),
        anthropicBaseUrl == null ? null : URI.create(anthropicBaseUrl),
        dialects,
        true,
        "v1",
        takesStreamOptions);
  }

  private static Host versionless(String type, String providerName, String baseUrl) {
    return new CompatibleHost(type, providerName, URI.create(baseUrl), null, CHAT, true, "", true);
  }
}
