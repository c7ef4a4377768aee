package dev.customhouse.dialect.openaichat;

import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.ModelTraits;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What hosts of this dialect take and refuse, where they differ: facts that the vendors document,
 * by the host's type. A type that no set names is a host that nothing is known of.
 */
final class ChatHost {
  /** Where a host wants the reasoning of earlier turns. */
  enum ReasoningPlace {
    NOWHERE,
    REASONING_CONTENT,
    REASONING,
    /** Among the content parts, as Mistral has it. */
    PART
  }

  /** How thinking is turned on and off. */
  enum ThinkingSwitch {
    /** {@code reasoning_effort}. */
    EFFORT,
    /** {@code thinking.type}. */
    TYPE,
    /** {@code enable_thinking} and {@code thinking_budget}. */
    FLAG
  }

  private static final Set<String> REASONING_CONTENT =
      Set.of(
          "deepseek",
          "moonshot",
          "zai",
          "xai",
          "dashscope",
          "vllm",
          "nvidia",
          "fireworks",
          "sambanova",
          "together",
          "huggingface",
          "lmstudio",
          "llama-cpp",
          "localai",
          "openai-compatible",
          "compatible");
  private static final Set<String> REASONING = Set.of("openrouter", "groq", "ollama", "cerebras");
  private static final Set<String> THINKING_TYPE = Set.of("deepseek", "moonshot", "zai");
  private static final Set<String> ECHOED_REASONING = Set.of("deepseek", "moonshot");
  private static final Set<String> NO_EFFORT = Set.of("ollama", "openrouter");
  private static final Set<String> TEXT_PARTS = Set.of("openrouter", "mistral");
  private static final Set<String> FILES =
      Set.of("openrouter", "gemini", "openai-compatible", "compatible");
  private static final Set<String> VIDEO =
      Set.of(
          "openrouter", "dashscope", "moonshot", "zai", "vllm", "openai-compatible", "compatible");
  private static final Set<String> TOP_K =
      Set.of(
          "openrouter",
          "together",
          "fireworks",
          "dashscope",
          "sambanova",
          "perplexity",
          "vllm",
          "lmstudio",
          "llama-cpp",
          "localai");
  private static final Set<String> NO_SCHEMA = Set.of("deepseek", "zai");
  private static final Set<String> SERVICE_TIER = Set.of("groq", "openrouter");
  private static final Set<String> CACHE_KEY = Set.of("moonshot", "openrouter");

  /** Explicit breakpoints exist from GPT-5.6 on (developers.openai.com, prompt caching). */
  private static final Pattern BREAKPOINTS =
      Pattern.compile("gpt-(?:5[.](?:[6-9]|\\d\\d)|[6-9]).*");

  private final String type;
  private final String model;
  private final boolean openAi;
  private final ModelTraits traits;

  private ChatHost(Target target) {
    this.type = target.hostType();
    this.model = target.model().toLowerCase(Locale.ROOT);
    this.openAi = type.equals("openai") || type.startsWith("azure");
    this.traits = ModelTraits.of(target.model());
  }

  static ChatHost of(Target target) {
    return new ChatHost(target);
  }

  /** OpenAI itself, or Azure, which follows it. */
  boolean isOpenAi() {
    return openAi;
  }

  ModelTraits traits() {
    return traits;
  }

  boolean knowsDeveloper() {
    return openAi && traits.thinking() == ModelTraits.Way.EFFORT;
  }

  ReasoningPlace reasoning() {
    if (type.equals("mistral")) {
      return ReasoningPlace.PART;
    }
    if (REASONING.contains(type)) {
      return ReasoningPlace.REASONING;
    }
    return REASONING_CONTENT.contains(type)
        ? ReasoningPlace.REASONING_CONTENT
        : ReasoningPlace.NOWHERE;
  }

  /** True when {@code reasoning_details} are wanted back as they were. */
  boolean takesReasoningDetails() {
    return type.equals("openrouter");
  }

  /** True when a call without reasoning is refused while thinking is on. */
  boolean wantsReasoningWithCalls() {
    return ECHOED_REASONING.contains(type);
  }

  ThinkingSwitch thinking() {
    if (THINKING_TYPE.contains(type)) {
      return ThinkingSwitch.TYPE;
    }
    return type.equals("dashscope") ? ThinkingSwitch.FLAG : ThinkingSwitch.EFFORT;
  }

  /** True when an effort of {@code none} is understood whatever the model. */
  boolean knowsNoEffort() {
    return NO_EFFORT.contains(type);
  }

  /** True when instructions, assistants and tools may speak in several parts. */
  boolean takesTextParts() {
    return openAi || TEXT_PARTS.contains(type);
  }

  /** True when members that the host does not know are refused. */
  boolean isStrict() {
    return type.equals("mistral");
  }

  boolean takesStreamOptions() {
    return !type.equals("mistral");
  }

  /** True when a user may not speak directly behind a tool. */
  boolean wantsAssistantBehindTools() {
    return type.equals("mistral");
  }

  boolean takesFiles() {
    return openAi || FILES.contains(type);
  }

  /** True when a document may stand at an address. */
  boolean fetchesFiles() {
    return type.equals("openrouter");
  }

  /** True when a picture may stand at an address. */
  boolean fetchesImages() {
    return !type.equals("ollama");
  }

  boolean takesVideo() {
    return VIDEO.contains(type);
  }

  boolean takesTopK() {
    return TOP_K.contains(type);
  }

  boolean takesSchema() {
    return !NO_SCHEMA.contains(type);
  }

  boolean takesServiceTier() {
    return openAi || SERVICE_TIER.contains(type);
  }

  boolean takesCacheKey() {
    return openAi || CACHE_KEY.contains(type);
  }

  boolean takesBreakpoints() {
    return openAi && BREAKPOINTS.matcher(model).matches();
  }

  /** True when Anthropic's {@code cache_control} is passed on. */
  boolean takesCacheControl() {
    return type.equals("openrouter");
  }

  /** True when the model searches the web and {@code web_search_options} steer it. */
  boolean searches() {
    return openAi && (model.contains("-search-preview") || model.endsWith("-search-api"));
  }

  /** What the name of the client's user is called. */
  String endUser() {
    return type.equals("openai") ? "safety_identifier" : "user";
  }

  /** What a seed is called. */
  String seed() {
    return type.equals("mistral") ? "random_seed" : "seed";
  }
}
