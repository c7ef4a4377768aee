package dev.customhouse.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a connection that was accepted ready: TLS, ALPN, the codec of the protocol agreed on. */
final class Acceptor extends ChannelInitializer<Channel> {
  /** What a client may send of one body, and of all bodies of a connection, before it is read. */
  private static final int STREAM_WINDOW_BYTES = 256 * 1024;

  private static final int CONNECTION_WINDOW_BYTES = 1024 * 1024;

  private static final int CHUNK_BYTES = 64 * 1024;

  private final Function<Channel, Loop> loops;
  private final Connections connections;
  private final Service service;
  private final @Nullable SslContext tls;

  /**
   * An acceptor for one listener.
   *
   * @param loops which one a channel belongs to
   * @param tls null: plain HTTP/1.1; otherwise HTTP/2 is offered too
   */
  Acceptor(
      Function<Channel, Loop> loops,
      Connections connections,
      Service service,
      @Nullable SslContext tls) {
    this.loops = loops;
    this.connections = connections;
    this.service = service;
    this.tls = tls;
  }

  /**
   * What a listener's files say.
   *
   * @throws IOException when one cannot be used
   */
  static SslContext tls(Listener.Tls files) throws IOException {
    X509Certificate[] chain = PemFiles.certificates(files.certFile());
    SslContextBuilder builder =
        SslContextBuilder.forServer(PemFiles.key(files.keyFile(), chain[0]), chain)
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .clientAuth(
                switch (files.clientAuth()) {
                  case NONE -> ClientAuth.NONE;
                  case REQUEST -> ClientAuth.OPTIONAL;
                  case REQUIRE -> ClientAuth.REQUIRE;
                })
            .applicationProtocolConfig(Alpn.OFFER);
    Path authorities = files.clientCaFile();
    if (authorities != null) {
      builder.trustManager(PemFiles.certificates(authorities));
    }
    return builder.build();
  }

  @Override
  protected void initChannel(Channel channel) {
    ServerConnection connection = connections.opened(channel);
    if (connection == null) {
      return;
    }
    SslContext secure = tls;
    if (secure == null) {
      http1(channel, connection);
      return;
    }
    channel
        .pipeline()
        .addLast(
            secure.newHandler(channel.alloc()),
            new ApplicationProtocolNegotiationHandler(ApplicationProtocolNames.HTTP_1_1) {
              @Override
              protected void configurePipeline(ChannelHandlerContext context, String protocol)
                  throws Http2Exception {
                if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                  http2(channel, connection);
                } else {
                  http1(channel, connection);
                }
              }

              @Override
              protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
                context.close();
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                context.close();
              }
            });
  }

  /** Its limits are twice ours, so that it is {@link Framing} which says what is too much. */
  private void http1(Channel channel, ServerConnection connection) {
    Loop loop = loops.apply(channel);
    ChannelPipeline pipeline = channel.pipeline();
    HttpRequestDecoder decoder =
        new HttpRequestDecoder(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(2 * Listener.REQUEST_LINE_BYTES)
                .setMaxHeaderSize(2 * Listener.HEADER_BYTES)
                .setMaxChunkSize(CHUNK_BYTES)
                .setValidateHeaders(false));
    pipeline.addLast(decoder);
    ChannelHandlerContext place = pipeline.context(decoder);
    FramingGuard guard = new FramingGuard(place, loop.window());
    pipeline.addBefore(place.name(), null, guard);
    Http1Server server = new Http1Server(channel, loop, connection, service, guard);
    pipeline.addLast(server);
    connection.speaks(server);
  }

  private void http2(Channel channel, ServerConnection connection) throws Http2Exception {
    Loop loop = loops.apply(channel);
    Http2Server server = new Http2Server(channel, connection);
    Http2FrameCodec codec =
        Http2FrameCodecBuilder.forServer()
            .initialSettings(
                Http2Settings.defaultSettings()
                    .maxConcurrentStreams(Listener.STREAMS)
                    .maxHeaderListSize(Listener.HEADER_BYTES)
                    .initialWindowSize(STREAM_WINDOW_BYTES))
            .decoderEnforceMaxRstFramesPerWindow(
                Listener.RESETS, (int) Listener.RESET_WINDOW.toSeconds())
            .encoderEnforceMaxRstFramesPerWindow(
                Listener.BREAKS, (int) Listener.RESET_WINDOW.toSeconds())
            .decoupleCloseAndGoAway(true)
            .build();
    channel
        .pipeline()
        .addLast(
            codec,
            new Http2MultiplexHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream
                        .pipeline()
                        .addLast(new Http2ServerStream(stream, loop, server, connection, service));
                  }
                }),
            server);
    var whole = codec.connection();
    whole
        .local()
        .flowController()
        .incrementWindowSize(
            whole.connectionStream(), CONNECTION_WINDOW_BYTES - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
    connection.speaks(server);
  }
}
