package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a listener does with requests.
 *
 * @param handler answers them, each on a virtual thread of its own
 * @param rejection writes the body for what is not HTTP or beyond the limits of the head
 * @param ids makes the id of each request
 * @param bodyTime what a client may take, from the first wish to read its body to the end of it
 */
record Service(
    Consumer<Exchange> handler,
    Engine.Rejection rejection,
    Supplier<String> ids,
    Duration bodyTime) {

  /** The header fields of the answer to what never became a request. */
  Headers rejected() {
    return Headers.of(
        "content-type", "application/json", "x-should-retry", "false", "x-request-id", ids.get());
  }

  /** Its body: a JSON text that says what was wrong. */
  byte[] body(Strictness.Fault fault) {
    return rejection.body(fault.status(), fault.message());
  }
}
