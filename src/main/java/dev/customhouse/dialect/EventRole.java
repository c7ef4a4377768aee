package dev.customhouse.dialect;

/** What an event of a stream is to the relay. */
public enum EventRole {
  /** Nothing of the answer yet: another upstream could still take over unnoticed. */
  PREAMBLE,
  /** A comment or a ping: a sign of life that tells nothing. */
  ALIVE,
  /** A part of the answer. */
  CONTENT,
  /** An error of the upstream, inside a stream that began with status 200. */
  ERROR,
  /** Not for the client, such as usage that the gateway asked for and the client did not. */
  WITHHELD
}
