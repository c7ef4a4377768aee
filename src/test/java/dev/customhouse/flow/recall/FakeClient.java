package dev.customhouse.flow.recall;

import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.AnswerWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Notes what a client is sent. */
final class FakeClient implements AnswerWriter {
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private boolean begun;

  /** All that was sent. */
  String text() {
    return body.toString(StandardCharsets.UTF_8);
  }

  @Override
  public boolean answer(int status, Headers headers, byte[] whole) {
    if (begun) {
      return false;
    }
    begun = true;
    body.writeBytes(whole);
    return true;
  }

  @Override
  public void begin(int status, Headers headers) {
    begun = true;
  }

  @Override
  public boolean begun() {
    return begun;
  }

  @Override
  public void patience(long untilNanos) {}

  @Override
  public void write(byte[] bytes, int offset, int length) {
    body.write(bytes, offset, length);
  }

  @Override
  public void end() {}

  @Override
  public void abort() {}
}
