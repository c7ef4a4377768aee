package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request of HTTP/2 and its answer: a stream of its own (RFC 9113, section 8.1). */
final class Http2ServerStream extends ChannelInboundHandlerAdapter implements ServerStream {
  private final Channel stream;
  private final Loop loop;
  private final Http2Server server;
  private final ServerConnection connection;
  private final Service service;
  private @Nullable ServerExchange exchange;
  private boolean headCame;
  private boolean bodyEnded;
  private boolean begun;
  private boolean ended;
  private boolean bodyWanted = true;

  /** A stream that has just been opened. */
  Http2ServerStream(
      Channel stream, Loop loop, Http2Server server, ServerConnection connection, Service service) {
    this.stream = stream;
    this.loop = loop;
    this.server = server;
    this.connection = connection;
    this.service = service;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    try {
      switch (frame) {
        case Http2HeadersFrame head when !headCame -> head(head);
        case Http2HeadersFrame trailers -> bodyEnd(trailers.isEndStream());
        case Http2DataFrame data -> {
          ServerExchange present = exchange;
          if (present != null && data.content().isReadable()) {
            present.bodyPiece(data.content());
          }
          bodyEnd(data.isEndStream());
        }
        default -> {}
      }
    } finally {
      ReferenceCountUtil.release(frame);
    }
  }

  private void head(Http2HeadersFrame frame) {
    headCame = true;
    bodyEnded = frame.isEndStream();
    connection.began();
    Http2Headers all = frame.headers();
    String method = text(all.method());
    String path = text(all.path());
    Headers fields = fields(all);
    Strictness.Fault fault = Strictness.fault(method, path, fields);
    if (fault != null) {
      send(fault);
      return;
    }
    bodyWanted = !method.equals("HEAD");
    ServerExchange present =
        new ServerExchange(loop, this, connection, service, method, path, fields);
    exchange = present;
    present.start();
    if (bodyEnded) {
      present.bodyEnd();
    }
  }

  private static String text(@Nullable CharSequence field) {
    return field == null ? "" : field.toString();
  }

  /**
   * A pseudo field stands in the place of {@code Host}; where both are there and differ there are
   * two hosts, which is one too many (RFC 9113, section 8.3.1).
   */
  private static Headers fields(Http2Headers all) {
    Headers.Builder builder = Headers.builder();
    for (Map.Entry<CharSequence, CharSequence> field : all) {
      String name = field.getKey().toString();
      if (!name.startsWith(":")) {
        builder.add(name, field.getValue().toString());
      }
    }
    CharSequence authority = all.authority();
    if (authority != null && !AsciiString.contentEqualsIgnoreCase(authority, all.get("host"))) {
      builder.add("host", authority.toString());
    }
    return builder.build();
  }

  private void send(Strictness.Fault fault) {
    sendWhole(fault.status(), service.rejected(), service.body(fault));
  }

  private void bodyEnd(boolean last) {
    if (last && !bodyEnded) {
      bodyEnded = true;
      ServerExchange present = exchange;
      if (present != null) {
        present.bodyEnd();
      }
    }
  }

  @Override
  public void askForBody(ServerExchange present) {
    if (!begun) {
      var unused =
          stream.writeAndFlush(
              new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("100")));
    }
  }

  @Override
  public void hold(ServerExchange present) {
    stream.config().setAutoRead(false);
  }

  @Override
  public void resume(ServerExchange present) {
    stream.config().setAutoRead(true);
  }

  @Override
  public void answer(ServerExchange present, int status, Headers fields, byte[] body) {
    if (!begun) {
      sendWhole(status, fields, body);
    }
  }

  private void sendWhole(int status, Headers fields, byte[] body) {
    begun = true;
    boolean possible = status != 204 && status != 304;
    Http2Headers head = head(status, fields);
    if (possible) {
      head.setInt("content-length", body.length);
    }
    boolean empty = !possible || !bodyWanted || body.length == 0;
    ChannelFuture sent = stream.write(new DefaultHttp2HeadersFrame(head, empty));
    if (!empty) {
      sent = stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }
    stream.flush();
    finish(sent);
  }

  private Http2Headers head(int status, Headers fields) {
    // Not checked by Netty: where it finds something wrong, there would be no answer.
    Http2Headers head = new DefaultHttp2Headers(false).status(Integer.toString(status));
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.nameAt(i);
      if (!AnswerHead.isOwn(name)) {
        head.add(name.toLowerCase(Locale.ROOT), AnswerHead.clean(fields.valueAt(i)));
      }
    }
    return head.set("date", loop.date());
  }

  /** What is left of the body is not wanted (RFC 9113, section 8.1). */
  private void finish(ChannelFuture sent) {
    ended = true;
    connection.answered();
    if (!bodyEnded) {
      sent.addListener(done -> {
        var unused = stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
      });
    }
  }

  @Override
  public void begin(ServerExchange present, int status, Headers fields) {
    if (!begun) {
      begun = true;
      var unused = stream.write(new DefaultHttp2HeadersFrame(head(status, fields)));
    }
  }

  @Override
  public void write(ServerExchange present, byte[] bytes, int offset, int length) {
    if (begun && !ended && bodyWanted) {
      var unused =
          stream.writeAndFlush(
              new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes, offset, length)));
    }
  }

  @Override
  public boolean isFull() {
    return !stream.isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    ServerExchange present = exchange;
    if (present != null && stream.isWritable()) {
      present.drained();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void end(ServerExchange present) {
    if (begun && !ended) {
      finish(stream.writeAndFlush(new DefaultHttp2DataFrame(true)));
    }
  }

  @Override
  public void abort(ServerExchange present) {
    if (!ended) {
      ended = true;
      connection.answered();
      var unused = stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (headCame) {
      if (!ended) {
        ended = true;
        connection.answered();
      }
      connection.ended();
      server.streamEnded();
    }
    ServerExchange present = exchange;
    if (present != null) {
      present.gone();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
