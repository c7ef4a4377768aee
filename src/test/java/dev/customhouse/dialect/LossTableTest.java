package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Target;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The table of losses and the codecs agree: what a client of any dialect asks is found in what is
 * written for any other, or the table says that it may be missing and the client is told.
 */
class LossTableTest {
  private static final LossTable TABLE = LossTable.load();

  /** What became of a feature on one way. */
  private sealed interface Outcome {
    record Refused(String field, String message) implements Outcome {}

    record Written(
        @Nullable String before,
        @Nullable String after,
        String body,
        List<String> dropped,
        Set<String> unlisted)
        implements Outcome {}
  }

  private static Outcome outcome(
      FeatureCases.Case each, DialectId to, Target target, OnUnsupported policy) {
    ChatRequest asked = Crossing.read(each.from(), each.body());
    try {
      Translation translation = Crossing.translate(each.from(), asked, to, target, policy);
      return new Outcome.Written(
          FeatureCases.of(each.feature(), asked),
          FeatureCases.of(each.feature(), Crossing.arrived(translation, target.model())),
          new String(translation.written().body(), java.nio.charset.StandardCharsets.UTF_8),
          translation.dropped(),
          translation.unlisted());
    } catch (Refusal refusal) {
      assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
      return new Outcome.Refused(
          Objects.requireNonNullElse(refusal.param(), ""),
          Objects.requireNonNullElse(refusal.getMessage(), ""));
    }
  }

  @Test
  void everyCaseHasWhatItIsACaseOf() {
    List<String> faults = new ArrayList<>();
    for (FeatureCases.Case each : FeatureCases.all()) {
      ChatRequest asked = Crossing.read(each.from(), each.body());
      if (FeatureCases.of(each.feature(), asked) == null) {
        faults.add(each + " is not understood: " + asked);
      }
    }
    assertThat(String.join("\n", faults)).isEmpty();
  }

  @Test
  void whatBecomesOfEveryFeatureIsWhatTheTableSays() {
    List<String> faults = new ArrayList<>();
    int ways = 0;
    for (FeatureCases.Case each : FeatureCases.all()) {
      LossTable.FeatureRow row = TABLE.of(each.feature());
      for (DialectId to : DialectId.values()) {
        if (to == each.from()) {
          continue;
        }
        for (Target target : Crossing.targets(to)) {
          ways++;
          String fault = fault(each, row, to, target);
          if (fault != null) {
            faults.add("%s to %s %s: %s".formatted(each, to.label(), target.model(), fault));
          }
        }
      }
    }
    assertThat(ways).isGreaterThan(1000);
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static @Nullable String fault(
      FeatureCases.Case each, LossTable.FeatureRow row, DialectId to, Target target) {
    LossTable.Fates fates = Objects.requireNonNull(row.to().get(to));
    Set<LossTable.Fate> allowed = EnumSet.of(fates.usual());
    if (fates.otherwise() != null) {
      allowed.add(fates.otherwise());
    }
    String name = Objects.requireNonNull(row.names().get(each.from()));
    Outcome listed = outcome(each, to, target, OnUnsupported.LISTED);
    Outcome dropping = outcome(each, to, target, OnUnsupported.DROP);
    Outcome strict = outcome(each, to, target, OnUnsupported.ERROR);
    return switch (listed) {
      case Outcome.Refused refused -> {
        if (!allowed.contains(LossTable.Fate.REFUSED)) {
          yield "refused, which the table does not say: " + refused.message();
        } else if (!refused.message().contains(target.model())
            || !refused.message().contains(refused.field())) {
          yield "the refusal names neither field nor model: " + refused;
        } else if (dropping instanceof Outcome.Refused != row.always()) {
          yield "refused or not, but not as losses are to be dropped: " + dropping;
        } else if (dropping instanceof Outcome.Written left && left.dropped().isEmpty()) {
          yield "dropped, and nobody was told";
        } else if (!(strict instanceof Outcome.Refused)) {
          yield "not refused though losses are to be errors";
        }
        yield null;
      }
      case Outcome.Written written -> {
        boolean told =
            written.dropped().stream()
                .anyMatch(field -> field.startsWith(name) || name.startsWith(field));
        if (!written.unlisted().isEmpty()) {
          yield "lost and not listed: " + written.unlisted();
        } else if (told && !allowed.contains(LossTable.Fate.DROPPED)) {
          yield "dropped, which the table does not say: " + written.dropped();
        } else if (strict instanceof Outcome.Refused == written.dropped().isEmpty()) {
          yield "with %s dropped, as an error it is %s".formatted(written.dropped(), strict);
        } else if (!told && !arrived(written, each, allowed)) {
          yield "%s became %s, and nobody was told: %s in %s"
              .formatted(written.before(), written.after(), written.dropped(), written.body());
        }
        yield null;
      }
    };
  }

  private static boolean arrived(
      Outcome.Written written, FeatureCases.Case each, Set<LossTable.Fate> allowed) {
    if (written.after() != null && written.after().equals(written.before())) {
      return true;
    }
    boolean mapped = allowed.contains(LossTable.Fate.MAPPED);
    if (mapped && each.feature() == Feature.PARALLEL_TOOL_CALLS) {
      // The answer is held to it, not the request.
      return true;
    }
    return mapped
        && (written.after() != null
            || !each.trace().isEmpty() && written.body().contains(each.trace()));
  }

  @Test
  void everyFeatureOfRequestsHasACaseFromEveryDialectThatNamesIt() {
    List<String> missing = new ArrayList<>();
    for (LossTable.FeatureRow row : TABLE.features()) {
      if (!row.feature().name().startsWith("ANSWER_") && row.feature() != Feature.REASONING_SEAL) {
        for (DialectId from : row.names().keySet()) {
          boolean there =
              FeatureCases.all().stream()
                  .anyMatch(each -> each.feature() == row.feature() && each.from() == from);
          if (!there) {
            missing.add(row.feature().label() + " from " + from.label());
          }
        }
      }
    }
    assertThat(missing).isEmpty();
  }
}
