package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.wire.TransportException;

/** What a broken transport means. */
final class Failures {
  private Failures() {}

  static Failure of(TransportException e) {
    ErrorKind kind =
        switch (e.reason()) {
          case CONNECT, CUT -> ErrorKind.NETWORK;
          case TIMEOUT -> ErrorKind.TIMEOUT;
          case QUEUE_FULL -> ErrorKind.UNAVAILABLE;
        };
    return Failure.of(kind, e.reason().name().toLowerCase(java.util.Locale.ROOT));
  }
}
