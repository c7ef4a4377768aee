package dev.customhouse.observe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A protobuf message read without its schema (https://protobuf.dev/programming-guides/encoding/):
 * the fields by number, in the order in which they came.
 */
record Protobuf(List<Field> fields) {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  /** A field: of {@code number} and {@code bytes} one is set, as its type on the wire says. */
  record Field(int tag, long number, byte[] bytes) {}

  static Protobuf read(byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    List<Field> fields = new ArrayList<>();
    while (in.hasRemaining()) {
      int key = (int) varint(in);
      int tag = key >>> 3;
      switch (key & 7) {
        case VARINT -> fields.add(new Field(tag, varint(in), new byte[0]));
        case FIXED_64 -> fields.add(new Field(tag, in.getLong(), new byte[0]));
        case FIXED_32 -> fields.add(new Field(tag, in.getInt(), new byte[0]));
        case BYTES -> {
          byte[] bytes = new byte[(int) varint(in)];
          in.get(bytes);
          fields.add(new Field(tag, 0, bytes));
        }
        default -> throw new IllegalArgumentException("type " + (key & 7) + " of field " + tag);
      }
    }
    return new Protobuf(fields);
  }

  List<Protobuf> messages(int tag) {
    return fields.stream()
        .filter(field -> field.tag() == tag)
        .map(field -> read(field.bytes()))
        .toList();
  }

  boolean has(int tag) {
    return fields.stream().anyMatch(field -> field.tag() == tag);
  }

  String text(int tag) {
    return new String(bytes(tag), StandardCharsets.UTF_8);
  }

  String hex(int tag) {
    return HexFormat.of().formatHex(bytes(tag));
  }

  long number(int tag) {
    return fields.stream()
        .filter(field -> field.tag() == tag)
        .mapToLong(Field::number)
        .findFirst()
        .orElse(0);
  }

  private byte[] bytes(int tag) {
    return fields.stream()
        .filter(field -> field.tag() == tag)
        .map(Field::bytes)
        .findFirst()
        .orElse(new byte[0]);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte octet = in.get();
      value |= (octet & 0x7fL) << shift;
      if (octet >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a varint of more than ten bytes");
  }
}
