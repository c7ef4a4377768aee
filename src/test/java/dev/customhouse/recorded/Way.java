package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Crossing;
import dev.customhouse.dialect.Translation;
import dev.customhouse.wire.AwsEventSplitter;
import dev.customhouse.wire.EventSplitter;
import dev.customhouse.wire.SseSplitter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The way of an answer from one upstream to one client, without the gateway around it. */
record Way(DialectId upstream, Listener client) {
  private static final List<String> TOOLS = List.of("look", "hear", "say");

  /** From every dialect to every other one. */
  static List<Way> all() {
    List<Way> ways = new ArrayList<>();
    for (DialectId upstream : DialectId.values()) {
      ways.addAll(from(upstream));
    }
    return ways;
  }

  /** To every other dialect. */
  static List<Way> from(DialectId upstream) {
    return Listener.all().stream()
        .filter(client -> client.dialect() != upstream)
        .map(client -> new Way(upstream, client))
        .toList();
  }

  /** What becomes of a short question with the tools look, hear and say. */
  Translation translation(boolean stream) throws IOException {
    byte[] body = client.request("m", stream, TOOLS).getBytes(UTF_8);
    Call call = Crossing.call(client.dialect(), body, "m", stream);
    ChatRequest asked = Crossing.CODECS.get(client.dialect()).readRequest(call);
    return Crossing.translate(
        client.dialect(), asked, upstream, new Target("p", "compatible", "up"), OnUnsupported.DROP);
  }

  /** What the client gets of a stream that comes in these pieces. */
  byte[] events(List<byte[]> pieces) throws IOException {
    Translation.Events events = translation(true).events();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EventSplitter splitter =
        upstream == DialectId.BEDROCK ? new AwsEventSplitter() : new SseSplitter();
    EventSplitter.Sink sink =
        (buffer, start, end) -> out.writeBytes(events.event(buffer, start, end));
    for (byte[] piece : pieces) {
      splitter.feed(piece, 0, piece.length, sink);
    }
    splitter.finish(sink);
    out.writeBytes(events.end());
    return out.toByteArray();
  }

  /** What the client hears of a whole answer. */
  Heard whole(byte[] answer) throws IOException {
    return client.hear(translation(false).answer(answer), false, "m");
  }

  /** What the client hears of a whole answer when it asked for a stream. */
  Heard takenApart(byte[] answer) throws IOException {
    return client.hear(translation(true).answer(answer), true, "m");
  }

  /** What the client hears of a stream. */
  Heard stream(byte[] body) throws IOException {
    return client.hear(events(List.of(body)), true, "m");
  }

  @Override
  public String toString() {
    return upstream.label() + " to " + client.dialect().label();
  }
}
