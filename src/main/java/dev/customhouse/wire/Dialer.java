package dev.customhouse.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Opens connections upstream: looks the name up, connects, agrees on TLS and on the protocol. */
final class Dialer {
  /** What an HTTP/2 stream may send before it is read: as much as waits for a slow client. */
  private static final int STREAM_WINDOW_BYTES = 256 * 1024;

  /** What all streams of an HTTP/2 connection may, so that slow ones do not hold up the others. */
  private static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

  private static final int CHUNK_BYTES = 64 * 1024;

  private final ChannelFactory<? extends Channel> channels;
  private final Supplier<AddressResolverGroup<InetSocketAddress>> names;
  private final @Nullable KeyStore trusted;
  private final Manner manner;
  private volatile @Nullable SslContext tls;

  /**
   * How connections are made and kept.
   *
   * @param http2 whether HTTP/2 is offered, by ALPN (RFC 7301)
   * @param decompressed whether bodies that come compressed are unpacked
   * @param keepAlive how long one is kept without a request; zero: each serves one request
   * @param connections to one origin, per event loop
   */
  record Manner(
      boolean http2,
      boolean decompressed,
      Duration connectTimeout,
      Duration keepAlive,
      int connections,
      int headBytes) {}

  /**
   * @param trusted whose certificates are; null: those that the JVM trusts
   */
  Dialer(
      ChannelFactory<? extends Channel> channels,
      Supplier<AddressResolverGroup<InetSocketAddress>> names,
      @Nullable KeyStore trusted,
      Manner manner) {
    this.channels = channels;
    this.names = names;
    this.trusted = trusted;
    this.manner = manner;
  }

  Manner manner() {
    return manner;
  }

  /** Who waits for a connection; called on its loop, once. */
  interface Caller {
    /** A connection of HTTP/1.1, with its codec and no reader. */
    void http1(Channel channel);

    /** A connection of HTTP/2, with its codec and no handler of its own. */
    void http2(Channel channel);

    /** None could be opened. */
    void failed(Throwable cause);
  }

  /** Opens a connection on the loop, for a caller on the loop. */
  void dial(EventLoop loop, Origin origin, Caller caller) {
    if (!origin.secure()) {
      connect(loop, origin, null, caller);
      return;
    }
    SslContext made = tls;
    if (made != null) {
      connect(loop, origin, made, caller);
      return;
    }
    // Reading whom the JVM trusts takes a tenth of a second, in which the loop is to serve others.
    var unused =
        Thread.startVirtualThread(() -> {
          try {
            SslContext context = tls();
            loop.execute(() -> connect(loop, origin, context, caller));
          } catch (SSLException | GeneralSecurityException | RuntimeException e) {
            loop.execute(() -> caller.failed(e));
          }
        });
  }

  private void connect(EventLoop loop, Origin origin, @Nullable SslContext secure, Caller caller) {
    new Bootstrap()
        .group(loop)
        .channelFactory(channels)
        .resolver(names.get())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(manner.connectTimeout.toMillis()))
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                if (secure != null) {
                  SslHandler handler =
                      secure.newHandler(channel.alloc(), origin.bareHost(), origin.port());
                  handler.setHandshakeTimeoutMillis(manner.connectTimeout.toMillis());
                  channel.pipeline().addLast(handler, new Handshake(caller));
                }
              }
            })
        .connect(origin.socketAddress())
        .addListener(connected -> {
          if (!connected.isSuccess()) {
            caller.failed(connected.cause());
          } else if (secure == null) {
            http1(((ChannelFuture) connected).channel(), caller);
          }
        });
  }

  private synchronized SslContext tls() throws SSLException, GeneralSecurityException {
    SslContext made = tls;
    if (made == null) {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .endpointIdentificationAlgorithm("HTTPS")
              .protocols("TLSv1.3", "TLSv1.2");
      if (manner.http2) {
        builder.applicationProtocolConfig(Alpn.OFFER);
      }
      if (trusted != null) {
        TrustManagerFactory trust =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        builder.trustManager(trust);
      }
      made = builder.build();
      tls = made;
    }
    return made;
  }

  private void http1(Channel channel, Caller caller) {
    channel
        .pipeline()
        .addLast(
            new HttpResponseDecoder(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(8 * 1024)
                    .setMaxHeaderSize(manner.headBytes)
                    .setMaxChunkSize(CHUNK_BYTES)));
    if (manner.decompressed) {
      channel.pipeline().addLast(new Unpacking());
    }
    caller.http1(channel);
  }

  /** Gives its place to a decompressor when the first compressed answer comes: most bring none. */
  static final class Unpacking extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpResponse head
          && head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)) {
        context.pipeline().replace(this, null, new HttpContentDecompressor(0));
      }
      context.fireChannelRead(message);
    }
  }

  /** What a connection of HTTP/2 is read and written with; closing it does not wait for anybody. */
  static Http2FrameCodec http2Codec(int headBytes) {
    return Http2FrameCodecBuilder.forClient()
        .initialSettings(
            Http2Settings.defaultSettings()
                .pushEnabled(false)
                .maxHeaderListSize(headBytes)
                .initialWindowSize(STREAM_WINDOW_BYTES))
        .decoupleCloseAndGoAway(true)
        .build();
  }

  private void http2(Channel channel, Caller caller) throws Exception {
    Http2FrameCodec codec = http2Codec(manner.headBytes);
    channel
        .pipeline()
        .addLast(codec, new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
    var connection = codec.connection();
    connection
        .local()
        .flowController()
        .incrementWindowSize(
            connection.connectionStream(),
            CONNECTION_WINDOW_BYTES - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
    caller.http2(channel);
  }

  /** Waits for the end of the handshake and then leaves the channel to the protocol agreed on. */
  private final class Handshake extends ChannelInboundHandlerAdapter {
    private @Nullable Caller caller;

    Handshake(Caller caller) {
      this.caller = caller;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      Caller waiting = caller;
      if (event instanceof SslHandshakeCompletionEvent done && waiting != null) {
        Channel channel = context.channel();
        if (!done.isSuccess()) {
          failed(context, done.cause());
          return;
        }
        caller = null;
        String protocol = channel.pipeline().get(SslHandler.class).applicationProtocol();
        channel.pipeline().remove(this);
        if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
          http2(channel, waiting);
        } else {
          http1(channel, waiting);
        }
      } else {
        context.fireUserEventTriggered(event);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      failed(context, new java.nio.channels.ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failed(context, cause);
    }

    private void failed(ChannelHandlerContext context, Throwable cause) {
      Caller waiting = caller;
      caller = null;
      var unused = context.close();
      if (waiting != null) {
        waiting.failed(cause);
      }
    }
  }
}
