package dev.customhouse.config;

/**
 * One thing that is wrong in a configuration file.
 *
 * @param file the file's name as it was given to the reader
 * @param line from 1; 0 when the file as a whole is at fault
 * @param column from 1, in characters; 0 when the file as a whole is at fault
 * @param path where in the configuration, such as {@code models.smart.targets[0].provider}; empty
 *     for the file as a whole
 * @param message the value and what was expected; never a secret
 */
public record Problem(String file, int line, int column, String path, String message) {
  /** {@code file:line:column: path: message}, as compilers write it. */
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line + ":" + column : "")
        + ": "
        + (path.isEmpty() ? "" : path + ": ")
        + message;
  }
}
