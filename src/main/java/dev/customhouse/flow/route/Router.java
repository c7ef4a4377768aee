package dev.customhouse.flow.route;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.ModelCard;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.Provider;
import dev.customhouse.store.Origin;
import dev.customhouse.store.Origins;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Finds the ways a request may take. Immutable; a changed configuration makes a new one. */
public final class Router {
  /** The longest chain of fallbacks that is followed. */
  private static final int LEGS = 16;

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
    return byModel(caller, call);
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
    List<Leg> legs = new ArrayList<>();
    add(legs, found, asked, call, true);
    for (String fallback : model.fallbacks()) {
      Routes.Found next = routes.find(fallback);
      if (next != null && caller.mayUse(fallback) && legs.size() < LEGS) {
        add(legs, next, fallback, call, false);
      }
    }
    if (legs.isEmpty()) {
      throw noDialect(found, asked, call);
    }
    Origin bound = origin(caller, call);
    return new Plan.Journey(
        bound == null ? legs : boundFirst(bound, legs, asked),
        kinds(model.retry()),
        model.retry().backoff(),
        shadow(model, call),
        bound == null ? model.strategy().name().toLowerCase(Locale.ROOT) : "bound");
  }

  /** Adds the targets of one model, in the order of its strategy. */
  private void add(List<Leg> legs, Routes.Found found, String asked, Call call, boolean first) {
    Settings.Model model = found.model();
    List<Settings.Target> able = new ArrayList<>(model.targets().size());
    for (Settings.Target target : model.targets()) {
      Provider provider = fleet.get(target.provider());
      if (provider != null
          && target.weight() > 0
          && provider.host().serves(call.dialect(), call.operation())) {
        able.add(target);
      }
    }
    for (Settings.Target target : ordered(able, found, asked)) {
      legs.add(
          new Leg(
              model.name(),
              target.provider(),
              found.upstreamName(target, asked),
              Math.max(1, model.retry().attempts()),
              null));
    }
  }

  private List<Settings.Target> ordered(
      List<Settings.Target> targets, Routes.Found found, String asked) {
    if (targets.size() < 2) {
      return targets;
    }
    return switch (found.model().strategy()) {
      case ORDERED -> targets;
      case WEIGHTED -> weighted(new ArrayList<>(targets));
      case LEAST_LATENCY ->
          targets.stream()
              .sorted(Comparator.comparingDouble(target -> latency(target, found, asked)))
              .toList();
    };
  }

  /** Those never measured come first: otherwise nobody would ever measure them. */
  private double latency(Settings.Target target, Routes.Found found, String asked) {
    Provider provider = fleet.get(target.provider());
    return provider == null
        ? Double.MAX_VALUE
        : provider.health(found.upstreamName(target, asked)).firstByteNanos();
  }

  /** Drawn without putting back, so that the lighter ones are the heavier ones' reserve. */
  private List<Settings.Target> weighted(List<Settings.Target> urn) {
    List<Settings.Target> drawn = new ArrayList<>(urn.size());
    while (!urn.isEmpty()) {
      int total = urn.stream().mapToInt(Settings.Target::weight).sum();
      int ticket = random.nextInt(total);
      int index = 0;
      while (ticket >= urn.get(index).weight()) {
        ticket -= urn.get(index++).weight();
      }
      drawn.add(urn.remove(index));
    }
    return drawn;
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
    List<Leg> legs = new ArrayList<>();
    add(legs, found, shadow.model(), call, false);
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

  private static List<Leg> boundFirst(Origin origin, List<Leg> legs, String asked) {
    for (Leg leg : legs) {
      if (leg.provider().equals(origin.provider())) {
        return List.of(
            new Leg(
                leg.route(), leg.provider(), leg.model(), leg.attempts(), origin.upstreamKeyId()));
      }
    }
    throw new Refusal(
        ErrorKind.INVALID_REQUEST,
        "previous_response_elsewhere",
        "The previous response was made by the provider '%s', which does not serve the model '%s'."
            .formatted(origin.provider(), shown(asked)),
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
        new Leg("(stored)", origin.provider(), origin.upstreamModel(), 2, origin.upstreamKeyId());
    return new Plan.Journey(
        List.of(leg),
        EnumSet.of(ErrorKind.NETWORK, ErrorKind.OVERLOADED),
        Duration.ofMillis(200),
        null,
        "bound");
  }

  /** Notes which upstream made an answer that the client may come back to by its id. */
  public void remember(
      Caller caller, Call call, Leg leg, String upstreamKeyId, @Nullable String responseId) {
    String beta = call.headers().get("anthropic-beta");
    boolean stateful =
        call.dialect() == DialectId.OPENAI_RESPONSES && call.operation() == Operation.CHAT
            || beta != null && beta.contains("message-threads");
    if (responseId != null && stateful && responseId.length() <= Origins.RESPONSE_ID_CHARS) {
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
