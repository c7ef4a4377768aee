package dev.customhouse.wire;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A connection that a client has opened: who it is, and how much of it is under way. */
final class ServerConnection {
  private final Channel channel;
  private final Connections all;
  private final String address;
  private final boolean loopback;
  private @Nullable Speaker speaker;
  private volatile int unanswered;
  private volatile int underWay;
  private volatile boolean used;
  private volatile boolean leaving;
  private volatile long sinceNanos = System.nanoTime();

  /** A connection that has just been accepted, one of {@code all}. */
  ServerConnection(Channel channel, Connections all) {
    this.channel = channel;
    this.all = all;
    InetAddress peer =
        channel.remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
    this.address = peer == null ? "unknown" : peer.getHostAddress();
    this.loopback = peer != null && peer.isLoopbackAddress();
  }

  /** The protocol spoken on the connection. */
  interface Speaker {
    /** No further request is taken: closes the connection, now or when the last is answered. */
    void leave();
  }

  /** The protocol has been agreed on. */
  void speaks(Speaker protocol) {
    speaker = protocol;
    if (isLeaving()) {
      protocol.leave();
    }
  }

  /** The peer's address, without port. */
  String address() {
    return address;
  }

  /** Whether that is a loopback address. */
  boolean isLoopback() {
    return loopback;
  }

  /** A request's head has come. On the connection's loop, like all that follows. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written by one thread
  void began() {
    used = true;
    unanswered++;
    underWay++;
  }

  /** Its answer is complete, or will never be; the client need not have read it yet. */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void answered() {
    sinceNanos = System.nanoTime();
    unanswered--;
  }

  /** Its answer has been sent, or never will be. After {@link #answered}. */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void ended() {
    sinceNanos = System.nanoTime();
    underWay--;
  }

  /** Whether a request is under way, or its answer is not sent yet. */
  boolean isBusy() {
    return underWay > 0;
  }

  /** Whether no further request is wanted. */
  boolean isLeaving() {
    return leaving || all.areLeaving();
  }

  /** Ends it, as soon as it can be ended politely. Any thread may call this. */
  void leave() {
    channel
        .eventLoop()
        .execute(() -> {
          leaving = true;
          Speaker protocol = speaker;
          if (protocol != null) {
            protocol.leave();
          } else {
            close();
          }
        });
  }

  /** Ends it, whatever it is doing. Any thread may call this. */
  void close() {
    var unused = channel.close();
  }

  /**
   * Ends it when nothing is under way and was not for too long, or when the client does not read
   * what is left to be sent. Any thread may call this.
   */
  void tick(long nowNanos, Listener.Timeouts timeouts) {
    boolean sending = underWay > 0; // looked at first, because it changes last when one begins
    Duration limit = sending ? timeouts.sending() : used ? timeouts.idle() : timeouts.firstHead();
    if (unanswered == 0 && nowNanos - sinceNanos > limit.toNanos()) {
      if (leaving || sending) {
        close();
      } else {
        leave();
      }
    }
  }
}
