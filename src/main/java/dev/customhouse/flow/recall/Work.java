package dev.customhouse.flow.recall;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Plan;
import dev.customhouse.dialect.openairesponses.Standing;
import dev.customhouse.store.KeptResponse;
import dev.customhouse.wire.AnswerWriter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One response that is made in the background: its events so far, for whoever asks. It comes to its
 * end once; what is told of it after that goes nowhere. Any thread may use it.
 */
public final class Work {
  /** The events of one response, which are held in memory while it is made. */
  static final long EVENTS_BYTES = 64L * 1024 * 1024;

  private final KeptResponse asked;
  private final Background desk;
  private final List<byte[]> events = new ArrayList<>();
  private long eventsBytes;
  private byte[] object;
  private boolean over;
  private boolean cancelled;
  private @Nullable Thread worker;

  /** Its first events say that it waits for its turn. */
  Work(KeptResponse asked, Background desk) {
    this.asked = asked;
    this.desk = desk;
    this.object = asked.response();
    add(Standing.event("created", 0, object));
    add(Standing.event("queued", 1, object));
  }

  /** The response as it was asked for, with its input. */
  KeptResponse asked() {
    return asked;
  }

  /** The response as its client is told it. */
  public Plan.Kept response() {
    return new Plan.Kept(asked.response());
  }

  /** Its events from the first on, for a client that follows them. */
  public Plan.Followed events() {
    return new Plan.Followed(follow(-1));
  }

  /** The response object as it is now. */
  synchronized byte[] object() {
    return object;
  }

  /** True when it has come to its end. */
  synchronized boolean isOver() {
    return over;
  }

  /** True when its client wanted it no longer. */
  public synchronized boolean isCancelled() {
    return cancelled;
  }

  /**
   * The calling thread works on it from now on. It is interrupted when nobody wants it any more.
   *
   * @return false when that is so already
   */
  public synchronized boolean take() {
    worker = Thread.currentThread();
    return !over;
  }

  /** Takes the answer that it is made of. */
  public AnswerWriter transcript() {
    return new Transcript(this);
  }

  /** The number of the next event. */
  synchronized int next() {
    return events.size();
  }

  private void add(byte[] event) {
    events.add(event);
    eventsBytes += event.length;
  }

  /**
   * One more event, with the number {@link #next}.
   *
   * @param response the response object in it; null: it has none
   * @param last true when it is the last one
   */
  synchronized void event(byte[] event, byte @Nullable [] response, boolean last) {
    if (over) {
      return;
    }
    if (eventsBytes + event.length > EVENTS_BYTES) {
      fail(ErrorKind.TOO_LARGE, "The answer is longer than %d bytes.".formatted(EVENTS_BYTES));
      return;
    }
    add(event);
    object = response == null ? object : response;
    if (last) {
      settle(true);
    }
    notifyAll();
  }

  /** Its client wants it no longer: it ends here, and so does what is done for it. */
  void cancel() {
    end("cancelled", true);
  }

  /** The same, and nobody is to see it again. */
  void discard() {
    end("cancelled", false);
  }

  /** It ends before its end. */
  public synchronized void fail(ErrorKind kind, String message) {
    if (!over) {
      object = Standing.failed(object, kind, message);
      end("failed", true);
    }
  }

  private synchronized void end(String status, boolean kept) {
    if (over) {
      return;
    }
    cancelled = status.equals("cancelled");
    object = cancelled ? Standing.cancelled(object) : object;
    add(Standing.event(status, events.size(), object));
    settle(kept);
    Thread thread = worker;
    if (thread != null && thread != Thread.currentThread()) {
      thread.interrupt();
    }
    notifyAll();
  }

  /** It is kept before it is under way no longer, so that it is found at any time. */
  private void settle(boolean kept) {
    over = true;
    if (kept) {
      desk.keep(asked, object, Packed.pack(events));
    }
    desk.ended(this);
  }

  /** Its events behind the one of that number, those to come too. */
  Plan.Following follow(long after) {
    return new Follower(after + 1);
  }

  private final class Follower implements Plan.Following {
    private long next;

    Follower(long first) {
      next = Math.max(0, first);
    }

    @Override
    public byte @Nullable [] next() throws InterruptedException {
      synchronized (Work.this) {
        while (!over && events.size() <= next) {
          Work.this.wait();
        }
        if (events.size() <= next) {
          return null;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        events.subList((int) next, events.size()).forEach(all::writeBytes);
        next = events.size();
        return all.toByteArray();
      }
    }
  }
}
