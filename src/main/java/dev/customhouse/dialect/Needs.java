package dev.customhouse.dialect;

import java.util.regex.Pattern;

/**
 * What requests to a target must keep to, beyond what its dialect's writer does by itself.
 *
 * @param toolName what a tool's name must match as a whole
 * @param toolNameChars how long it may be
 * @param callId what a call's id must match as a whole
 * @param callIdChars how long it may be
 * @param freeformTools true when tools may take free text
 * @param namespaces true when tools may stand in namespaces
 * @param strictSchemas true when a model is held to a schema only in the form that OpenAI wants
 */
public record Needs(
    Pattern toolName,
    int toolNameChars,
    Pattern callId,
    int callIdChars,
    boolean freeformTools,
    boolean namespaces,
    boolean strictSchemas) {
  /** What OpenAI, Anthropic and Bedrock have in common. */
  public static final Needs COMMON =
      new Needs(
          Pattern.compile("[a-zA-Z0-9_-]+"),
          64,
          Pattern.compile("[a-zA-Z0-9_-]+"),
          64,
          false,
          false,
          false);
}
