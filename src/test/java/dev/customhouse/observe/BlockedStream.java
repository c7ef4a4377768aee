package dev.customhouse.observe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A stream whose reader does not read until it is told to. */
final class BlockedStream extends OutputStream {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** Returns once somebody is stuck in writing. */
  void awaitWriter() throws InterruptedException {
    reached.await();
  }

  void release() {
    released.countDown();
  }

  String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    reached.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
    written.write(bytes, offset, length);
  }
}
