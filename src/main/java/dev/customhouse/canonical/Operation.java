package dev.customhouse.canonical;

/**
 * What a request asks for. Labels follow OpenTelemetry's {@code gen_ai.operation.name} where it has
 * one.
 */
public enum Operation {
  CHAT("chat"),
  TEXT_COMPLETION("text_completion"),
  RESPONSE_GET("response_get"),
  RESPONSE_DELETE("response_delete"),
  RESPONSE_CANCEL("response_cancel"),
  RESPONSE_INPUT_ITEMS("response_input_items"),
  RESPONSE_COMPACT("response_compact"),
  COUNT_TOKENS("count_tokens"),
  EMBEDDINGS("embeddings"),
  MODERATION("moderation"),
  IMAGE_GENERATION("image_generation"),
  IMAGE_EDIT("image_edit"),
  IMAGE_VARIATION("image_variation"),
  SPEECH("speech"),
  TRANSCRIPTION("transcription"),
  AUDIO_TRANSLATION("audio_translation"),
  RERANK("rerank"),
  LIST_MODELS("list_models"),
  GET_MODEL("get_model");

  private final String label;

  Operation(String label) {
    this.label = label;
  }

  /** The bounded label used in metrics, rows and {@code explain}. */
  public String label() {
    return label;
  }
}
