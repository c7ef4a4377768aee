package dev.customhouse.wire;

import dev.customhouse.canonical.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The end of a channel that answers come from: an HTTP/1.1 connection, or a stream of HTTP/2. */
abstract class AnswerReader extends ChannelInboundHandlerAdapter
    implements UpstreamConnection.Stream {
  private final Channel channel;
  private UpstreamConnection.@Nullable Receiver receiver;
  private boolean interim;

  AnswerReader(Channel channel) {
    this.channel = channel;
  }

  /** An answer is awaited. */
  final void expect(UpstreamConnection.Receiver next) {
    receiver = next;
  }

  final boolean isBusy() {
    return receiver != null;
  }

  /** The answer's head has come; what is to be known of it for later is looked up here. */
  abstract void began(HttpResponse head);

  /** The answer is complete. */
  abstract void ended();

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof HttpObject part) {
        if (part.decoderResult().isFailure()) {
          broken(part.decoderResult().cause());
          return;
        }
        if (part instanceof HttpResponse head) {
          head(head);
        }
        if (part instanceof HttpContent content) {
          content(content);
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void head(HttpResponse head) {
    // "103 Early Hints" and the like come before the answer (RFC 9110, section 15.2).
    interim = head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    UpstreamConnection.Receiver waiting = receiver;
    if (interim) {
      return;
    }
    if (waiting == null) {
      channel.close(); // An answer that nobody asked for.
      return;
    }
    began(head);
    Headers.Builder headers = Headers.builder();
    for (Iterator<Map.Entry<String, String>> fields = head.headers().iteratorAsString();
        fields.hasNext(); ) {
      Map.Entry<String, String> field = fields.next();
      // What Netty tells of HTTP/2 beside the fields.
      if (!field.getKey().startsWith("x-http2-")) {
        headers.add(field.getKey(), field.getValue());
      }
    }
    waiting.head(head.status().code(), headers.build());
  }

  private void content(HttpContent content) {
    UpstreamConnection.Receiver waiting = receiver;
    boolean last = content instanceof LastHttpContent;
    if (interim) {
      interim = !last;
      return;
    }
    if (waiting == null) {
      return;
    }
    ByteBuf bytes = content.content();
    if (bytes.isReadable()) {
      waiting.bytes(ByteBufUtil.getBytes(bytes));
    }
    if (last) {
      receiver = null;
      channel.config().setAutoRead(true);
      waiting.end();
      ended();
    }
  }

  private void broken(Throwable cause) {
    UpstreamConnection.Receiver waiting = receiver;
    receiver = null;
    channel.close();
    if (waiting != null) {
      waiting.fail(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    if (isBusy()) {
      broken(new ClosedChannelException());
    }
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken(cause);
  }

  @Override
  public final void hold(UpstreamConnection.Receiver present) {
    if (receiver == present) {
      channel.config().setAutoRead(false);
    }
  }

  @Override
  public final void resume(UpstreamConnection.Receiver present) {
    if (receiver == present) {
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public final void cancel(UpstreamConnection.Receiver present) {
    if (receiver == present) {
      receiver = null;
      channel.close();
    }
  }
}
