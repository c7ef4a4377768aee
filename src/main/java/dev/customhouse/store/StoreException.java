package dev.customhouse.store;

/**
 * The store cannot do what was asked: the folder is in use, the disk is full, a file is broken or
 * of a newer program. The message names the file or folder; it holds no stored value.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreException(String message) {
    super(message);
  }

  StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
