package dev.customhouse.flow.route;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Provider;
import dev.customhouse.store.Origin;
import dev.customhouse.store.Origins;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Finds the ways a request may take. Immutable; a changed configuration makes a new one. */
public final class Router {
  /** Ways of one request at most; those further behind are left out. */
  static final int LEGS = 16;

  /** Of requests by latency, those in percent that measure a way which is not the quickest. */
  static final int EXPLORED_PERCENT = 5;

  private static final Set<Operation> RESPONSE_OPERATIONS =
      EnumSet.of(
          Operation.RESPONSE_GET,
          Operation.RESPONSE_DELETE,
          Operation.RESPONSE_CANCEL,
          Operation.RESPONSE_INPUT_ITEMS);

  private final Routes routes;
  private final Fleet fleet;
  private final Origins origins;
  private final RandomGenerator random;
  private final Clock clock;

  /**
   * A router for these models.
   *
   * @param passedThrough names that a glob serves and that lists should show all the same
   */
  public Router(
      Map<String, Settings.Model> models,
      List<String> passedThrough,
      Fleet fleet,
      Origins origins,
      RandomGenerator random,
      Clock clock) {
    this.routes = new Routes(models, passedThrough, clock.instant());
    this.fleet = fleet;
    this.origins = origins;
    this.random = random;
    this.clock = clock;
  }

  /** The providers this router plans for. */
  public Fleet fleet() {
    return fleet;
  }

  /** True when a model of that name may be asked for. */
  public boolean knows(String model) {
    return routes.find(model) != null;
  }

  /**
   * What is to become of the call.
   *
   * @throws Refusal of kind NOT_FOUND with the nearest names, FORBIDDEN when the key may not use
   *     the model, INVALID_REQUEST when no provider of it speaks the dialect
   */
  public Plan plan(Caller caller, Call call) {
    if (call.operation() == Operation.LIST_MODELS) {
      return new Plan.Catalogue(permitted(caller));
    }
    if (call.operation() == Operation.GET_MODEL) {
      return new Plan.Card(card(caller, call.requestedModel()));
    }
    if (RESPONSE_OPERATIONS.contains(call.operation())) {
      return byOrigin(caller, call);
    }
    return switch (call.operation()) {
      case COUNT_TOKENS -> count(caller, call);
      case RESPONSE_COMPACT -> compaction(caller, call);
      default -> byModel(caller, call);
    };
  }

  /** Providers do it themselves where all can: what one makes has to be read by the next. */
  private Plan compaction(Caller caller, Call call) {
    Plan.Journey journey = byModel(caller, call);
    boolean all = journey.legs().stream().allMatch(leg -> serves(leg, call));
    return all ? journey : new Plan.Compaction(journey);
  }

  private boolean serves(Leg leg, Call call) {
    Provider provider = fleet.get(leg.provider());
    return provider != null
        && provider.host().serves(call.dialect(), call.operation(), leg.model());
  }

  /** One provider is asked once, if there is one that can tell; else the gateway estimates. */
  private Plan.Count count(Caller caller, Call call) {
    Routes.Found found = require(caller, call.requestedModel());
    List<Leg> legs = targets(found, call.requestedModel(), call);
    Origin bound = origin(caller, call);
    if (legs.isEmpty()) {
      return new Plan.Count(null);
    }
    Leg leg = (bound == null ? legs : boundFirst(bound, legs, call)).getFirst();
    Leg once =
        new Leg(leg.route(), leg.provider(), leg.model(), 1, leg.upstreamKeyId(), leg.dialect());
    return new Plan.Count(
        new Plan.Journey(
            List.of(once),
            Set.of(),
            Duration.ZERO,
            null,
            "count",
            caller.onUnsupported() == null
                ? found.model().onUnsupported()
                : caller.onUnsupported()));
  }

  private List<ModelCard> permitted(Caller caller) {
    return routes.cards().stream().filter(card -> caller.mayUse(card.id())).toList();
  }

  private ModelCard card(Caller caller, String asked) {
    Routes.Found found = require(caller, asked);
    return routes.cards().stream()
        .filter(card -> card.id().equals(asked))
        .findFirst()
        .orElseGet(() ->
            new ModelCard(asked, found.model().targets().getFirst().provider(), clock.instant()));
  }

  private Routes.Found require(Caller caller, String asked) {
    Routes.Found found = routes.find(asked);
    if (found == null) {
      List<String> near = NearestNames.of(asked, permitted(caller).stream().map(ModelCard::id));
      throw new Refusal(
          ErrorKind.NOT_FOUND,
          "model_not_found",
          "The model '%s' is not known here.".formatted(shown(asked))
              + (near.isEmpty()
                  ? " GET /v1/models lists those that are."
                  : " Did you mean '%s'?".formatted(String.join("', '", near))),
          "model",
          null);
    }
    if (!caller.mayUse(asked)) {
      throw new Refusal(
          ErrorKind.FORBIDDEN,
          "model_not_permitted",
          "The API key '%s' may not use the model '%s'.".formatted(caller.keyName(), shown(asked)),
          "model",
          null);
    }
    return found;
  }

  private Plan.Journey byModel(Caller caller, Call call) {
    String asked = call.requestedModel();
    Routes.Found found = require(caller, asked);
    Settings.Model model = found.model();
    List<Leg> legs = legs(caller, call, found, asked);
    if (legs.isEmpty()) {
      throw noDialect(found, asked, call);
    }
    Origin bound = origin(caller, call);
    return new Plan.Journey(
        bound == null ? legs : boundFirst(bound, legs, call),
        kinds(model.retry()),
        model.retry().backoff(),
        shadow(model, call),
        bound == null ? model.strategy().name().toLowerCase(Locale.ROOT) : "bound",
        caller.onUnsupported() == null ? model.onUnsupported() : caller.onUnsupported());
  }

  /** The targets of the model, then those of its fallbacks, then those of the fallbacks' own. */
  private List<Leg> legs(Caller caller, Call call, Routes.Found first, String asked) {
    List<Leg> legs = new ArrayList<>(targets(first, asked, call));
    Set<String> names = new LinkedHashSet<>(first.model().fallbacks());
    Set<String> followed = new HashSet<>(Set.of(asked));
    while (!names.isEmpty() && legs.size() < LEGS) {
      String name = names.iterator().next();
      names.remove(name);
      Routes.Found next = routes.find(name);
      if (next != null && followed.add(name) && caller.mayUse(name)) {
        for (Leg leg : targets(next, name, call)) {
          if (legs.size() < LEGS && legs.stream().noneMatch(leg::goesTheWayOf)) {
            legs.add(leg);
          }
        }
        names.addAll(next.model().fallbacks());
      }
    }
    return legs;
  }

  /** The targets of one model that can take the call, in the order of its strategy. */
  private List<Leg> targets(Routes.Found found, String asked, Call call) {
    Settings.Model model = found.model();
    List<Settings.Target> able = new ArrayList<>(model.targets().size());
    for (Settings.Target target : model.targets()) {
      Provider provider = fleet.get(target.provider());
      String upstream = found.upstreamName(target, asked);
      if (provider != null
          && target.weight() > 0
          && spoken(provider.host(), call, upstream) != null) {
        able.add(target);
      }
    }
    return ordered(able, found, asked, call.conversation()).stream()
        .map(target ->
            new Leg(
                model.name(),
                target.provider(),
                found.upstreamName(target, asked),
                Math.max(1, model.retry().attempts()),
                null,
                spoken(target, call, found.upstreamName(target, asked))))
        .toList();
  }

  private DialectId spoken(Settings.Target target, Call call, String model) {
    Provider provider = fleet.get(target.provider());
    DialectId spoken = provider == null ? null : spoken(provider.host(), call, model);
    return spoken == null ? call.dialect() : spoken;
  }

  /**
   * The client's own dialect where the host serves it, so that bytes pass untouched; chats and
   * counts are translated into another one. Null: the host does not do this.
   */
  private static @Nullable DialectId spoken(Host host, Call call, String model) {
    if (host.serves(call.dialect(), call.operation(), model)) {
      return call.dialect();
    }
    if (call.operation() == Operation.COUNT_TOKENS) {
      List<DialectId> counting = host.counting(model);
      return counting.isEmpty() ? null : counting.getFirst();
    }
    if (call.operation() == Operation.RESPONSE_COMPACT
        && host.serves(call.dialect(), Operation.CHAT, model)) {
      return call.dialect();
    }
    if (call.operation() == Operation.CHAT || call.operation() == Operation.RESPONSE_COMPACT) {
      for (DialectId dialect : host.preferred()) {
        if (host.serves(dialect, Operation.CHAT, model)) {
          return dialect;
        }
      }
    }
    return null;
  }

  private List<Settings.Target> ordered(
      List<Settings.Target> targets,
      Routes.Found found,
      String asked,
      @Nullable String conversation) {
    if (targets.size() < 2) {
      return targets;
    }
    return switch (found.model().strategy()) {
      case ORDERED -> targets;
      case WEIGHTED -> weighted(targets, found, asked, conversation);
      case LEAST_LATENCY -> quickest(targets, found, asked);
    };
  }

  /**
   * Those never measured come first, and now and then one that was slower: otherwise nobody would
   * measure them again.
   */
  private List<Settings.Target> quickest(
      List<Settings.Target> targets, Routes.Found found, String asked) {
    record Measured(Settings.Target target, double latency) {}
    List<Settings.Target> order =
        new ArrayList<>(
            targets.stream()
                .map(target -> new Measured(target, latency(target, found, asked)))
                .sorted(Comparator.comparingDouble(Measured::latency))
                .map(Measured::target)
                .toList());
    if (random.nextInt(100) < EXPLORED_PERCENT) {
      order.addFirst(order.remove(1 + random.nextInt(order.size() - 1)));
    }
    return order;
  }

  private double latency(Settings.Target target, Routes.Found found, String asked) {
    Provider provider = fleet.get(target.provider());
    return provider == null
        ? Double.MAX_VALUE
        : provider.health(found.upstreamName(target, asked)).firstByteNanos();
  }

  /**
   * Drawn by weight without putting back, so that the lighter ones are the heavier ones' reserve
   * (Efraimidis and Spirakis, 2006). A conversation draws the same each time: prompt caches and
   * encrypted reasoning are bound to where they were made.
   */
  private List<Settings.Target> weighted(
      List<Settings.Target> targets,
      Routes.Found found,
      String asked,
      @Nullable String conversation) {
    record Drawn(Settings.Target target, double ticket) {}
    return targets.stream()
        .map(target -> {
          String way = target.provider() + '\n' + found.upstreamName(target, asked);
          double unit = conversation == null ? random.nextDouble() : unit(conversation, way);
          return new Drawn(target, -Math.log(1 - unit) / target.weight());
        })
        .sorted(Comparator.comparingDouble(Drawn::ticket))
        .map(Drawn::target)
        .toList();
  }

  /** Always the same number for the same texts, from 0 to 1 (1 excluded), evenly spread. */
  private static double unit(String conversation, String way) {
    long z = conversation.hashCode() * 0x9e3779b97f4a7c15L + way.hashCode();
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
  }

  private @Nullable Leg shadow(Settings.Model model, Call call) {
    Settings.Shadow shadow = model.shadow();
    if (shadow == null || call.boundTo() != null || random.nextInt(100) >= shadow.percent()) {
      return null;
    }
    Routes.Found found = routes.find(shadow.model());
    if (found == null) {
      return null;
    }
    List<Leg> legs = targets(found, shadow.model(), call);
    return legs.isEmpty() ? null : legs.getFirst();
  }

  private static Set<ErrorKind> kinds(Settings.Retry retry) {
    Set<ErrorKind> kinds = EnumSet.noneOf(ErrorKind.class);
    for (Settings.RetryOn on : retry.on()) {
      kinds.add(
          switch (on) {
            case RATE_LIMITED -> ErrorKind.RATE_LIMITED;
            case OVERLOADED -> ErrorKind.OVERLOADED;
            case TIMEOUT -> ErrorKind.TIMEOUT;
            case NETWORK -> ErrorKind.NETWORK;
            case BAD_GATEWAY -> ErrorKind.BAD_GATEWAY;
          });
    }
    return kinds;
  }

  /** Whose state the call builds on; a response that the caller did not make is not known to it. */
  private @Nullable Origin origin(Caller caller, Call call) {
    String id = call.boundTo();
    if (id == null) {
      return null;
    }
    Origin origin = origins.find(caller.keyId(), id).orElse(null);
    if (origin == null && call.dialect() == DialectId.OPENAI_RESPONSES) {
      throw new Refusal(
          ErrorKind.INVALID_REQUEST,
          "previous_response_not_found",
          "The previous response '%s' was not made with this API key here.".formatted(shown(id)),
          "previous_response_id",
          null);
    }
    return origin;
  }

  /** Only in its own words does the provider go on from what it keeps. */
  private static List<Leg> boundFirst(Origin origin, List<Leg> legs, Call call) {
    for (Leg leg : legs) {
      if (leg.provider().equals(origin.provider()) && leg.dialect() == call.dialect()) {
        return List.of(
            new Leg(
                leg.route(),
                leg.provider(),
                leg.model(),
                leg.attempts(),
                origin.upstreamKeyId(),
                leg.dialect()));
      }
    }
    if (call.dialect() == DialectId.ANTHROPIC_MESSAGES) {
      throw new Refusal(
          ErrorKind.NOT_FOUND,
          "thread_not_found",
          "The thread is kept by the provider '%s', which does not serve the model '%s'."
              .formatted(origin.provider(), shown(call.requestedModel())));
    }
    throw new Refusal(
        ErrorKind.INVALID_REQUEST,
        "previous_response_elsewhere",
        "The previous response was made by the provider '%s', which does not serve the model '%s'."
            .formatted(origin.provider(), shown(call.requestedModel())),
        "previous_response_id",
        null);
  }

  private Plan.Journey byOrigin(Caller caller, Call call) {
    String id = call.resourceId();
    Origin origin = id == null ? null : origins.find(caller.keyId(), id).orElse(null);
    if (origin == null || fleet.get(origin.provider()) == null) {
      throw new Refusal(
          ErrorKind.NOT_FOUND,
          "response_not_found",
          "The response '%s' was not made with this API key here."
              .formatted(shown(id == null ? "" : id)),
          "response_id",
          null);
    }
    Leg leg =
        new Leg(
            "(stored)",
            origin.provider(),
            origin.upstreamModel(),
            2,
            origin.upstreamKeyId(),
            call.dialect());
    return new Plan.Journey(
        List.of(leg),
        EnumSet.of(ErrorKind.NETWORK, ErrorKind.OVERLOADED),
        Duration.ofMillis(200),
        null,
        "bound",
        OnUnsupported.LISTED);
  }

  /**
   * Notes which upstream made an answer that the client may come back to by its id. A translated
   * answer has another id there, and is not kept there in the client's dialect.
   */
  public void remember(
      Caller caller, Call call, Leg leg, String upstreamKeyId, @Nullable String responseId) {
    String beta = call.headers().get("anthropic-beta");
    boolean stateful =
        call.dialect() == DialectId.OPENAI_RESPONSES && call.operation() == Operation.CHAT
            || beta != null && beta.contains("message-threads");
    boolean own = leg.dialect() == call.dialect();
    if (responseId != null && stateful && own && responseId.length() <= Origins.RESPONSE_ID_CHARS) {
      Instant now = clock.instant();
      origins.put(
          responseId, new Origin(caller.keyId(), leg.provider(), upstreamKeyId, leg.model(), now));
    }
  }

  private Refusal noDialect(Routes.Found found, String asked, Call call) {
    Settings.Target target = found.model().targets().getFirst();
    return new Refusal(
        ErrorKind.INVALID_REQUEST,
        "dialect_not_served",
        "The model '%s' is served by the provider '%s', which does not offer %s in the dialect '%s'."
            .formatted(
                shown(asked), target.provider(), call.operation().label(), call.dialect().label()),
        "model",
        null);
  }

  private static String shown(String name) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < Math.min(name.length(), 128); i++) {
      clean.append(name.charAt(i) < ' ' ? '?' : name.charAt(i));
    }
    return clean.toString();
  }
}
