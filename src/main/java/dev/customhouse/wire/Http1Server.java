package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection of HTTP/1.1: one request after another, the next one read while the one
 * before is answered, but not begun (RFC 9112, section 9.3).
 */
final class Http1Server extends ChannelInboundHandlerAdapter
    implements ServerStream, ServerConnection.Speaker {
  /** A body up to this size is sent in one piece with its head: a copy is cheaper than a part. */
  private static final int JOINED_BYTES = 16 * 1024;

  private static final byte[] GO_ON = ascii("HTTP/1.1 100 Continue\r\n\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
  private static final byte[] LINE_END = ascii("\r\n");

  private final Channel channel;
  private final Loop loop;
  private final ServerConnection connection;
  private final Service service;
  private final FramingGuard guard;
  private final ArrayDeque<Object> waiting = new ArrayDeque<>(1);

  /** Whose body is still coming. */
  private @Nullable ServerExchange reading;

  /** Whose answer is not complete. */
  private @Nullable ServerExchange answering;

  private boolean begun;
  private boolean chunked;
  private boolean bodyWanted;
  private boolean oldVersion;
  private boolean persistent;
  private boolean last;
  private boolean deaf;
  private boolean held;
  private @Nullable ScheduledFuture<?> closing;

  /** A connection whose decoder is in its place, with the guard before it. */
  Http1Server(
      Channel channel,
      Loop loop,
      ServerConnection connection,
      Service service,
      FramingGuard guard) {
    this.channel = channel;
    this.loop = loop;
    this.connection = connection;
    this.service = service;
    this.guard = guard;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (deaf) {
      ReferenceCountUtil.release(message);
    } else if (!waiting.isEmpty() || isTooEarly()) {
      waiting.add(message);
      channel.config().setAutoRead(false);
    } else {
      handle(message);
    }
  }

  /**
   * Whether what comes now belongs to a request whose turn has not come. Nor does it come as long
   * as the client does not read: its answers would fill the memory.
   */
  private boolean isTooEarly() {
    return reading == null && (answering != null || !channel.isWritable());
  }

  private void handle(Object message) {
    try {
      switch (message) {
        case Strictness.Fault fault -> wrong(fault);
        case HttpObject part when part.decoderResult().isFailure() ->
            wrong(Strictness.undecodable());
        case HttpRequest head -> begin(head);
        case HttpContent content -> body(content);
        default -> {}
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void wrong(Strictness.Fault fault) {
    ServerExchange sender = reading;
    if (sender == null) {
      bodyWanted = true;
      reject(fault);
    } else {
      sender.bodyFailed(fault);
    }
  }

  private void reject(Strictness.Fault fault) {
    deaf = true;
    last = true;
    connection.began();
    ended(sendWhole(fault.status(), service.rejected(), service.body(fault), "close"));
  }

  private void begin(HttpRequest head) {
    oldVersion = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
    persistent = HttpUtil.isKeepAlive(head);
    String method = head.method().name();
    bodyWanted = !"HEAD".equals(method);
    Headers fields = fields(head);
    Strictness.Fault fault = Strictness.fault(head.uri(), fields, oldVersion);
    if (fault != null) {
      reject(fault);
      return;
    }
    ServerExchange exchange =
        new ServerExchange(loop, this, connection, service, method, head.uri(), fields);
    reading = exchange;
    answering = exchange;
    begun = false;
    held = false;
    connection.began();
    exchange.start();
  }

  private static Headers fields(HttpRequest head) {
    Headers.Builder builder = Headers.builder();
    for (Iterator<Map.Entry<String, String>> fields = head.headers().iteratorAsString();
        fields.hasNext(); ) {
      Map.Entry<String, String> field = fields.next();
      builder.add(field.getKey(), field.getValue());
    }
    return builder.build();
  }

  private void body(HttpContent content) {
    ServerExchange sender = reading;
    if (sender == null) {
      return;
    }
    ByteBuf bytes = content.content();
    if (bytes.isReadable()) {
      sender.bodyPiece(bytes);
    }
    if (content instanceof LastHttpContent) {
      resume(sender);
      reading = null;
      sender.bodyEnd();
    }
  }

  @Override
  public void askForBody(ServerExchange present) {
    if (answering == present && !begun && !oldVersion) {
      var unused = channel.writeAndFlush(Unpooled.wrappedBuffer(GO_ON));
    }
  }

  @Override
  public void hold(ServerExchange present) {
    if (reading == present) {
      held = true;
      channel.config().setAutoRead(false);
    }
  }

  @Override
  public void resume(ServerExchange present) {
    if (reading == present && held) {
      held = false;
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void answer(ServerExchange present, int status, Headers fields, byte[] body) {
    if (answering != present || begun) {
      return;
    }
    noteLast();
    ended(sendWhole(status, fields, body, persistence()));
  }

  private ChannelFuture sendWhole(int status, Headers fields, byte[] body, String persistence) {
    AnswerHead head = loop.answerHead();
    boolean possible = status != 204 && status != 304;
    head.write(
        status, fields, loop.date(), possible ? body.length : AnswerHead.NO_BODY, persistence);
    int bytes = possible && bodyWanted ? body.length : 0;
    boolean joined = bytes <= JOINED_BYTES;
    ByteBuf first = channel.alloc().ioBuffer(head.length() + (joined ? bytes : 0));
    first.writeBytes(head.bytes(), 0, head.length());
    if (joined) {
      return channel.writeAndFlush(first.writeBytes(body, 0, bytes));
    }
    var unused = channel.write(first);
    return channel.writeAndFlush(Unpooled.wrappedBuffer(body));
  }

  /** A body that the client goes on sending is not read: the connection cannot be used again. */
  private void noteLast() {
    last = !persistent || reading != null || connection.isLeaving();
  }

  private String persistence() {
    if (last) {
      return "close";
    }
    return oldVersion ? "keep-alive" : "";
  }

  @Override
  public void begin(ServerExchange present, int status, Headers fields) {
    if (answering != present || begun) {
      return;
    }
    begun = true;
    chunked = !oldVersion;
    noteLast();
    last |= oldVersion;
    AnswerHead head = loop.answerHead();
    head.write(
        status,
        fields,
        loop.date(),
        chunked ? AnswerHead.CHUNKED : AnswerHead.TO_THE_END,
        persistence());
    ByteBuf bytes = channel.alloc().ioBuffer(head.length());
    var unused = channel.write(bytes.writeBytes(head.bytes(), 0, head.length()));
  }

  @Override
  public void write(ServerExchange present, byte[] bytes, int offset, int length) {
    if (answering != present || !begun || !bodyWanted || length == 0) {
      return;
    }
    if (!chunked) {
      var unused = channel.writeAndFlush(Unpooled.wrappedBuffer(bytes, offset, length));
      return;
    }
    byte[] size = ascii(Integer.toHexString(length));
    int frame = size.length + 2 * LINE_END.length;
    boolean joined = length <= JOINED_BYTES;
    ByteBuf chunk = channel.alloc().ioBuffer(joined ? frame + length : frame);
    chunk.writeBytes(size).writeBytes(LINE_END);
    if (joined) {
      var unused =
          channel.writeAndFlush(chunk.writeBytes(bytes, offset, length).writeBytes(LINE_END));
    } else {
      var unused = channel.write(chunk);
      unused = channel.write(Unpooled.wrappedBuffer(bytes, offset, length));
      unused = channel.writeAndFlush(Unpooled.wrappedBuffer(LINE_END));
    }
  }

  @Override
  public boolean isFull() {
    return !channel.isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    ServerExchange present = answering;
    if (channel.isWritable()) {
      if (present != null) {
        present.drained();
      } else if (!deaf) {
        goOn();
      }
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void end(ServerExchange present) {
    if (answering == present && begun) {
      ended(
          channel.writeAndFlush(
              chunked && bodyWanted ? Unpooled.wrappedBuffer(LAST_CHUNK) : Unpooled.EMPTY_BUFFER));
    }
  }

  private void ended(ChannelFuture sent) {
    answering = null;
    begun = false;
    connection.answered();
    if (last || connection.isLeaving()) {
      leaveAfter(sent);
    } else {
      goOn();
    }
    if (sent.isDone()) {
      sent();
    } else {
      sent.addListener(done -> sent());
    }
  }

  private void goOn() {
    while (!waiting.isEmpty() && !deaf && !isTooEarly()) {
      handle(waiting.remove());
    }
    if (waiting.isEmpty() && !held) {
      channel.config().setAutoRead(true);
    }
  }

  /** An answer has gone out, or never will. */
  private void sent() {
    connection.ended();
    if (connection.isLeaving()) {
      leave();
    }
  }

  @Override
  public void abort(ServerExchange present) {
    if (answering != present) {
      return;
    }
    if (begun && !chunked) {
      // The end of the connection would look like the end of the body; a reset does not.
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      SslHandler tls = channel.pipeline().get(SslHandler.class);
      if (tls != null) {
        // TLS would say a proper goodbye first.
        var unused = channel.pipeline().context(tls).close();
        return;
      }
    }
    var unused = channel.close();
  }

  @Override
  public void leave() {
    if (!connection.isBusy() && !deaf) {
      var unused = channel.close();
    }
  }

  private void leaveAfter(ChannelFuture sent) {
    deaf = true;
    guard.stop();
    forget();
    sent.addListener(done -> linger());
  }

  /**
   * Ends the connection so that the last answer arrives: a socket that is closed while bytes come
   * in is reset, and the peer loses what it has not read (RFC 9112, section 9.6). So the sending
   * side is closed first, and what still comes in is thrown away for a while.
   */
  private void linger() {
    if (closing != null || !channel.isActive()) {
      return;
    }
    closing =
        channel
            .eventLoop()
            .schedule(() -> channel.close(), Listener.LINGER.toMillis(), TimeUnit.MILLISECONDS);
    channel.config().setAutoRead(true);
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      shutdown();
    } else {
      tls.closeOutbound().addListener(done -> shutdown());
    }
  }

  private void shutdown() {
    if (channel instanceof DuplexChannel duplex) {
      var unused = duplex.shutdownOutput();
    }
  }

  private void forget() {
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    deaf = true;
    forget();
    ScheduledFuture<?> timer = closing;
    if (timer != null) {
      timer.cancel(false);
    }
    ServerExchange present = answering;
    answering = null;
    if (present != null) {
      connection.answered();
      connection.ended();
      present.gone();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
