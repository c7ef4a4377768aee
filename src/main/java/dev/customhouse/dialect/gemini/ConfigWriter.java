package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Sampling;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.ModelTraits;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@code GenerationConfig} for Gemini. Used for one request. */
final class ConfigWriter {
  /** Google stops at no more texts. */
  static final int STOP_TEXTS_MAX = 5;

  private final ChatRequest request;
  private final Target target;
  private final Losses losses;
  private final ModelTraits traits;
  private final ObjectNode config = Json.object();

  ConfigWriter(ChatRequest request, Target target, Losses losses) {
    this.request = request;
    this.target = target;
    this.losses = losses;
    this.traits = ModelTraits.of(target.model());
  }

  ObjectNode write() {
    Sampling sampling = request.sampling();
    sampled("temperature", sampling.temperature(), Feature.TEMPERATURE);
    sampled("topP", sampling.topP(), Feature.TOP_P);
    Integer topK = sampling.topK();
    sampled("topK", topK == null ? null : BigDecimal.valueOf(topK), Feature.TOP_K);
    number("frequencyPenalty", sampling.frequencyPenalty());
    number("presencePenalty", sampling.presencePenalty());
    if (sampling.seed() instanceof Long seed) {
      config.put("seed", seed);
    }
    if (sampling.maxOutputTokens() instanceof Integer most) {
      config.put("maxOutputTokens", most);
    }
    stop(sampling.stop());
    candidates(sampling.candidates());
    AnswerForm.write(request, target, config);
    ObjectNode thinking = new ThinkingWriter(target, traits, losses).write(request.thinking());
    if (!thinking.isEmpty()) {
      config.set("thinkingConfig", thinking);
    }
    return config;
  }

  private void sampled(String name, @Nullable BigDecimal value, Feature feature) {
    if (value != null && !traits.samples()) {
      losses.lost(feature);
      return;
    }
    number(name, value);
  }

  private void number(String name, @Nullable BigDecimal value) {
    if (value != null) {
      config.put(name, value);
    }
  }

  private void stop(List<String> texts) {
    if (texts.isEmpty()) {
      return;
    }
    if (texts.size() > STOP_TEXTS_MAX) {
      losses.lost(Feature.STOP);
    }
    texts.stream().limit(STOP_TEXTS_MAX).forEach(config.putArray("stopSequences")::add);
  }

  /** The hub's answers are one; Google could give more. */
  private void candidates(@Nullable Integer count) {
    if (count == null) {
      return;
    }
    if (count > 1) {
      losses.lost(Feature.CANDIDATES);
    } else {
      config.put("candidateCount", count);
    }
  }
}
