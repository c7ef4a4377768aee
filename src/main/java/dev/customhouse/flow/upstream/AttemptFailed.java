package dev.customhouse.flow.upstream;

/** An attempt that failed before the client was shown anything of it. */
final class AttemptFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  AttemptFailed(Failure failure) {
    super(failure.detail(), null, false, false);
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
