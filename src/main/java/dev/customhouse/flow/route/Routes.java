package dev.customhouse.flow.route;

import dev.customhouse.canonical.ModelCard;
import dev.customhouse.config.ModelNames;
import dev.customhouse.config.Settings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The models of a configuration: what clients may ask for, and where it leads. */
final class Routes {
  private final Map<String, Settings.Model> models;
  private final ModelNames names;
  private final List<ModelCard> cards = new ArrayList<>();

  Routes(Map<String, Settings.Model> models, List<String> passedThrough, Instant since) {
    this.models = models;
    this.names = new ModelNames(models.keySet());
    for (Settings.Model model : models.values()) {
      if (model.name().indexOf('*') < 0) {
        cards.add(new ModelCard(model.name(), model.targets().getFirst().provider(), since));
      }
    }
    for (String name : passedThrough) {
      names
          .find(name)
          .map(match -> models.get(match.name()))
          .filter(model -> !models.containsKey(name))
          .ifPresent(model ->
              cards.add(new ModelCard(name, model.targets().getFirst().provider(), since)));
    }
  }

  /** A model that was asked for by name, and what the star of its glob stands for. */
  record Found(Settings.Model model, String star) {
    /** The name that a target's provider knows the model by. */
    String upstreamName(Settings.Target target, String asked) {
      String name = target.model();
      if (name == null) {
        return asked;
      }
      return name.equals("*") ? star : name;
    }
  }

  @Nullable Found find(String asked) {
    Optional<ModelNames.Match> match = names.find(asked);
    if (match.isEmpty()) {
      return null;
    }
    Settings.Model model = models.get(match.get().name());
    return model == null ? null : new Found(model, match.get().star());
  }

  /** The models with a name of their own; globs have none. */
  List<ModelCard> cards() {
    return cards;
  }
}
