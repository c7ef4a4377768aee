package dev.customhouse.admin;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.ContentDecoding;
import dev.customhouse.wire.Exchange;
import java.util.Set;

/**
 * What a route's handler gets.
 *
 * @param id the id in the path; empty for routes without
 */
record Ask(Exchange exchange, String id) {
  /** The largest body. */
  static final int BODY_BYTES = 64 * 1024;

  /** The query, in which only these names may stand. */
  Query query(String... names) {
    return Query.parse(exchange.rawQuery(), names);
  }

  /** The body, which must be a JSON object with no other than these fields. */
  Fields fields(Set<String> names) throws InterruptedException {
    byte[] body =
        ContentDecoding.decode(
            exchange.body(BODY_BYTES),
            exchange.headers().get("content-encoding"),
            BODY_BYTES,
            ContentDecoding.RATIO_MAX);
    return Fields.of(AdminJson.readObject(body), names);
  }

  /** The refusal of an id that nothing has. */
  Refusal notFound(String code, String what) {
    return new Refusal(
        ErrorKind.NOT_FOUND, code, "%s has the id %s.".formatted(what, Quoted.of(id)), "id", null);
  }
}
