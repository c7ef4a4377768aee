package dev.customhouse.wire;

import io.netty.channel.EventLoop;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One event loop with what belongs to it alone: its waiters and its connections upstream. */
final class Loop {
  private static final ThreadLocal<@Nullable Loop> CURRENT = new ThreadLocal<>();

  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

  /** As much of what clients send is looked at in one go; a usual head is smaller. */
  private static final int WINDOW_BYTES = 2 * 1024;

  private final EventLoop eventLoop;
  private final Ticker ticker = new Ticker();
  private final AnswerHead answerHead = new AnswerHead();
  private final byte[] window = new byte[WINDOW_BYTES];
  private final Upstreams providers;
  private final Upstreams egress;
  private final AtomicInteger streams = new AtomicInteger();
  private String date = "";

  /**
   * A loop without connections yet.
   *
   * @param providers opens those to providers
   * @param egress opens those to addresses that clients wrote
   */
  Loop(EventLoop eventLoop, Dialer providers, Dialer egress) {
    this.eventLoop = eventLoop;
    this.providers = new Upstreams(eventLoop, providers);
    this.egress = new Upstreams(eventLoop, egress);
  }

  /** Begins to look after what belongs to it. */
  void start() {
    every(Ticker.PERIOD_MILLIS, () -> ticker.tick(System.nanoTime()));
    every(1_000, this::eachSecond);
  }

  private void eachSecond() {
    date = HTTP_DATE.format(Instant.now());
    providers.tick(System.nanoTime());
    egress.tick(System.nanoTime());
  }

  /** Runs a short task on the loop's own thread now and then, until the loop ends. */
  void every(long millis, Runnable task) {
    var unused = eventLoop.scheduleAtFixedRate(task, 0, millis, TimeUnit.MILLISECONDS);
  }

  /** The loop whose request the calling thread works on; null on other threads. */
  static @Nullable Loop current() {
    return CURRENT.get();
  }

  /** The engine's own part of it. */
  EventLoop eventLoop() {
    return eventLoop;
  }

  /** A thread whose work belongs to this loop, not yet started. */
  Thread thread(Runnable task) {
    return LoopThreads.unstarted(
        eventLoop,
        () -> {
          CURRENT.set(this);
          task.run();
        });
  }

  /** Runs a short task on the loop's own thread, soon. */
  void execute(Runnable task) {
    eventLoop.execute(task);
  }

  /** Now, as the field {@code Date} has it. On the loop's own thread only, like the others. */
  String date() {
    return date;
  }

  /** Scratch space for the heads of answers. */
  AnswerHead answerHead() {
    return answerHead;
  }

  /** Scratch space for what clients send. */
  byte[] window() {
    return window;
  }

  /** Answers that are being written piece by piece. */
  AtomicInteger streams() {
    return streams;
  }

  Ticker ticker() {
    return ticker;
  }

  /** The connections to providers. On the loop's own thread only, like the others. */
  Upstreams providers() {
    return providers;
  }

  /** The connections to addresses that clients wrote. */
  Upstreams egress() {
    return egress;
  }
}
