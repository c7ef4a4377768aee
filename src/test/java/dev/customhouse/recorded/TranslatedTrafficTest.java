package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import dev.customhouse.audit.RequestRecord;
import dev.customhouse.canonical.DialectId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What real providers were recorded to answer reaches clients of every other dialect with all that
 * an independent reader found in it. {@code -Drecorded.heard=DIR} writes what the clients got, for
 * another reader.
 */
@Tag("recorded")
class TranslatedTrafficTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int CLIENTS = 4;

  /** Of the facts that the client's dialect can say at all. */
  private static final double LEAST_SHARE = 0.98;

  private static final String HEARD = System.getProperty("recorded.heard", "");

  /** One recording, by its number, and one client. */
  private record Run(int number, Recording recording, Listener listener) {
    @Override
    public String toString() {
      return recording + " to " + listener.dialect().label();
    }
  }

  @Test
  void recordedAnswersReachClientsOfEveryOtherDialectWhole() throws Exception {
    List<Recording> recordings = Recording.chats();
    if (recordings.isEmpty()) {
      System.out.println("translated: not run, the folder fixtures of the shared data is absent");
      return;
    }
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < recordings.size(); i++) {
      Recording recording = recordings.get(i);
      for (Listener listener : Listener.all()) {
        if (listener.dialect() != recording.dialect()) {
          runs.add(new Run(i, recording, listener));
        }
      }
    }
    List<String> failures = new ArrayList<>();
    Map<Comparison.Difference, Integer> differences = new EnumMap<>(Comparison.Difference.class);
    Map<String, Integer> pairs = new TreeMap<>();
    int facts = 0;
    int right = 0;
    try (FakeUpstream upstream =
            FakeUpstream.of((request, connection) -> {
              int number = Integer.parseInt(request.target().split("/", 3)[1]);
              replay(recordings.get(number), connection);
            });
        House house = House.of(sections(runs, upstream.root()));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Comparison>> results = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        int number = i;
        Run run = runs.get(i);
        Callable<Comparison> work = () -> compare(house, number, run);
        results.add(clients.submit(work));
      }
      for (int i = 0; i < runs.size(); i++) {
        Run run = runs.get(i);
        pairs.merge(
            run.recording().dialect().label() + " > " + run.listener().dialect().label(),
            1,
            Integer::sum);
        try {
          Comparison comparison = results.get(i).get();
          facts += comparison.facts();
          right += comparison.right();
          comparison
              .differences()
              .forEach((each, times) -> differences.merge(each, times, Integer::sum));
          for (String fault : comparison.faults()) {
            failures.add(run + ": " + fault);
          }
        } catch (ExecutionException e) {
          failures.add(run + ": " + e.getCause());
        }
      }
    }
    int unsayable = 0;
    for (var each : differences.entrySet()) {
      unsayable += each.getKey().isSayable() ? 0 : each.getValue();
    }
    System.out.println(
        "translated: %d answers %s, %d of %d facts as they were (%.2f %%; %.2f %% of those that the client's dialect can say), by design others: %s"
            .formatted(
                runs.size(),
                pairs,
                right,
                facts,
                100.0 * right / facts,
                100.0 * right / (facts - unsayable),
                differences));
    assertThat(String.join("\n", failures)).isEmpty();
    assertThat((double) right / (facts - unsayable)).isGreaterThan(LEAST_SHARE);
  }

  private static Comparison compare(House house, int number, Run run) throws IOException {
    Recording recording = run.recording();
    Listener listener = run.listener();
    String model = "case" + number;
    boolean stream = recording.facts().path("stream").asBoolean() || recording.events();
    HttpResponse<byte[]> answer =
        house.send(
            HttpRequest.newBuilder(URI.create(house.root() + listener.path(model, stream)))
                .header("authorization", "Bearer " + House.KEY)
                .header("content-type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        listener.request(model, stream, tools(recording))))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    RequestRecord record = house.record(answer.headers().firstValue("x-request-id").orElseThrow());
    if (!HEARD.isEmpty()) {
      write(recording, listener, answer);
    }
    Comparison comparison = new Comparison(recording, listener.dialect());
    comparison.same("translated", record.translation(), "the way");
    if (answer.statusCode() >= 400) {
      JsonNode body = MAPPER.readTree(answer.body());
      comparison.error(
          answer.statusCode(),
          Objects.requireNonNull(record.error()),
          listener.words(body),
          listener.isError(body, answer.statusCode()));
    } else {
      comparison.answer(listener.hear(answer.body(), stream, model));
    }
    return comparison;
  }

  private static void write(Recording recording, Listener listener, HttpResponse<byte[]> answer)
      throws IOException {
    Path place = Path.of(HEARD, recording.name().replace('/', '~') + "~" + listener.oracleName());
    Files.createDirectories(place.getParent());
    Files.write(place, answer.body());
  }

  /** The tools that the answer calls are known to its request. */
  private static List<String> tools(Recording recording) {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode call : recording.facts().path("tool_calls")) {
      if (!call.path("name").asText().isEmpty()) {
        names.add(call.path("name").asText());
      }
    }
    return List.copyOf(names);
  }

  /** A case of an error has a provider for each client: an error of one is not another's. */
  private static String sections(List<Run> runs, String root) throws IOException {
    Map<String, String> providers = new LinkedHashMap<>();
    StringBuilder models = new StringBuilder("models:\n");
    for (int i = 0; i < runs.size(); i++) {
      Recording recording = runs.get(i).recording();
      boolean error = recording.facts().path("error").isObject();
      int number = runs.get(i).number();
      String provider = "case" + number + (error ? "-" + i : "");
      String host =
          recording.dialect() == DialectId.BEDROCK
              ? "type: bedrock, region: us-west-2"
              : "type: compatible, dialect: " + recording.dialect().label();
      providers.put(
          provider,
          "  %s: { %s, base_url: \"%s/%d\", api_keys: [\"k\"] }\n"
              .formatted(provider, host, root, number));
      models.append(
          "  case%d: { targets: [{ provider: %s, model: %s }], retry: { attempts: 1 } }\n"
              .formatted(i, provider, MAPPER.writeValueAsString(recording.model())));
    }
    return "providers:\n" + String.join("", providers.values()) + models;
  }

  private static void replay(Recording recording, FakeUpstream.Connection connection)
      throws IOException {
    StringBuilder head =
        new StringBuilder(
            "HTTP/1.1 %d X\r\ncontent-type: %s\r\n"
                .formatted(recording.status(), recording.contentType()));
    List<String> fields = recording.headers();
    for (int i = 0; i < fields.size(); i += 2) {
      head.append(fields.get(i)).append(": ").append(fields.get(i + 1)).append("\r\n");
    }
    connection.raw((head + "transfer-encoding: chunked\r\n\r\n").getBytes(ISO_8859_1));
    for (byte[] piece : Split.RANDOM.pieces(recording.body())) {
      connection.chunk(piece);
    }
    connection.end();
  }
}
