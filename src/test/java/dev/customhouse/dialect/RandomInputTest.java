package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in whatever field, readers and writers refuse or understand: they neither fail in
 * another way nor hang. What is tried is drawn from a seed, so that a failure can be seen again.
 */
class RandomInputTest {
  private static final long SEED = 7;
  private static final int ROUNDS = 60;
  private static final Duration ENOUGH = Duration.ofMinutes(2);

  /** JSON that is wrong in one or a few places. */
  private static final class Spoiler {
    private static final List<String> VALUES =
        List.of(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1.5",
            "1e400",
            "123456789012345678901234567890",
            "\"\"",
            "\"x\"",
            "\"auto\"",
            "\"data:,\"",
            "\"data:image/png;base64,!\"",
            "\"\\ud800\"",
            "[]",
            "[null]",
            "[[[]]]",
            "[{}]",
            "[\"x\",1]",
            "{}",
            "{\"type\":null}",
            "{\"type\":\"new\"}",
            "{\"type\":\"text\",\"text\":1}",
            "{\"\":{\"\":\"\"}}");
    private final Random random;

    Spoiler(Random random) {
      this.random = random;
    }

    JsonNode spoil(JsonNode given) {
      JsonNode tree = given.deepCopy();
      int places = 1 + random.nextInt(3);
      for (int i = 0; i < places; i++) {
        List<JsonNode> parents = new ArrayList<>();
        collect(tree, parents);
        if (!parents.isEmpty()) {
          spoilIn(parents.get(random.nextInt(parents.size())));
        }
      }
      return tree;
    }

    private static void collect(JsonNode tree, List<JsonNode> parents) {
      if (tree.isContainerNode() && !tree.isEmpty()) {
        parents.add(tree);
        tree.forEach(child -> collect(child, parents));
      }
    }

    private void spoilIn(JsonNode parent) {
      JsonNode value = Json.read(VALUES.get(random.nextInt(VALUES.size())).getBytes(UTF_8));
      int at = random.nextInt(parent.size());
      if (parent instanceof ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        if (random.nextInt(6) == 0) {
          object.remove(names.get(at));
        } else {
          object.set(names.get(at), value);
        }
      } else if (parent instanceof ArrayNode array) {
        switch (random.nextInt(4)) {
          case 0 -> array.remove(at);
          case 1 -> array.insert(at, array.get(at).deepCopy());
          default -> array.set(at, value);
        }
      }
    }
  }

  /** Something that may be refused in that way and must not fail in any other. */
  private interface Trial {
    void run();
  }

  private static void refusedOrDone(List<String> faults, ErrorKind kind, Object what, Trial trial) {
    try {
      trial.run();
    } catch (Refusal refusal) {
      if (refusal.kind() != kind) {
        faults.add("refused as " + refusal.kind() + ": " + what);
      }
    } catch (RuntimeException | StackOverflowError e) {
      StackTraceElement[] trace = e.getStackTrace();
      faults.add("%s at %s: %s".formatted(e, trace.length == 0 ? "?" : at(trace), what));
    }
  }

  private static String at(StackTraceElement[] trace) {
    for (StackTraceElement element : trace) {
      if (element.getClassName().startsWith("dev.customhouse.")) {
        return element.toString();
      }
    }
    return trace[0].toString();
  }

  @Test
  void requestsAreUnderstoodOrRefused() {
    List<String> faults = new ArrayList<>();
    assertTimeoutPreemptively(
        ENOUGH,
        () -> {
          Spoiler spoiler = new Spoiler(new Random(SEED));
          for (FeatureCases.Case each : FeatureCases.all()) {
            for (int i = 0; i < ROUNDS / 6; i++) {
              request(each.from(), spoiler.spoil(each.body()), faults);
            }
          }
          for (DialectId from : DialectId.values()) {
            for (int i = 0; i < ROUNDS * 4; i++) {
              request(from, spoiler.spoil(RoundTripTest.rich(from)), faults);
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static void request(DialectId from, JsonNode body, List<String> faults) {
    ChatRequest[] read = new ChatRequest[1];
    refusedOrDone(
        faults,
        ErrorKind.INVALID_REQUEST,
        from + " " + body,
        () -> read[0] = Crossing.read(from, body));
    ChatRequest asked = read[0];
    if (asked == null) {
      return;
    }
    for (DialectId to : DialectId.values()) {
      Target target = Crossing.targets(to).getLast();
      refusedOrDone(
          faults,
          ErrorKind.INVALID_REQUEST,
          from + " to " + to + " " + body,
          () -> {
            Translation translation =
                Crossing.translate(from, asked, to, target, OnUnsupported.DROP);
            if (!translation.unlisted().isEmpty()) {
              faults.add(
                  "%s to %s unlisted %s: %s".formatted(from, to, translation.unlisted(), body));
            }
          });
    }
  }

  private static Translation towards(DialectId upstream, DialectId client, boolean stream) {
    ChatRequest asked =
        Crossing.read(client, Crossing.asking(client, "")).toBuilder().stream(stream).build();
    return Crossing.translate(
        client, asked, upstream, Crossing.targets(upstream).getLast(), OnUnsupported.DROP);
  }

  @Test
  void wholeAnswersAreUnderstoodOrRefused() {
    List<String> faults = new ArrayList<>();
    assertTimeoutPreemptively(
        ENOUGH,
        () -> {
          Spoiler spoiler = new Spoiler(new Random(SEED));
          for (DialectId upstream : OwnAnswers.dialects()) {
            JsonNode answer = Json.read(OwnAnswers.whole(upstream));
            for (int i = 0; i < ROUNDS * 5; i++) {
              byte[] body = Json.write(spoiler.spoil(answer));
              for (DialectId client : DialectId.values()) {
                refusedOrDone(
                    faults,
                    ErrorKind.BAD_GATEWAY,
                    upstream + " to " + client + " " + new String(body, UTF_8),
                    () -> {
                      byte[] told = towards(upstream, client, false).answer(body);
                      assertThat(told).isNotEmpty();
                    });
              }
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  @Test
  void eventsOfProvidersNeverFail() {
    List<String> faults = new ArrayList<>();
    assertTimeoutPreemptively(
        ENOUGH,
        () -> {
          Random random = new Random(SEED);
          Spoiler spoiler = new Spoiler(random);
          for (DialectId upstream : OwnAnswers.dialects()) {
            String[] events = new String(OwnAnswers.stream(upstream), UTF_8).split("\n\n", -1);
            for (int i = 0; i < ROUNDS * 2; i++) {
              List<String> spoilt = new ArrayList<>();
              for (String event : events) {
                spoilt.add(random.nextInt(4) == 0 ? spoilt(event, spoiler, random) : event);
              }
              for (DialectId client : DialectId.values()) {
                stream(upstream, client, spoilt, faults);
              }
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static String spoilt(String event, Spoiler spoiler, Random random) {
    int data = event.indexOf("data: {");
    if (data < 0 || random.nextInt(8) == 0) {
      return event.substring(0, random.nextInt(event.length() + 1)).stripTrailing();
    }
    int from = data + "data: ".length();
    JsonNode tree = spoiler.spoil(Json.read(event.substring(from).getBytes(UTF_8)));
    return event.substring(0, from) + new String(Json.write(tree), UTF_8);
  }

  private static void stream(
      DialectId upstream, DialectId client, List<String> events, List<String> faults) {
    Translation.Events way = towards(upstream, client, true).events();
    for (String event : events) {
      byte[] bytes = (event + "\n\n").getBytes(UTF_8);
      try {
        way.event(bytes, 0, bytes.length);
      } catch (RuntimeException | StackOverflowError e) {
        faults.add(
            "%s at %s: %s to %s %s".formatted(e, at(e.getStackTrace()), upstream, client, event));
      }
    }
    try {
      way.end();
    } catch (RuntimeException | StackOverflowError e) {
      faults.add("%s at %s: the end of %s".formatted(e, at(e.getStackTrace()), events));
    }
  }
}
