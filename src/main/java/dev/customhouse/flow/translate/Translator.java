package dev.customhouse.flow.translate;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Codecs;
import dev.customhouse.dialect.Dialects;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Outgoing;
import dev.customhouse.dialect.RefusedProofs;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.TokenEstimate;
import dev.customhouse.dialect.Translation;
import dev.customhouse.dialect.Written;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.wire.UpstreamRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes calls for the providers of their legs. Where both ends speak one dialect the bytes pass as
 * they are but for the model's name; else the call is translated by way of the hub. Nothing of one
 * attempt gets into the next: each is written from the call anew.
 */
public final class Translator {
  private static final String ANTHROPIC_VERSION = "2023-06-01";

  private final Dialects dialects;
  private final Codecs codecs;
  private final LossTable losses;
  private final Seals seals;
  private final MediaFetcher media;
  private final String userAgent;
  private final Clock clock;

  /** A translator that names the gateway so to providers. */
  public Translator(
      Dialects dialects,
      Codecs codecs,
      LossTable losses,
      Seals seals,
      MediaFetcher media,
      String userAgent,
      Clock clock) {
    this.dialects = dialects;
    this.codecs = codecs;
    this.losses = losses;
    this.seals = seals;
    this.media = media;
    this.userAgent = userAgent;
    this.clock = clock;
  }

  /** One call, to be written for one leg after another. Used by the request's thread alone. */
  public Letter letter(Caller caller, Call call, Fleet fleet, OnUnsupported onUnsupported) {
    return new Letter(caller, call, fleet, onUnsupported);
  }

  /** One call, to be written for one leg after another. Used by one thread. */
  public final class Letter {
    private final Caller caller;
    private final Call call;
    private final Fleet fleet;
    private final OnUnsupported onUnsupported;
    private final FetchedMedia fetched = media.forCall();
    private final Instant at = clock.instant();
    private @Nullable ChatRequest understood;
    private @Nullable Translation last;

    private Letter(Caller caller, Call call, Fleet fleet, OnUnsupported onUnsupported) {
      this.caller = caller;
      this.call = call;
      this.fleet = fleet;
      this.onUnsupported = onUnsupported;
    }

    /**
     * Fetches media that the leg's provider wants inside the request.
     *
     * @throws Refusal of kind INVALID_REQUEST when the call is not one of its dialect
     */
    public void prepare(Leg leg) throws InterruptedException {
      if (leg.dialect() != call.dialect() && call.operation() == Operation.CHAT) {
        refuseWhatIsKeptElsewhere(leg);
        ChatRequest asked = understood(codecs.get(call.dialect()));
        fetched.fetch(asked, codecs.get(leg.dialect()), target(leg));
      }
    }

    private Target target(Leg leg) {
      Provider provider = Objects.requireNonNull(fleet.get(leg.provider()));
      return new Target(leg.provider(), provider.host().type(), leg.model());
    }

    /**
     * The request for the leg's provider, still without its key.
     *
     * @param traceparent the header for the caller's distributed trace
     * @throws Refusal of kind INVALID_REQUEST when the leg's dialect cannot carry the call
     */
    public Outgoing towards(Leg leg, String traceparent, Duration firstByteTimeout) {
      Provider provider = Objects.requireNonNull(fleet.get(leg.provider()));
      if (leg.dialect() != call.dialect()) {
        return translated(leg, provider, traceparent, firstByteTimeout);
      }
      byte[] body =
          dialects
              .get(call.dialect())
              .body(call, leg.model(), provider.host().takesStreamOptions());
      UpstreamRequest request =
          new UpstreamRequest(
              call.method(),
              provider.uri(call, leg.model()),
              headers(provider, traceparent),
              body,
              firstByteTimeout);
      return passing(leg, provider, request, ofItsOwn(leg), () -> unsealed(leg, provider, request));
    }

    /** What a request loses on its way to a provider of the client's dialect. */
    private Losses ofItsOwn(Leg leg) {
      return new Losses(losses, call.dialect(), call.dialect(), target(leg), onUnsupported);
    }

    private Outgoing passing(
        Leg leg,
        Provider provider,
        UpstreamRequest request,
        Losses lost,
        Supplier<@Nullable Outgoing> unsealed) {
      UpstreamRequest rehosted = provider.host().rehosted(request, leg.dialect(), lost);
      return new Outgoing(call, rehosted, lost, null, () -> null, unsealed);
    }

    /**
     * The same call without the proofs of reasoning that the provider has refused; null when there
     * are none in it, or nothing is to be left out: then the provider's own words say what is
     * wrong.
     */
    private @Nullable Outgoing unsealed(Leg leg, Provider provider, UpstreamRequest refused) {
      if (call.operation() != Operation.CHAT) {
        return null;
      }
      Codec codec = codecs.get(call.dialect());
      Losses lost = ofItsOwn(leg);
      try {
        Written bare = RefusedProofs.leftOut(codec, codec.readRequest(call), target(leg), lost);
        return bare == null
            ? null
            : passing(
                leg, provider, refused.with(refused.headers(), bare.body()), lost, () -> null);
      } catch (Refusal e) {
        return null;
      }
    }

    private Outgoing translated(
        Leg leg, Provider provider, String traceparent, Duration firstByteTimeout) {
      refuseWhatIsKeptElsewhere(leg);
      Target target = target(leg);
      Codec client = codecs.get(call.dialect());
      Codec upstream = codecs.get(leg.dialect());
      ChatRequest asked = understood(client);
      if (call.operation() == Operation.COUNT_TOKENS) {
        Translation count =
            Translation.ofCount(client, upstream, reply(asked), target, losses, onUnsupported);
        return outgoing(leg, provider, count, traceparent, firstByteTimeout);
      }
      Translation translation =
          Translation.of(
              client,
              upstream,
              reply(fetched.inlined(asked, upstream, target)),
              target,
              losses,
              onUnsupported,
              fetched.trouble(asked, upstream, target));
      if (!echoesReasoning()) {
        translation.gather();
      }
      return outgoing(leg, provider, translation, traceparent, firstByteTimeout);
    }

    private Outgoing outgoing(
        Leg leg,
        Provider provider,
        Translation translation,
        String traceparent,
        Duration firstByteTimeout) {
      last = translation;
      Written written = translation.written();
      Call outgoing =
          new Call(
              call.requestId(),
              call.operation(),
              leg.dialect(),
              "POST",
              written.path(),
              written.query(),
              written.headers(),
              written.body(),
              leg.model(),
              null,
              translation.asksForEvents(),
              true,
              Call.Marks.NONE,
              call.conversation(),
              null);
      Headers.Builder headers = written.headers().toBuilder();
      headers.add("content-type", "application/json");
      if (leg.dialect() == DialectId.ANTHROPIC_MESSAGES) {
        headers.add("anthropic-version", ANTHROPIC_VERSION);
      }
      copy("tracestate", headers);
      own(headers, provider, traceparent);
      UpstreamRequest request =
          new UpstreamRequest(
              "POST",
              provider.uri(outgoing, leg.model()),
              headers.build(),
              written.body(),
              firstByteTimeout);
      return new Outgoing(
          outgoing,
          provider.host().rehosted(request, leg.dialect(), translation.losses()),
          translation.losses(),
          translation,
          () -> once(translation.again(), leg, provider, traceparent, firstByteTimeout),
          () -> once(translation.unsealed(), leg, provider, traceparent, firstByteTimeout));
    }

    private @Nullable Outgoing once(
        @Nullable Translation more,
        Leg leg,
        Provider provider,
        String traceparent,
        Duration firstByteTimeout) {
      return more == null ? null : outgoing(leg, provider, more, traceparent, firstByteTimeout);
    }

    /**
     * The answer to a question how many tokens a prompt has, by estimate.
     *
     * @throws Refusal of kind INVALID_REQUEST when it is no prompt
     */
    public byte[] estimate() {
      Codec client = codecs.get(call.dialect());
      TokenCount counting = Objects.requireNonNull(client.counting());
      return counting.answer(TokenEstimate.of(understood(client)));
    }

    /**
     * What a client that does not wait for the answer is told instead of it.
     *
     * @param legs the ways that it may take
     * @throws Refusal of kind INVALID_REQUEST when it is no chat, or the dialect of none of the
     *     ways can carry it
     */
    public byte[] queued(List<Leg> legs) throws InterruptedException {
      Codec client = codecs.get(call.dialect());
      byte[] queued = Objects.requireNonNull(client.queued(reply(understood(client))));
      Refusal unwritable = null;
      for (Leg leg : legs) {
        try {
          prepare(leg);
          var unused = towards(leg, "", Duration.ZERO);
          return queued;
        } catch (Refusal e) {
          unwritable = e;
        }
      }
      throw Objects.requireNonNull(unwritable, "no ways");
    }

    /** Without the earlier answer that it goes on from, the call would be another one. */
    private void refuseWhatIsKeptElsewhere(Leg leg) {
      if (call.boundTo() == null) {
        return;
      }
      boolean thread = call.dialect() == DialectId.ANTHROPIC_MESSAGES;
      throw new Refusal(
          thread ? ErrorKind.NOT_FOUND : ErrorKind.INVALID_REQUEST,
          thread ? "thread_not_found" : "previous_response_not_found",
          "The provider '%s' does not know the earlier answer that the request goes on from: send the whole conversation."
              .formatted(leg.provider()),
          thread ? null : "previous_response_id",
          null);
    }

    private ChatRequest understood(Codec client) {
      ChatRequest asked = understood;
      if (asked == null) {
        asked = client.readRequest(call);
        asked = echoesReasoning() ? asked : seals.restored(caller, asked);
        understood = asked;
      }
      return asked;
    }

    private Reply reply(ChatRequest asked) {
      String query = call.query();
      boolean array =
          call.dialect() == DialectId.GEMINI
              && call.stream()
              && (query == null || !query.contains("alt=sse"));
      return new Reply(
          call.requestId(),
          call.requestedModel(),
          call.stream(),
          call.usageAsked(),
          array,
          at,
          TokenEstimate.of(asked),
          asked);
    }

    /** Chat Completions have no place for a proof of reasoning that every client would echo. */
    private boolean echoesReasoning() {
      return call.dialect() != DialectId.OPENAI_CHAT;
    }

    /** The answer is over: what the next request will need of it is kept. */
    public void answered() {
      Translation translation = last;
      ChatAnswer answer = translation == null ? null : translation.answered();
      if (answer != null) {
        seals.keep(caller, answer);
      }
    }

    private void copy(String name, Headers.Builder headers) {
      String value = call.headers().get(name);
      if (value != null) {
        headers.add(name, value);
      }
    }

    private Headers headers(Provider provider, String traceparent) {
      Headers.Builder headers = Headers.builder();
      Headers given = call.headers();
      for (int i = 0; i < given.size(); i++) {
        if (Outbound.passes(given.nameAt(i))) {
          headers.add(given.nameAt(i), given.valueAt(i));
        }
      }
      if (call.body().length > 0 && !given.contains("content-type")) {
        headers.add("content-type", "application/json");
      }
      if (call.dialect() == DialectId.ANTHROPIC_MESSAGES && !given.contains("anthropic-version")) {
        headers.add("anthropic-version", ANTHROPIC_VERSION);
      }
      own(headers, provider, traceparent);
      return headers.build();
    }

    /** What is the gateway's or the configuration's to say. */
    private void own(Headers.Builder headers, Provider provider, String traceparent) {
      headers.set("traceparent", traceparent);
      headers.add("user-agent", userAgent);
      headers.add("accept-encoding", "identity");
      Headers configured = provider.headers();
      for (int i = 0; i < configured.size(); i++) {
        if (configured.nameAt(i).equalsIgnoreCase("anthropic-beta")) {
          // A list: what the client wants of it stays.
          headers.add(configured.nameAt(i), configured.valueAt(i));
        } else {
          headers.set(configured.nameAt(i), configured.valueAt(i));
        }
      }
    }
  }
}
