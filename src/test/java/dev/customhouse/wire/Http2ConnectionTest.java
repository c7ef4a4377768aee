package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Headers;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection of HTTP/2 whose other end is a codec in the same thread, and whose time is told. */
class Http2ConnectionTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final List<String> words = new ArrayList<>();
  private final List<Object> asked = new ArrayList<>();
  private final EmbeddedChannel upstream =
      new EmbeddedChannel(
          Http2FrameCodecBuilder.forServer()
              .initialSettings(Http2Settings.defaultSettings().maxConcurrentStreams(2))
              .build(),
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object frame) {
              if (frame instanceof Http2PingFrame ping && !ping.ack()) {
                asked.add(ping);
              }
              ReferenceCountUtil.release(frame);
            }
          });
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          Dialer.http2Codec(8_192), new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
  private final Http2Connection connection = new Http2Connection(channel, MINUTE, free -> {});

  private final class Told implements UpstreamConnection.Receiver {
    @Override
    public boolean sending(UpstreamConnection.Stream stream) {
      return true;
    }

    @Override
    public void head(int status, Headers headers) {}

    @Override
    public void bytes(byte[] piece) {}

    @Override
    public void end() {}

    @Override
    public void fail(Throwable cause) {
      words.add("failed");
    }
  }

  @BeforeEach
  void greet() {
    channel.pipeline().addLast(connection);
    exchange();
  }

  @AfterEach
  void closed() {
    channel.finishAndReleaseAll();
    upstream.finishAndReleaseAll();
  }

  /** Carries bytes both ways until none are left. */
  private void exchange() {
    boolean moved = true;
    while (moved) {
      moved = move(channel, upstream) | move(upstream, channel);
    }
  }

  private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    Object bytes = from.readOutbound();
    if (bytes == null) {
      return false;
    }
    if (to.isOpen()) {
      to.writeInbound(bytes);
    } else {
      ReferenceCountUtil.release(bytes);
    }
    return true;
  }

  private void send() {
    UpstreamRequest request =
        new UpstreamRequest(
            "POST", URI.create("https://a.test/p"), Headers.EMPTY, new byte[0], MINUTE);
    connection.send(request, Origin.of(request), new Told());
    exchange();
  }

  private void tickAfter(int seconds) {
    connection.tick(System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
    channel.flush();
  }

  @Test
  void anUpstreamThatIsSilentButThereIsLeftToItsThoughts() {
    send();
    for (int asking = 1; asking <= 3; asking++) {
      tickAfter(14);
      exchange();
      assertThat(asked).hasSize(asking - 1);
      tickAfter(16);
      exchange();
      assertThat(asked).hasSize(asking);
      tickAfter(14);
      assertThat(channel.isOpen()).isTrue();
    }
    assertThat(words).isEmpty();
  }

  @Test
  void anUpstreamThatDoesNotAnswerWhenAskedIsDead() {
    send();
    tickAfter(16);
    tickAfter(30);
    assertThat(channel.isOpen()).isTrue();
    tickAfter(32);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(words).containsExactly("failed");
  }

  @Test
  void itTakesAsManyRequestsAsTheUpstreamAllows() {
    send();
    assertThat(connection.hasRoom()).isTrue();
    send();
    assertThat(connection.hasRoom()).isFalse();
    assertThat(connection.isStaying()).isTrue();
  }

  @Test
  void anUpstreamThatSaysGoodbyeGetsNoMoreRequests() {
    upstream.writeOutbound(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
    exchange();
    assertThat(connection.isStaying()).isFalse();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void withoutRequestsItIsClosedAfterAWhileWithoutBeingAsked() {
    tickAfter(59);
    assertThat(channel.isOpen()).isTrue();
    assertThat(asked).isEmpty();
    tickAfter(61);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
  }
}
