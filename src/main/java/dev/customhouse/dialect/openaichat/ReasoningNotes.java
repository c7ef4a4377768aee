package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Seal;
import org.jspecify.annotations.Nullable;

/** Counts what has been written of an answer, to tell of each seal where its reasoning stood. */
final class ReasoningNotes {
  private int reasoned;
  private int begun;
  private int said;
  private int called;
  private int noted;

  /** A piece of reasoning begins here. */
  void begin() {
    begun = reasoned;
  }

  void reasoned(String text) {
    reasoned += text.length();
  }

  void said(String text) {
    said += text.length();
  }

  void called() {
    called++;
  }

  /** How much text has been written, in UTF-16 code units. */
  int saidChars() {
    return said;
  }

  /** The entry of the piece of reasoning that began last; null when there is nothing to tell. */
  @Nullable ObjectNode entry(@Nullable Seal seal) {
    if (seal == null || !ReasoningPlaces.isTold(seal)) {
      return null;
    }
    ReasoningPlaces.Place place =
        new ReasoningPlaces.Place(begun, reasoned - begun, said, called, seal);
    return ReasoningPlaces.entry(place, noted++);
  }

  /** The entry of a call; null when there is nothing to tell. */
  @Nullable ObjectNode entry(String callId, @Nullable Seal seal) {
    return seal == null || !ReasoningPlaces.isTold(seal)
        ? null
        : ReasoningPlaces.entry(callId, seal, noted++);
  }
}
