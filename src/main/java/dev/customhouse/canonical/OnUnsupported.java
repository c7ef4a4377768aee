package dev.customhouse.canonical;

/** What becomes of a request that holds what its target's dialect cannot carry. */
public enum OnUnsupported {
  /** As the table of losses has it: hints are left out, what would change the answer is refused. */
  LISTED,
  /** Whatever cannot be carried is refused. */
  ERROR,
  /** Whatever can be left out is left out, and the answer's header says so. */
  DROP
}
