package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Objects;
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
  private final @Nullable FormCheck check;
  private final boolean mended;
  private final boolean counts;
  private @Nullable Gathering gathering;
  private @Nullable ChatAnswer unfit;
  private @Nullable String fault;

  private Translation(
      Codec client,
      Codec upstream,
      ChatRequest asked,
      Reply reply,
      Target target,
      Losses losses,
      boolean mended,
      boolean counts) {
    this.client = client;
    this.upstream = upstream;
    this.reply = reply;
    this.target = target;
    this.losses = losses;
    this.mended = mended;
    this.counts = counts;
    losses.foreign(asked);
    Needs needs = upstream.needs(target);
    Fitting fitted = Fitting.of(asked, needs, client.holdsToSchemas());
    fitted.tell(losses);
    Written first = upstream.writeRequest(fitted.request(), target, losses);
    OutputFormat format = asked.outputFormat();
    this.check = losses.isInstructed() && format != null && !counts ? new FormCheck(format) : null;
    if (check != null && asked.stream()) {
      // What is to be checked must be whole before any of it is shown.
      fitted = Fitting.of(asked.toBuilder().stream(false).build(), needs, client.holdsToSchemas());
      first = upstream.writeRequest(fitted.request(), target, losses);
    }
    this.fitting = fitted;
    this.written = counts ? counting(upstream).question(first, target) : first;
  }

  private static TokenCount counting(Codec codec) {
    return Objects.requireNonNull(codec.counting(), codec.id().label());
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
    return of(client, upstream, reply, target, table, policy, null);
  }

  /**
   * Writes what the client asks in the dialect of the provider.
   *
   * @param unfetched why media that should stand in the request are still addresses, in words for
   *     clients; null: none are
   * @throws Refusal of kind INVALID_REQUEST naming what the provider's dialect cannot carry
   */
  public static Translation of(
      Codec client,
      Codec upstream,
      Reply reply,
      Target target,
      LossTable table,
      OnUnsupported policy,
      @Nullable String unfetched) {
    Losses losses = new Losses(table, client.id(), upstream.id(), target, policy);
    losses.unfetched(unfetched);
    return new Translation(client, upstream, reply.request(), reply, target, losses, false, false);
  }

  /**
   * Asks a provider how many tokens the request has. Both dialects must know the question.
   *
   * @throws Refusal of kind INVALID_REQUEST naming what the provider's dialect cannot carry
   */
  public static Translation ofCount(
      Codec client,
      Codec upstream,
      Reply reply,
      Target target,
      LossTable table,
      OnUnsupported policy) {
    Losses losses = new Losses(table, client.id(), upstream.id(), target, policy);
    return new Translation(client, upstream, reply.request(), reply, target, losses, false, true);
  }

  /**
   * The same request once more, with the answer that was not in the form asked for and what is
   * wrong with it; null when the last answer was fit, or was already a second one.
   */
  public @Nullable Translation again() {
    ChatAnswer answer = unfit;
    String told = fault;
    if (answer == null || told == null || mended) {
      return null;
    }
    ChatRequest asked =
        reply.request().toBuilder()
            .messages(FormCheck.conversation(reply.request().messages(), answer, told))
            .build();
    Losses same = losses.anew();
    Translation again = new Translation(client, upstream, asked, reply, target, same, true, false);
    if (gathering != null) {
      again.gather();
    }
    return again;
  }

  /**
   * The same request without the reasoning of earlier turns, for a provider that refuses a proof of
   * it; null when there is none in it. Proofs are bound to accounts and prefixes in ways that the
   * gateway cannot see.
   */
  public @Nullable Translation unsealed() {
    ChatRequest asked = reply.request();
    List<Message> messages =
        asked.messages().stream()
            .map(message ->
                message.with(
                    message.content().stream()
                        .filter(content -> !(content instanceof Content.Reasoning))
                        .map(Translation::unsealed)
                        .toList()))
            .toList();
    if (messages.equals(asked.messages())) {
      return null;
    }
    ChatRequest bare = asked.toBuilder().messages(messages).build();
    Translation unsealed =
        new Translation(client, upstream, bare, reply, target, losses.anew(), mended, counts);
    unsealed.losses.note(Feature.FOREIGN_SEAL);
    if (gathering != null) {
      unsealed.gather();
    }
    return unsealed;
  }

  private static Content unsealed(Content content) {
    return content instanceof Content.ToolCall call && call.seal() != null
        ? call.withSeal(null)
        : content;
  }

  /** What became of the form that the client asked for; null when the provider held to it. */
  public @Nullable String form() {
    if (check == null) {
      return null;
    }
    String how = mended ? "repaired" : "instructed";
    return unfit == null ? how : "unfit";
  }

  /** True when the provider was asked for events. */
  public boolean asksForEvents() {
    return fitting.request().stream();
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

  /** The request as the provider gets it, without what anybody said in it. */
  public Outline outline() {
    return new Outline(written.path(), written.body());
  }

  /** The dialect at the other end. */
  public DialectId upstreamDialect() {
    return upstream.id();
  }

  /** What the request lost, by the names of the client's dialect. */
  public List<String> dropped() {
    return losses.dropped();
  }

  /** What the request loses, to be told what the host does not take. */
  public Losses losses() {
    return losses;
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
    if (reply.stream() && client.id() == DialectId.BEDROCK) {
      return "application/vnd.amazon.eventstream";
    }
    return reply.stream() && !reply.arraySought() ? client.streamType() : "application/json";
  }

  /**
   * A provider's whole answer for the client, as events if it asked for those.
   *
   * @throws Refusal of kind BAD_GATEWAY when it is none
   */
  public byte[] answer(byte[] body) {
    return answer(body, Json.read(body));
  }

  /**
   * The same for an answer that was read already.
   *
   * @param read a missing node when the body is no JSON
   * @throws Refusal of kind BAD_GATEWAY when it is no answer
   */
  public byte[] answer(byte[] body, JsonNode read) {
    if (counts) {
      return counting(client).answer(counting(upstream).read(body));
    }
    ChatAnswer answer = checked(fitting.restore(upstream.readAnswer(read, target.maker())));
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

  private ChatAnswer checked(ChatAnswer answer) {
    if (check == null) {
      return answer;
    }
    ChatAnswer bared = check.bared(answer);
    fault = check.fault(bared);
    unfit = fault == null ? null : bared;
    return bared;
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
