package dev.customhouse.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Stands before the HTTP/1.1 decoder of a connection and lets pass only what {@link Framing} has
 * nothing against. Where something is wrong, the fault goes on in the place of the message, past
 * the decoder, so that the answer comes in its turn; after that nothing is read any more. Belongs
 * to one event loop.
 */
final class FramingGuard extends ChannelInboundHandlerAdapter {
  private final Framing framing = new Framing();
  private final byte[] window;
  private final ChannelHandlerContext decoder;
  private boolean deaf;

  /**
   * A guard for one connection.
   *
   * @param window scratch space, shared by all guards of the event loop
   */
  FramingGuard(ChannelHandlerContext decoder, byte[] window) {
    this.decoder = decoder;
    this.window = window;
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
    Strictness.Fault fault = framing.fault();
    if (fault == null) {
      context.fireChannelRead(buffer);
      return;
    }
    deaf = true;
    if (good > 0) {
      context.fireChannelRead(buffer.readRetainedSlice(good));
    }
    buffer.release();
    decoder.fireChannelRead(fault);
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
}
