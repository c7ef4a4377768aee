package dev.customhouse.provider.sandbox;

/** How an answer ends. */
sealed interface Ending {
  /** As it should. */
  record Proper() implements Ending {}

  /** It breaks off in the middle. */
  record Cut() implements Ending {}

  /** With an error event in the stream, before any content or in the middle of it. */
  record Failed(Fault fault, boolean afterContent) implements Ending {}

  /** The ending of nearly all answers. */
  Ending PROPER = new Proper();
}
