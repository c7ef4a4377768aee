package dev.customhouse.observe;

import dev.customhouse.audit.RequestRecord;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One line of JSON for each request. A request only hands its record over; a thread of the log's
 * own makes the lines and writes them in batches, with one flush each. When the reader of the
 * stream is slower than the requests, lines are dropped and counted: no request ever waits.
 */
public final class AccessLog implements Consumer<RequestRecord>, AutoCloseable {
  /** Requests that may wait to be written; more are dropped. */
  static final int WAITING_REQUESTS = 8_192;

  /** Room for events beyond the requests, so that a flood of these does not hide an alarm. */
  static final int WAITING_EVENTS = 256;

  /**
   * As many lines waiting are written at once: few, so that what they are made of is still in the
   * processor's caches.
   */
  private static final int GATHER_LINES = 64;

  /** How late a line may be written when few are. */
  private static final Duration GATHER = Duration.ofMillis(50);

  /** How long the end waits for a reader that does not read. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  /** Bytes that are gathered before they are written; a line longer than this is still whole. */
  private static final int BUFFER_BYTES = 64 * 1024;

  /** What becomes a line. */
  sealed interface Entry permits Request, EventLog.Event {}

  /** A request that ended. */
  record Request(RequestRecord record) implements Entry {
    Request {
      record = record.withoutSent();
    }
  }

  private final OutputStream out;
  private final int waitingRequests;
  private final LogLines lines = new LogLines();
  private final AtomicLong dropped = new AtomicLong();
  private final BatchQueue<Entry> queue;

  /** A log on the standard output. */
  public AccessLog() {
    this(new FileOutputStream(FileDescriptor.out));
  }

  /** A log on this stream, which is flushed but never closed. */
  public AccessLog(OutputStream out) {
    this(out, WAITING_REQUESTS);
  }

  AccessLog(OutputStream out, int waitingRequests) {
    this.out = out;
    this.waitingRequests = waitingRequests;
    this.queue = new BatchQueue<>("access-log", GATHER_LINES, GATHER, CLOSING, this::write);
  }

  /** The log of events, whose lines go between those of the requests. */
  public EventLog events(InstantSource clock) {
    return new EventLog(this, clock);
  }

  @Override
  public void accept(RequestRecord record) {
    if (!queue.offer(new Request(record), waitingRequests)) {
      dropped.incrementAndGet();
    }
  }

  void write(EventLog.Event event) {
    if (!queue.offer(event, waitingRequests + WAITING_EVENTS)) {
      dropped.incrementAndGet();
    }
  }

  /**
   * Lines that were not written: the queue was full, the stream refused them, or it was the end.
   */
  public long dropped() {
    return dropped.get() + queue.lost();
  }

  /** Writes what waits, at most for some seconds, and takes no more. */
  @Override
  public void close() {
    queue.close();
  }

  private void write(List<Entry> batch) {
    int unwritten = 0;
    for (Entry entry : batch) {
      try {
        lines.add(entry);
        unwritten++;
      } catch (RuntimeException e) {
        dropped.incrementAndGet();
      }
      if (lines.bytes() >= BUFFER_BYTES) {
        pour(unwritten);
        unwritten = 0;
      }
    }
    pour(unwritten);
    try {
      out.flush();
    } catch (IOException e) {
      // What a broken stream holds back cannot be told from what it wrote.
    }
  }

  private void pour(int count) {
    try {
      lines.pourInto(out);
    } catch (IOException | RuntimeException e) {
      dropped.addAndGet(count);
    }
  }
}
