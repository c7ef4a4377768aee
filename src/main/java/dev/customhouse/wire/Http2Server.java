package dev.customhouse.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.ReferenceCountUtil;

/** A client's connection of HTTP/2 as a whole; its requests are {@link Http2ServerStream}s. */
final class Http2Server extends ChannelInboundHandlerAdapter implements ServerConnection.Speaker {
  private final Channel channel;
  private final ServerConnection connection;

  /** A connection whose codec is in its place. */
  Http2Server(Channel channel, ServerConnection connection) {
    this.channel = channel;
    this.connection = connection;
  }

  /** Tells the client to open no more streams (RFC 9113, section 6.8). */
  @Override
  public void leave() {
    var unused = channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
    streamEnded();
  }

  /** Fewer requests are under way. */
  void streamEnded() {
    if (connection.isLeaving() && !connection.isBusy()) {
      connection.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    // Settings, pings, goodbyes: the codec has done what they ask for.
    ReferenceCountUtil.release(frame);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // What the client did wrong the codec tells it, and closes the connection itself.
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
      context.close();
    }
  }
}
