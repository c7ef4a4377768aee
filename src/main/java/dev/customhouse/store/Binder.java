package dev.customhouse.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Sets the parameters of a statement one after another. */
final class Binder {
  private final PreparedStatement statement;
  private int index;

  Binder(PreparedStatement statement) {
    this.statement = statement;
  }

  Binder text(@Nullable String value) throws SQLException {
    statement.setString(++index, value);
    return this;
  }

  Binder number(long value) throws SQLException {
    statement.setLong(++index, value);
    return this;
  }

  Binder number(@Nullable Number value) throws SQLException {
    if (value == null) {
      statement.setNull(++index, Types.BIGINT);
    } else {
      statement.setLong(++index, value.longValue());
    }
    return this;
  }

  Binder flag(boolean value) throws SQLException {
    return number(value ? 1 : 0);
  }

  Binder millis(@Nullable Instant value) throws SQLException {
    return number(value == null ? null : (Number) value.toEpochMilli());
  }

  Binder bytes(byte[] value) throws SQLException {
    statement.setBytes(++index, value);
    return this;
  }
}
