package dev.customhouse.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads the columns of a result's present row one after another. */
final class Columns {
  private final ResultSet row;
  private int index;

  Columns(ResultSet row) {
    this.row = row;
  }

  @Nullable String textOrNull() throws SQLException {
    return row.getString(++index);
  }

  String text() throws SQLException {
    return present(textOrNull());
  }

  long number() throws SQLException {
    return row.getLong(++index);
  }

  @Nullable Long numberOrNull() throws SQLException {
    long value = row.getLong(++index);
    return row.wasNull() ? null : (Long) value;
  }

  @Nullable Integer intOrNull() throws SQLException {
    int value = row.getInt(++index);
    return row.wasNull() ? null : (Integer) value;
  }

  int integer() throws SQLException {
    return row.getInt(++index);
  }

  boolean flag() throws SQLException {
    return row.getInt(++index) != 0;
  }

  Instant millis() throws SQLException {
    return Instant.ofEpochMilli(number());
  }

  @Nullable Instant millisOrNull() throws SQLException {
    Long value = numberOrNull();
    return value == null ? null : Instant.ofEpochMilli(value);
  }

  byte[] bytes() throws SQLException {
    return present(row.getBytes(++index));
  }

  byte[] bytesOr(byte[] otherwise) throws SQLException {
    byte[] value = row.getBytes(++index);
    return value == null ? otherwise : value;
  }

  private <T> T present(@Nullable T value) throws SQLException {
    if (value == null) {
      throw new SQLException(
          "column " + row.getMetaData().getColumnName(index) + " is NULL; expected a value");
    }
    return value;
  }
}
