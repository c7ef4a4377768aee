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
import dev.customhouse.wire.AwsEvent;
import dev.customhouse.wire.AwsEventSplitter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in whatever field, readers and writers refuse or understand: they neither fail in
 * another way nor hang. What is tried is drawn from a seed, so that a failure can be seen again.
 */
class RandomInputTest {
  private static final long SEED = 7;
  private static final int PRELUDE_BYTES = 12;
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
            if (upstream == DialectId.BEDROCK) {
              continue;
            }
            String[] events = new String(OwnAnswers.stream(upstream), UTF_8).split("\n\n", -1);
            for (int i = 0; i < ROUNDS * 2; i++) {
              List<String> spoilt = new ArrayList<>();
              for (String event : events) {
                spoilt.add(random.nextInt(4) == 0 ? spoilt(event, spoiler, random) : event);
              }
              List<byte[]> bytes =
                  spoilt.stream().map(event -> (event + "\n\n").getBytes(UTF_8)).toList();
              for (DialectId client : DialectId.values()) {
                stream(upstream, client, bytes, faults);
              }
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  @Test
  void framesOfBedrockWithOtherPayloadsAndHeadersNeverFail() {
    List<String> faults = new ArrayList<>();
    assertTimeoutPreemptively(
        ENOUGH,
        () -> {
          Random random = new Random(SEED);
          Spoiler spoiler = new Spoiler(random);
          List<byte[]> frames = frames();
          for (int i = 0; i < ROUNDS * 2; i++) {
            List<byte[]> spoilt = new ArrayList<>();
            for (byte[] frame : frames) {
              spoilt.add(
                  switch (random.nextInt(8)) {
                    case 0 -> withPayload(frame, spoiler);
                    case 1 -> withHeaders(frame, random);
                    default -> frame;
                  });
            }
            for (DialectId client : DialectId.values()) {
              stream(DialectId.BEDROCK, client, spoilt, faults);
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static List<byte[]> frames() {
    List<byte[]> frames = new ArrayList<>();
    byte[] stream = OwnAnswers.stream(DialectId.BEDROCK);
    new AwsEventSplitter()
        .feed(
            stream,
            0,
            stream.length,
            (buffer, start, end) -> frames.add(Arrays.copyOfRange(buffer, start, end)));
    return frames;
  }

  private static byte[] withPayload(byte[] frame, Spoiler spoiler) {
    AwsEvent event = AwsEvent.parse(frame, 0, frame.length);
    return AwsEvent.event(event.type(), Json.write(spoiler.spoil(Json.read(event.payload()))));
  }

  /** A byte of the headers is another, and the sum is right. */
  private static byte[] withHeaders(byte[] frame, Random random) {
    byte[] spoilt = frame.clone();
    int headers = ByteBuffer.wrap(frame).getInt(Integer.BYTES);
    spoilt[PRELUDE_BYTES + random.nextInt(headers)] = (byte) random.nextInt(256);
    return summed(spoilt);
  }

  /** With both sums as they should be. */
  private static byte[] summed(byte[] frame) {
    CRC32 sum = new CRC32();
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    sum.update(frame, 0, PRELUDE_BYTES - Integer.BYTES);
    bytes.putInt(PRELUDE_BYTES - Integer.BYTES, (int) sum.getValue());
    sum.reset();
    sum.update(frame, 0, frame.length - Integer.BYTES);
    bytes.putInt(frame.length - Integer.BYTES, (int) sum.getValue());
    return frame;
  }

  /**
   * Bits that flip, bytes that are missing or too many, lengths and sums that are wrong: the client
   * gets what was whole before, the rest is refused, and no more memory is taken than bytes came.
   */
  @Test
  void damagedStreamsOfBedrockAreRefusedWhereTheDamageIs() {
    List<String> faults = new ArrayList<>();
    assertTimeoutPreemptively(
        ENOUGH,
        () -> {
          Random random = new Random(SEED);
          byte[] stream = OwnAnswers.stream(DialectId.BEDROCK);
          for (DialectId client : DialectId.values()) {
            byte[] whole = arrived(client, stream, random, faults);
            for (int i = 0; i < ROUNDS * 8; i++) {
              byte[] spoilt = damaged(stream, random);
              byte[] arrived = arrived(client, spoilt, random, faults);
              boolean before =
                  arrived.length <= whole.length
                      && Arrays.equals(arrived, Arrays.copyOf(whole, arrived.length));
              if (!before) {
                faults.add("to %s, round %d: %s".formatted(client, i, new String(arrived, UTF_8)));
              }
            }
          }
        });
    assertThat(String.join("\n", faults)).isEmpty();
  }

  /** What the client has when the stream, cut anywhere, is refused or over. */
  private static byte[] arrived(
      DialectId client, byte[] stream, Random random, List<String> faults) {
    Translation.Events way = towards(DialectId.BEDROCK, client, true).events();
    AwsEventSplitter splitter = new AwsEventSplitter();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    try {
      while (at < stream.length) {
        int length = Math.min(stream.length - at, 1 + random.nextInt(200));
        splitter.feed(
            stream,
            at,
            length,
            (buffer, start, end) -> out.writeBytes(way.event(buffer, start, end)));
        at += length;
        if (splitter.restLength() > at) {
          faults.add("%d bytes are kept of %d".formatted(splitter.restLength(), at));
        }
      }
    } catch (Refusal refusal) {
      if (refusal.kind() != ErrorKind.BAD_GATEWAY) {
        faults.add("refused as " + refusal.kind());
      }
    } catch (RuntimeException | StackOverflowError e) {
      faults.add("%s at %s: to %s".formatted(e, at(e.getStackTrace()), client));
    }
    return out.toByteArray();
  }

  private static byte[] damaged(byte[] stream, Random random) {
    byte[] spoilt = stream.clone();
    int at = random.nextInt(stream.length - PRELUDE_BYTES);
    switch (random.nextInt(6)) {
      case 0 -> spoilt[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> spoilt = Arrays.copyOf(stream, at);
      case 2 -> {
        // Missing bytes.
        int gap = 1 + random.nextInt(PRELUDE_BYTES);
        System.arraycopy(stream, at + gap, spoilt, at, stream.length - at - gap);
        spoilt = Arrays.copyOf(spoilt, stream.length - gap);
      }
      case 3 -> {
        // Bytes too many.
        byte[] more = new byte[1 + random.nextInt(40)];
        random.nextBytes(more);
        ByteBuffer longer = ByteBuffer.allocate(stream.length + more.length);
        longer.put(stream, 0, at).put(more).put(stream, at, stream.length - at);
        spoilt = longer.array();
      }
      default -> {
        // A length of the last frame, huge, negative or too small, with the sum of the prelude.
        byte[] last = frames().getLast().clone();
        int[] lengths = {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 0, 15, 1 << 24, (1 << 24) + 1};
        ByteBuffer.wrap(last)
            .putInt(random.nextInt(2) * Integer.BYTES, lengths[random.nextInt(lengths.length)]);
        System.arraycopy(summed(last), 0, spoilt, stream.length - last.length, last.length);
      }
    }
    return spoilt;
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
      DialectId upstream, DialectId client, List<byte[]> events, List<String> faults) {
    Translation.Events way = towards(upstream, client, true).events();
    for (byte[] bytes : events) {
      try {
        way.event(bytes, 0, bytes.length);
      } catch (RuntimeException | StackOverflowError e) {
        faults.add(
            "%s at %s: %s to %s %s"
                .formatted(e, at(e.getStackTrace()), upstream, client, new String(bytes, UTF_8)));
      }
    }
    try {
      way.end();
    } catch (RuntimeException | StackOverflowError e) {
      faults.add(
          "%s at %s: the end, %s to %s".formatted(e, at(e.getStackTrace()), upstream, client));
    }
  }
}
