package dev.customhouse.flow.upstream;

import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Observation;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Outline;
import dev.customhouse.dialect.StreamObserver;
import dev.customhouse.dialect.Translation;
import dev.customhouse.provider.Provider;
import dev.customhouse.wire.UpstreamAnswer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's answer, ready to be shown to the client. Closing it gives back the connection and
 * the place at the provider, and cancels what is still under way.
 */
public final class Delivery implements AutoCloseable {
  private final Leg leg;
  private final String upstreamKeyId;
  private final int status;
  private final Headers headers;
  private final Content content;
  private final Deadline deadline;
  private final @Nullable UpstreamAnswer answer;
  private final Provider.@Nullable Permit permit;
  private final @Nullable Losses losses;
  private final @Nullable Translation translation;
  private long contentBytes;
  private Observation before = Observation.NONE;

  /** What there is to show. */
  sealed interface Content {
    /**
     * A whole body.
     *
     * @param isStream true when it is a stream that came to its end before it was shown
     */
    record Whole(byte[] body, Observation seen, StreamObserver observer, boolean isStream)
        implements Content {}

    /** Events. */
    record Events(EventRelay relay) implements Content {}

    /** Bytes of another kind as they come: audio, a JSON array that grows. */
    record Pieces(UpstreamAnswer answer, byte[] first, PieceObserver observer) implements Content {}

    /** The upstream's own words about what was wrong; the message is among them. */
    record Error(ErrorKind kind, byte[] body, String message, StreamObserver observer)
        implements Content {}
  }

  Delivery(
      Leg leg,
      String upstreamKeyId,
      int status,
      Headers headers,
      Content content,
      Deadline deadline,
      @Nullable UpstreamAnswer answer,
      Provider.@Nullable Permit permit,
      @Nullable Losses losses,
      @Nullable Translation translation) {
    this.leg = leg;
    this.upstreamKeyId = upstreamKeyId;
    this.status = status;
    this.headers = headers;
    this.content = content;
    this.deadline = deadline;
    this.answer = answer;
    this.permit = permit;
    this.losses = losses;
    this.translation = translation;
  }

  /** What the request lost on its way to another dialect or host. */
  public List<String> dropped() {
    return losses == null ? List.of() : losses.dropped();
  }

  /** The request as the provider got it; null when the client's bytes passed. */
  public @Nullable Outline outline() {
    return translation == null ? null : translation.outline();
  }

  /**
   * What became of the form that the client asked for, where the model could not be held to it;
   * null: nothing was asked, or the provider held to it.
   */
  public @Nullable String form() {
    return translation == null ? null : translation.form();
  }

  /** The way it came. */
  public Leg leg() {
    return leg;
  }

  /** The label of the upstream key that was used. */
  public String upstreamKeyId() {
    return upstreamKeyId;
  }

  int status() {
    return status;
  }

  Headers headers() {
    return headers;
  }

  Content content() {
    return content;
  }

  /** When its last byte must have been sent. */
  Deadline deadline() {
    return deadline;
  }

  void sent(long bytes) {
    contentBytes += bytes;
  }

  /** Bytes of content that the client was sent. */
  public long contentBytes() {
    return contentBytes;
  }

  /** Events of content that the client was sent; 0 when it is no stream. */
  public int contentEvents() {
    return content instanceof Content.Events events ? events.relay().contentEvents() : 0;
  }

  /** True when it is the upstream's refusal of the request. */
  public boolean isError() {
    return content instanceof Content.Error;
  }

  /** True when it is a refusal because of what the request holds: too long, or not well-formed. */
  public boolean isOfTheRequest() {
    return content instanceof Content.Error && (status == 400 || status == 413);
  }

  /** An answer before this one was not shown; what it used counts all the same. */
  Delivery after(Observation first) {
    before = first;
    return this;
  }

  /** What the answer has told so far; its usage is that of an answer not shown before it too. */
  public Observation observation() {
    Observation seen = seen();
    Usage used = before.usage();
    if (used == null) {
      return seen;
    }
    return new Observation(
        seen.responseId(),
        seen.responseModel(),
        seen.finish(),
        used.plus(seen.usage()),
        seen.complete());
  }

  private Observation seen() {
    return switch (content) {
      case Content.Whole whole -> whole.seen();
      case Content.Events events -> events.relay().observer().observation();
      case Content.Pieces pieces -> pieces.observer().observation();
      case Content.Error ignored -> Observation.NONE;
    };
  }

  /** Gives back the connection but not the place. */
  void leave() {
    if (answer != null) {
      answer.close();
    }
  }

  @Override
  public void close() {
    leave();
    if (permit != null) {
      permit.close();
    }
  }
}
