package dev.customhouse.dialect;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request between two dialects: how it was written for the provider, and the way back. */
public final class Translation {
  private final Codec client;
  private final Codec upstream;
  private final Fitting fitting;
  private final Reply reply;
  private final Target target;
  private final Losses losses;
  private final Written written;
  private @Nullable Gathering gathering;

  private Translation(
      Codec client, Codec upstream, Fitting fitting, Reply reply, Target target, Losses losses) {
    this.client = client;
    this.upstream = upstream;
    this.fitting = fitting;
    this.reply = reply;
    this.target = target;
    this.losses = losses;
    this.written = upstream.writeRequest(fitting.request(), target, losses);
  }

  /**
   * Writes what the client asks in the dialect of the provider.
   *
   * @throws Refusal of kind INVALID_REQUEST naming what the provider's dialect cannot carry
   */
  public static Translation of(
      Codec client,
      Codec upstream,
      Reply reply,
      Target target,
      LossTable table,
      OnUnsupported policy) {
    ChatRequest asked = reply.request();
    Losses losses = new Losses(table, client.id(), upstream.id(), target, policy);
    losses.foreign(asked);
    Fitting fitting = Fitting.of(asked, upstream.needs(target));
    return new Translation(client, upstream, fitting, reply, target, losses);
  }

  /** From now on the answer is kept, to be asked for by {@link #answered}. */
  public void gather() {
    gathering = new Gathering();
  }

  /** The answer as the client got it; null when it was not to be kept or is not whole. */
  public @Nullable ChatAnswer answered() {
    Gathering kept = gathering;
    return kept == null || !kept.isWhole() ? null : kept.answer();
  }

  /** The request as the provider gets it. */
  public Written written() {
    return written;
  }

  /** The dialect at the other end. */
  public DialectId upstreamDialect() {
    return upstream.id();
  }

  /** What the request lost, by the names of the client's dialect. */
  public List<String> dropped() {
    return losses.dropped();
  }

  /** Losses that the table does not list: mistakes of ours. */
  public Set<String> unlisted() {
    return losses.unlisted();
  }

  /** True when the client asked for events. */
  public boolean isStream() {
    return reply.stream();
  }

  /** The media type of what the client gets. */
  public String contentType() {
    return reply.stream() && !reply.arraySought()
        ? "text/event-stream; charset=utf-8"
        : "application/json";
  }

  /**
   * A provider's whole answer for the client, as events if it asked for those.
   *
   * @throws Refusal of kind BAD_GATEWAY when it is none
   */
  public byte[] answer(byte[] body) {
    ChatAnswer answer = fitting.restore(upstream.readAnswer(body, target.maker()));
    if (gathering != null) {
      Gathering.takeApart(answer, gathering);
    }
    if (!reply.stream()) {
      return client.writeAnswer(answer, reply);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(2 * body.length);
    PartWriter writer = client.partWriter(reply);
    Gathering.takeApart(answer, part -> writer.part(part, out));
    return out.toByteArray();
  }

  /** The events of a provider's stream as the client's. */
  public Events events() {
    return new Events();
  }

  /** One stream between two dialects. Used by one thread. */
  public final class Events {
    private final PartReader reader = upstream.partReader(target.maker());
    private final PartWriter writer = client.partWriter(reply);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private final Consumer<StreamPart> parts = fitting.restoring(this::write);

    private Events() {}

    private void write(StreamPart part) {
      writer.part(part, out);
      Gathering kept = gathering;
      if (kept != null) {
        kept.accept(part);
      }
    }

    /** What one raw event of the provider is to the client: no event, one or several. */
    public byte[] event(byte[] buffer, int start, int end) {
      reader.event(buffer, start, end, parts);
      return take();
    }

    /** What is still to come when the provider's body has ended properly. */
    public byte[] end() {
      reader.end(parts);
      return take();
    }

    /** What tells the client that the answer broke off. */
    public byte[] failure(Refusal refusal, String requestId) {
      writer.failure(refusal, requestId, out);
      return take();
    }

    private byte[] take() {
      byte[] bytes = out.toByteArray();
      out.reset();
      return bytes;
    }
  }
}
