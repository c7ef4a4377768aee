package dev.customhouse.observe;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;

/**
 * What happens to the gateway itself (it started, a configuration was refused, an upstream key was
 * set aside, a circuit opened ...), one JSON line an event. The lines go through the writer of the
 * {@link AccessLog}, so that two lines never mix. Safe for use by several threads.
 */
public final class EventLog {
  /** Fields beyond this number are left out. */
  static final int FIELDS = 32;

  /** How much an event matters. */
  public enum Level {
    /** Good to know. */
    INFO,
    /** Something did not go as it should; the gateway copes. */
    WARN,
    /** Something failed. */
    ERROR,
    /** A person should look now, because nothing heals it by itself. */
    ALARM;

    /** The word in the line. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One event as it waits for its line. */
  record Event(Instant at, Level level, String name, Map<String, String> fields)
      implements AccessLog.Entry {
    Event {
      fields = Map.copyOf(fields);
    }
  }

  private final AccessLog log;
  private final InstantSource clock;

  EventLog(AccessLog log, InstantSource clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Says that something happened. Never waits.
   *
   * @param name what happened, in snake case, of a closed list, such as {@code started}
   * @param fields more about it, written in the order of their names; never a prompt, an answer or
   *     a key
   */
  public void event(Level level, String name, Map<String, String> fields) {
    log.write(new Event(clock.instant(), level, name, fields));
  }
}
