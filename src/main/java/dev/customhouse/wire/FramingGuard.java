package dev.customhouse.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the HTTP/1.1 decoder of a connection and lets pass only what {@link Framing} has
 * nothing against. Where something is wrong with a head, a request in its place goes past the
 * decoder, so that the answer comes in its turn; where something is wrong with a body, the request
 * it belongs to is told. After that nothing of the connection is read any more. Belongs to one
 * event loop.
 */
final class FramingGuard extends ChannelInboundHandlerAdapter {
  /** The target of the request that stands for a faulty head; no real one is empty. */
  private static final String NOWHERE = "";

  private final Framing framing = new Framing();
  private final byte[] window;
  private final ChannelHandlerContext decoder;
  private int begun;
  private boolean deaf;
  private @Nullable ServerExchange current;
  private @Nullable ScheduledFuture<?> closing;

  /**
   * A guard for one connection.
   *
   * @param window scratch space, shared by all guards of the event loop
   */
  FramingGuard(ChannelHandlerContext decoder, byte[] window) {
    this.decoder = decoder;
    this.window = window;
  }

  /** The fault that the request stands for; null for a real request. */
  Strictness.@Nullable Fault fault(HttpServerRequest request) {
    return request.uri().equals(NOWHERE) ? framing.fault() : null;
  }

  /** The next request of the connection is being worked on by this exchange. */
  void begin(ServerExchange exchange) {
    begun++;
    current = exchange;
  }

  /** Nothing more is read as a request. */
  void stop() {
    deaf = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (deaf || !(message instanceof ByteBuf buffer)) {
      ReferenceCountUtil.release(message);
      return;
    }
    int start = buffer.readerIndex();
    int good = inspect(buffer) - start;
    if (framing.fault() == null) {
      context.fireChannelRead(buffer);
      return;
    }
    deaf = true;
    if (good > 0) {
      context.fireChannelRead(buffer.readRetainedSlice(good));
    }
    buffer.release();
    report();
  }

  /** The index of the first byte that is wrong, or of the end. */
  private int inspect(ByteBuf buffer) {
    int at = buffer.readerIndex();
    int end = buffer.writerIndex();
    while (at < end && framing.fault() == null) {
      long body = framing.body();
      if (body > 0) {
        int passed = (int) Math.min(body, end - at);
        framing.passed(passed);
        at += passed;
      } else {
        int length = Math.min(window.length, end - at);
        buffer.getBytes(at, window, 0, length);
        at += framing.read(window, 0, length);
      }
    }
    return at;
  }

  private void report() {
    if (!framing.inBody()) {
      decoder.fireChannelRead(
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, NOWHERE));
      decoder.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
      return;
    }
    ServerExchange exchange = current;
    Strictness.Fault fault = framing.fault();
    if (exchange != null && fault != null && begun == framing.heads()) {
      exchange.bodyFailed(fault);
    } else {
      decoder.channel().close();
    }
  }

  /**
   * Ends the connection so that the last answer arrives: a socket that is closed while bytes come
   * in is reset, and the peer loses what it has not read (RFC 9112, section 9.6). So the sending
   * side is closed first, and what still comes in is thrown away for a while.
   */
  void leave() {
    deaf = true;
    Channel channel = decoder.channel();
    if (closing != null || !channel.isActive()) {
      return;
    }
    closing =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  channel.close();
                },
                Listener.LINGER.toMillis(),
                TimeUnit.MILLISECONDS);
    channel.config().setAutoRead(true);
    SslHandler tls = decoder.pipeline().get(SslHandler.class);
    if (tls == null) {
      shutdown(channel);
    } else {
      tls.closeOutbound().addListener(done -> shutdown(channel));
    }
  }

  private static void shutdown(Channel channel) {
    if (channel instanceof DuplexChannel duplex) {
      var unused = duplex.shutdownOutput();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ScheduledFuture<?> timer = closing;
    if (timer != null) {
      timer.cancel(false);
    }
    context.fireChannelInactive();
  }
}
