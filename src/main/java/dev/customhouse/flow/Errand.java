package dev.customhouse.flow;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.Leg;
import dev.customhouse.canonical.Plan;
import dev.customhouse.canonical.Usage;
import dev.customhouse.flow.recall.Recollection;
import dev.customhouse.flow.route.Router;
import dev.customhouse.flow.translate.Translator;
import dev.customhouse.flow.upstream.Delivery;
import dev.customhouse.flow.usage.Counter;
import dev.customhouse.provider.Fleet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that is to travel: whose it is, what it has with it, and the ways it may take. */
record Errand(Plan.Journey journey, Caller caller, Recollection memory, Router route) {
  Call call() {
    return memory.call();
  }

  Fleet fleet() {
    return route.fleet();
  }

  /**
   * The same without the ways on which its bytes would pass: a provider that is sent them works in
   * the background itself.
   */
  Errand withoutLegsOfItsDialect() {
    List<Leg> legs =
        journey.legs().stream().filter(leg -> leg.dialect() != call().dialect()).toList();
    return new Errand(journey.along(legs), caller, memory, route);
  }

  /** The call, to be written for one leg after another. */
  Translator.Letter letter(Translator translate) {
    return translate.letter(caller, call(), fleet(), journey.onUnsupported());
  }

  /** Notes which upstream made the answer, if the client may come back to it by its id. */
  void remember(Delivery delivery) {
    String id = delivery.observation().responseId();
    route.remember(caller, call(), delivery.leg(), delivery.upstreamKeyId(), id);
  }

  /** What the answer used, as far as it has come; null when it was refused, or is not counted. */
  @Nullable Usage used(Delivery delivery, Counter counter) {
    return delivery.isError()
        ? null
        : counter.count(
            call(), delivery.observation(), delivery.contentBytes(), delivery.contentEvents());
  }
}
