package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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

  private static final byte[] VERSION = ascii(" HTTP/1.1\r\nhost: ");
  private static final byte[] LENGTH = ascii("content-length: ");
  private static final byte[] CLOSE = ascii("connection: close\r\n");
  private static final byte[] COLON = ascii(": ");
  private static final byte[] LINE = ascii("\r\n");

  private final Channel channel;
  private final long keepAliveNanos;
  private final Consumer<Http1Connection> free;
  private long idleSinceNanos = System.nanoTime();
  private long idleNanos;
  private boolean reusable;
  private @Nullable ChannelFuture sent;

  /**
   * A connection that is open.
   *
   * @param keepAlive how long it is kept without a request; zero: it serves one only
   * @param free is told when it may serve the next
   */
  Http1Connection(Channel channel, Duration keepAlive, Consumer<Http1Connection> free) {
    super(channel);
    this.channel = channel;
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
    byte[] body = request.body();
    boolean joined = body.length <= JOINED_BYTES;
    ByteBuf head = channel.alloc().ioBuffer(1_024 + (joined ? body.length : 0));
    boolean written = false;
    try {
      writeHead(head, request, origin);
      written = true;
    } finally {
      if (!written) {
        head.release();
      }
    }
    if (!receiver.sending(this)) {
      head.release();
      return;
    }
    expect(receiver);
    if (joined) {
      head.writeBytes(body);
      sent = channel.writeAndFlush(head);
    } else {
      var unused = channel.write(head);
      sent = channel.writeAndFlush(Unpooled.wrappedBuffer(body));
    }
  }

  private void writeHead(ByteBuf head, UpstreamRequest request, Origin origin) {
    URI uri = request.uri();
    text(head, request.method());
    head.writeByte(' ');
    text(head, uri.getRawPath().isEmpty() ? "/" : uri.getRawPath());
    if (uri.getRawQuery() != null) {
      head.writeByte('?');
      text(head, uri.getRawQuery());
    }
    head.writeBytes(VERSION);
    text(head, origin.authority());
    head.writeBytes(LINE);
    Headers fields = request.headers();
    for (int i = 0; i < fields.size(); i++) {
      text(head, FieldRules.name(fields.nameAt(i)));
      head.writeBytes(COLON);
      text(head, FieldRules.value(fields.nameAt(i), fields.valueAt(i)));
      head.writeBytes(LINE);
    }
    if (keepAliveNanos == 0) {
      head.writeBytes(CLOSE);
    }
    if (request.body().length > 0 || !"GET".equals(request.method())) {
      head.writeBytes(LENGTH);
      text(head, Integer.toString(request.body().length));
      head.writeBytes(LINE);
    }
    head.writeBytes(LINE);
  }

  private static void text(ByteBuf out, String text) {
    ByteBufUtil.writeAscii(out, text);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  void began(HttpResponse head) {
    reusable = keepAliveNanos > 0 && HttpUtil.isKeepAlive(head);
    idleNanos = keepAliveNanos;
    String hint = head.headers().get("keep-alive");
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
