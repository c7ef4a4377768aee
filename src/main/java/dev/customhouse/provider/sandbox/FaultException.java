package dev.customhouse.provider.sandbox;

import org.jspecify.annotations.Nullable;

/** Carries a fault from where it is found to where it is written. */
final class FaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Fault fault;

  FaultException(Fault fault) {
    super(fault.kind().name(), null, false, false);
    this.fault = fault;
  }

  /** The request is wrong; the message names the field and what was expected. */
  static FaultException invalid(String message, @Nullable String param) {
    return new FaultException(new Fault(Fault.Kind.INVALID, 400, message, param, 0));
  }

  /** The model does not exist here, or does not do what was asked. */
  static FaultException unknownModel(String message) {
    return new FaultException(new Fault(Fault.Kind.UNKNOWN_MODEL, 404, message, "model", 0));
  }

  Fault fault() {
    return fault;
  }
}
