package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A connection of HTTP/2: many requests side by side (RFC 9113). The last handler of its channel.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter implements UpstreamConnection {
  /** Streams at once until the upstream has said how many (RFC 9113, section 6.5.2). */
  private static final int STREAMS = 100;

  /** After so long a silence the upstream is asked whether it is there (section 6.7) ... */
  private static final long PING_NANOS = Duration.ofSeconds(15).toNanos();

  /** ... and when it says nothing for so long, it is taken for dead. */
  private static final long DEAD_NANOS = Duration.ofSeconds(15).toNanos();

  private final Channel channel;
  private final long keepAliveNanos;
  private final Consumer<Http2Connection> free;
  private final Http2StreamChannelBootstrap streams;
  private long mostStreams = STREAMS;
  private int openStreams;
  private boolean leaving;
  private boolean asked;
  private long askedNanos;
  private long idleSinceNanos = System.nanoTime();
  private long heardNanos = idleSinceNanos;

  /**
   * A connection that is open.
   *
   * @param keepAlive how long it is kept without a request
   * @param free is told when it may serve one more
   */
  Http2Connection(Channel channel, Duration keepAlive, Consumer<Http2Connection> free) {
    this.channel = channel;
    this.keepAliveNanos = keepAlive.toNanos();
    this.free = free;
    this.streams = new Http2StreamChannelBootstrap(channel);
  }

  /** Whether it takes, or will take, another request. */
  boolean isStaying() {
    return !leaving && channel.isActive();
  }

  @Override
  public boolean hasRoom() {
    return isStaying() && openStreams < mostStreams;
  }

  @Override
  public void send(UpstreamRequest request, Origin origin, Receiver receiver) {
    DefaultFullHttpRequest message = message(request, origin);
    openStreams++;
    streams
        .handler(
            new ChannelInitializer<Http2StreamChannel>() {
              @Override
              protected void initChannel(Http2StreamChannel stream) {
                stream
                    .pipeline()
                    .addLast(
                        new Http2StreamFrameToHttpObjectCodec(false),
                        new HttpContentDecompressor(0),
                        new Reader(stream));
              }
            })
        .open()
        .addListener(opened -> {
          if (opened.isSuccess()) {
            begin((Http2StreamChannel) opened.getNow(), message, receiver);
          } else {
            message.release();
            left();
            receiver.fail(opened.cause());
          }
        });
  }

  private void begin(Http2StreamChannel stream, DefaultFullHttpRequest message, Receiver receiver) {
    Reader reader = stream.pipeline().get(Reader.class);
    reader.expect(receiver);
    stream.closeFuture().addListener(closed -> left());
    if (receiver.sending(reader)) {
      var unused = stream.writeAndFlush(message);
    } else {
      message.release();
      reader.cancel(receiver);
    }
  }

  private static DefaultFullHttpRequest message(UpstreamRequest request, Origin origin) {
    HttpHeaders fields = new DefaultHttpHeaders();
    fields.add("host", origin.authority());
    Headers given = request.headers();
    for (int i = 0; i < given.size(); i++) {
      fields.add(
          RequestHead.name(given.nameAt(i)), RequestHead.value(given.nameAt(i), given.valueAt(i)));
    }
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        HttpMethod.valueOf(request.method()),
        RequestHead.target(request.uri()),
        Unpooled.wrappedBuffer(request.body()),
        fields,
        EmptyHttpHeaders.INSTANCE);
  }

  private void left() {
    openStreams--;
    idleSinceNanos = System.nanoTime();
    if (leaving && openStreams == 0) {
      close();
    } else {
      free.accept(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    try {
      if (frame instanceof Http2SettingsFrame told) {
        Long most = told.settings().maxConcurrentStreams();
        mostStreams = most == null ? mostStreams : most;
        free.accept(this);
      } else if (frame instanceof Http2GoAwayFrame) {
        leaving = true;
        if (openStreams == 0) {
          close();
        }
      }
    } finally {
      ReferenceCountUtil.release(frame);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    heardNanos = System.nanoTime();
    asked = false;
    context.fireChannelReadComplete();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    close();
  }

  @Override
  public void tick(long nowNanos) {
    if (openStreams == 0) {
      if (nowNanos - idleSinceNanos >= keepAliveNanos) {
        close();
      }
    } else if (asked) {
      if (nowNanos - askedNanos >= DEAD_NANOS) {
        close();
      }
    } else if (nowNanos - heardNanos >= PING_NANOS) {
      asked = true;
      askedNanos = nowNanos;
      var unused = channel.writeAndFlush(new DefaultHttp2PingFrame(nowNanos));
    }
  }

  @Override
  public void close() {
    var unused = channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
    unused = channel.close();
  }

  /** One stream. Closing it before its end resets it (RFC 9113, section 8.7). */
  private static final class Reader extends AnswerReader {
    private final Channel stream;

    Reader(Channel stream) {
      super(stream);
      this.stream = stream;
    }

    @Override
    void began(HttpResponse head) {}

    @Override
    void ended() {
      var unused = stream.close();
    }
  }
}
