package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import java.util.List;

/** One wire format: how requests in it are read and rewritten, and how answers are understood. */
public interface Dialect {
  /** Which one. */
  DialectId id();

  /**
   * Understands a request as far as routing it needs.
   *
   * @throws Refusal of kind INVALID_REQUEST naming the field and what was expected
   */
  Call read(Inbound inbound);

  /**
   * The body for an upstream of this dialect: the client's bytes with the model's name replaced.
   *
   * @param model the name the upstream knows the model by
   * @param askForUsage whether the upstream is to be asked for usage that the client did not ask
   *     for
   */
  byte[] body(Call call, String model, boolean askForUsage);

  /** The gateway's own error, in the shape and with the status the dialect's SDKs expect. */
  ErrorAnswer refusal(Refusal refusal, String requestId);

  /** What kind of failure an upstream's answer with a status of 400 or more is. */
  ErrorKind classify(int status, Headers headers, byte[] body);

  /** What a whole answer tells. Never fails: what is not understood is not told. */
  Observation observe(Operation operation, byte[] body);

  /**
   * The same for an answer that was read already.
   *
   * @param read a missing node when the body is no JSON
   */
  default Observation observe(Operation operation, byte[] body, JsonNode read) {
    return observe(operation, body);
  }

  /** An observer for the stream that answers the call. */
  StreamObserver observer(Call call);

  /** True when a comment may be put between two events to keep a silent stream open. */
  boolean commentsKeepAlive();

  /** The list of models. */
  byte[] models(List<ModelCard> models);

  /** One model. */
  byte[] model(ModelCard model);
}
