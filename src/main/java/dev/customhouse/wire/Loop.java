package dev.customhouse.wire;

import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One event loop with what belongs to it alone: its waiters and its connections upstream. */
final class Loop {
  private static final ThreadLocal<@Nullable Loop> CURRENT = new ThreadLocal<>();

  private final ContextInternal context;
  private final EventLoop eventLoop;
  private final Ticker ticker = new Ticker();
  private final Upstreams providers;
  private final Upstreams egress;
  private final AtomicInteger streams = new AtomicInteger();

  /**
   * A loop without connections yet.
   *
   * @param providers opens those to providers
   * @param egress opens those to addresses that clients wrote
   */
  Loop(ContextInternal context, Dialer providers, Dialer egress) {
    this.context = context;
    this.eventLoop = context.nettyEventLoop();
    this.providers = new Upstreams(eventLoop, providers);
    this.egress = new Upstreams(eventLoop, egress);
  }

  /** The loop whose request the calling thread works on; null on other threads. */
  static @Nullable Loop current() {
    return CURRENT.get();
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
    context.execute(task);
  }

  /** Starts something of the engine's on the loop, so that its events come on this loop. */
  <T> Future<T> on(Supplier<Future<T>> start) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(nothing -> start.get().onComplete(promise));
    return promise.future();
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
