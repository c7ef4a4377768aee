package dev.customhouse.canonical.chat;

import java.util.Locale;

/**
 * What a request or an answer may hold and not every dialect can carry. The table of losses says of
 * each what becomes of it in which dialect.
 */
public enum Feature {
  // What a request asks for.
  LATE_INSTRUCTIONS,
  TEMPERATURE,
  TOP_P,
  TOP_K,
  FREQUENCY_PENALTY,
  PRESENCE_PENALTY,
  SEED,
  MAX_OUTPUT_TOKENS,
  STOP,
  CANDIDATES,
  TOOLS,
  TOOL_STRICT,
  TOOL_DEFERRED,
  FREEFORM_TOOL,
  TOOL_GRAMMAR,
  TOOL_NAMESPACE,
  NATIVE_TOOL,
  WEB_SEARCH_TOOL,
  TOOL_SEARCH_TOOL,
  TOOL_CHOICE_NONE,
  TOOL_CHOICE_REQUIRED,
  TOOL_CHOICE_NAMED,
  TOOL_CHOICE_ALLOWED,
  PARALLEL_TOOL_CALLS,
  THINKING_OFF,
  THINKING_EFFORT,
  THINKING_BUDGET,
  THINKING_SHOWN,
  FORCED_TOOL_WITH_THINKING,
  JSON_OBJECT,
  JSON_SCHEMA,
  FORMAT_STRICT,
  END_USER,
  SERVICE_TIER,
  CACHE_MARK,
  CACHE_MARK_TTL,
  CACHE_KEY,

  // What its messages hold.
  IMAGE_INLINE,
  IMAGE_URL,
  DOCUMENT_INLINE,
  DOCUMENT_TEXT,
  DOCUMENT_URL,
  AUDIO_INLINE,
  AUDIO_URL,
  VIDEO_INLINE,
  VIDEO_URL,
  FILE_ID,
  RESULT_MEDIA,
  RESULT_FAILED,
  REASONING_TEXT,
  REASONING_SEAL,
  FOREIGN_SEAL,
  CITATION,
  DECLINED,
  NATIVE_CONTENT,

  // What an answer holds.
  ANSWER_REASONING,
  ANSWER_SEAL,
  ANSWER_CITATION,
  ANSWER_MEDIA,
  ANSWER_NATIVE,
  ANSWER_STOP_SEQUENCE,
  ANSWER_DECLINED;

  /** The name in the table. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
