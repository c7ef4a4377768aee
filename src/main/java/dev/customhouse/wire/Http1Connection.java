package dev.customhouse.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A connection of HTTP/1.1: one request after another (RFC 9112). */
final class Http1Connection extends AnswerReader implements UpstreamConnection {
  /** A body up to this size is sent in one piece with its head: a copy is cheaper than a part. */
  private static final int JOINED_BYTES = 16 * 1024;

  /** What many servers say of how long they keep a connection. */
  private static final Pattern TIMEOUT = Pattern.compile("timeout=([0-9]{1,6})");

  private final Channel channel;
  private final RequestHead head;
  private final long keepAliveNanos;
  private final Consumer<Http1Connection> free;
  private long idleSinceNanos = System.nanoTime();
  private long idleNanos;
  private boolean reusable;
  private @Nullable ChannelFuture sent;

  /**
   * A connection that is open.
   *
   * @param head scratch space of the event loop
   * @param keepAlive how long it is kept without a request; zero: it serves one only
   * @param free is told when it may serve the next
   */
  Http1Connection(
      Channel channel, RequestHead head, Duration keepAlive, Consumer<Http1Connection> free) {
    super(channel);
    this.channel = channel;
    this.head = head;
    this.keepAliveNanos = keepAlive.toNanos();
    this.idleNanos = keepAliveNanos;
    this.free = free;
  }

  @Override
  public boolean hasRoom() {
    return !isBusy() && channel.isActive();
  }

  @Override
  public void send(UpstreamRequest request, Origin origin, Receiver receiver) {
    head.write(request, origin, keepAliveNanos == 0);
    if (!receiver.sending(this)) {
      return;
    }
    expect(receiver);
    byte[] body = request.body();
    boolean joined = body.length <= JOINED_BYTES;
    ByteBuf first = channel.alloc().ioBuffer(head.length() + (joined ? body.length : 0));
    first.writeBytes(head.bytes(), 0, head.length());
    if (joined) {
      sent = channel.writeAndFlush(first.writeBytes(body));
    } else {
      var unused = channel.write(first);
      sent = channel.writeAndFlush(Unpooled.wrappedBuffer(body));
    }
  }

  @Override
  void began(HttpResponse answer) {
    reusable = keepAliveNanos > 0 && HttpUtil.isKeepAlive(answer);
    idleNanos = keepAliveNanos;
    String hint = answer.headers().get("keep-alive");
    if (hint != null) {
      Matcher seconds = TIMEOUT.matcher(hint);
      if (seconds.find()) {
        // A second less, so that the two ends do not give it up and take it up at once.
        long told = Duration.ofSeconds(Long.parseLong(seconds.group(1)) - 1).toNanos();
        idleNanos = Math.min(keepAliveNanos, told);
      }
    }
  }

  @Override
  void ended() {
    idleSinceNanos = System.nanoTime();
    // An answer before the end of the request: the upstream does not read the rest.
    if (reusable && sent != null && sent.isSuccess()) {
      free.accept(this);
    } else {
      close();
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (!isBusy() && nowNanos - idleSinceNanos >= idleNanos) {
      close();
    }
  }

  @Override
  public void close() {
    var unused = channel.close();
  }
}
