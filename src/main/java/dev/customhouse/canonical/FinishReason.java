package dev.customhouse.canonical;

/** Why a model stopped, in the normal form of all dialects. */
public enum FinishReason {
  STOP,
  STOP_SEQUENCE,
  LENGTH,
  CONTEXT_WINDOW,
  TOOL_CALLS,
  CONTENT_FILTER,
  REFUSAL,
  COMPACTION,
  PAUSED,
  ERROR,
  OTHER;

  /** The bounded label used in rows and {@code explain}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
