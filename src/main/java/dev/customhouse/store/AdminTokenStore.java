package dev.customhouse.store;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;

/** The hash of the admin token, in the settings of {@code core.db}. Never the token. */
public final class AdminTokenStore {
  private static final String NAME = "admin_token_hash";

  private final Path file;
  private final Writer writer;
  private final Readers readers;

  AdminTokenStore(Path file, Writer writer, Readers readers) {
    this.file = file;
    this.writer = writer;
    this.readers = readers;
  }

  /** The stored hash; empty when no admin token was ever made. */
  public Optional<String> get() {
    return readers.read(() ->
        readers.on(
            file,
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement("SELECT value FROM setting WHERE name = ?")) {
                new Binder(statement).text(NAME);
                try (ResultSet result = statement.executeQuery()) {
                  return result.next()
                      ? Optional.of(new Columns(result).text())
                      : Optional.<String>empty();
                }
              }
            }));
  }

  /** Stores a hash in place of the one before. */
  public void put(String hash) {
    writer.write(core -> {
      try (PreparedStatement statement =
          core.prepareStatement(
              "INSERT INTO setting (name, value) VALUES (?, ?)"
                  + " ON CONFLICT (name) DO UPDATE SET value = excluded.value")) {
        new Binder(statement).text(NAME).text(hash);
        return statement.executeUpdate();
      }
    });
  }
}
