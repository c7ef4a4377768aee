package dev.customhouse;

import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.config.Settings;
import dev.customhouse.flow.route.Router;
import dev.customhouse.provider.Fleet;
import dev.customhouse.provider.ModelLists;
import dev.customhouse.provider.Provider;
import dev.customhouse.provider.sandbox.Sandbox;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.store.Origins;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Builds the router of a configuration, and of what the providers say they have. */
final class Models {
  private final Providers providers;
  private final Origins origins;
  private final RandomGenerator random;
  private final Clock clock;
  private Settings settings;
  private Fleet fleet;
  private List<String> discovered = List.of();
  private volatile Router router;

  Models(
      Providers providers,
      Origins origins,
      RandomGenerator random,
      Clock clock,
      Settings settings) {
    this.providers = providers;
    this.origins = origins;
    this.random = random;
    this.clock = clock;
    this.settings = settings;
    this.fleet = providers.fleet(settings);
    this.router = build(settings, fleet, discovered);
  }

  /** The router in force. */
  Router router() {
    return router;
  }

  /** Takes other settings; nothing changes when they cannot be built. */
  synchronized Router change(Settings changed) {
    Fleet changedFleet = providers.fleet(changed);
    Router changedRouter = build(changed, changedFleet, discovered);
    settings = changed;
    fleet = changedFleet;
    router = changedRouter;
    return changedRouter;
  }

  /** Asks every provider that a glob leads to for its models. */
  Router discover() throws InterruptedException {
    Settings asked;
    Fleet askedFleet;
    synchronized (this) {
      asked = settings;
      askedFleet = fleet;
    }
    Set<String> names = new LinkedHashSet<>();
    for (Provider provider : askedFleet.all()) {
      if (!provider.id().equals(SandboxHost.TYPE) && isBehindGlob(asked, provider.id())) {
        for (String name : ModelLists.of(provider)) {
          names.addAll(askable(asked, provider.id(), name));
        }
      }
    }
    synchronized (this) {
      discovered = List.copyOf(names);
      router = build(settings, fleet, discovered);
      return router;
    }
  }

  private static boolean isBehindGlob(Settings settings, String provider) {
    return settings.models().values().stream()
        .anyMatch(model ->
            model.name().indexOf('*') >= 0
                && model.targets().getFirst().provider().equals(provider));
  }

  /** By which names a client can ask for the provider's model: its own, or {@code provider/own}. */
  private static List<String> askable(Settings settings, String provider, String name) {
    List<String> askable = new ArrayList<>(1);
    for (String candidate : List.of(name, provider + "/" + name)) {
      Optional<Settings.Model> model =
          settings.modelNames().find(candidate).map(match -> settings.models().get(match.name()));
      if (askable.isEmpty()
          && model.isPresent()
          && model.get().targets().getFirst().provider().equals(provider)) {
        askable.add(candidate);
      }
    }
    return askable;
  }

  private Router build(Settings from, Fleet through, List<String> shown) {
    Map<String, Settings.Model> models = new LinkedHashMap<>(from.models());
    if (from.gateway().sandbox()) {
      for (String model : Sandbox.models()) {
        models.putIfAbsent("sandbox/" + model, sandboxModel("sandbox/" + model));
      }
    }
    return new Router(models, shown, through, origins, random, clock);
  }

  private static Settings.Model sandboxModel(String name) {
    return new Settings.Model(
        name,
        List.of(new Settings.Target(SandboxHost.TYPE, null, 1)),
        List.of(),
        Settings.Strategy.ORDERED,
        new Settings.Retry(1, Set.of(), Duration.ofMillis(200)),
        null,
        OnUnsupported.LISTED);
  }
}
