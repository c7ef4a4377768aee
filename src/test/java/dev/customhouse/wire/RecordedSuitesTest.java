package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Talk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Other people's collections of odd and hostile requests, against a server that says yes. */
@Tag("recorded")
class RecordedSuitesTest {
  private static final Duration SILENCE = Duration.ofMillis(150);
  private static final int AT_ONCE = 16;

  /** What a parser's suite calls an error although the message is well-formed: any token may be. */
  private static final Pattern NO_FAULT =
      Pattern.compile(
          "Pause on.*|Data after.*|Invalid method for HTTP.*|Expected space after method");

  private static final Pattern HOST = Pattern.compile("(?im)^host:");
  private static final Pattern HEAD = Pattern.compile("(?m) HTTP/1\\.[01]\\r?$");
  private static final Pattern LOOP =
      Pattern.compile("for i in (?:\\[([^]]*)\\]|range\\(([^,]*),([^)]*)\\)):");
  private static final Pattern MUTATION =
      Pattern.compile(
          "\\s*mutations\\[.*\\]\\s*=\\s*render_template\\(\"(.*)\"(?:%\\(([i,]*)\\))?\\)");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(x..|.)");

  private record Case(String name, byte[] bytes, boolean faulty, int requests) {}

  @Test
  void theParserSuiteIsAnsweredOncePerRequestAndNeverWithYesWhereItIsWrong() throws Exception {
    List<Case> cases = new ArrayList<>();
    for (Path index : Shared.files("suites/http1-raw", "index.json")) {
      for (JsonNode entry : new ObjectMapper().readTree(Files.readAllBytes(index))) {
        String name = entry.path("file").asText();
        String text = Files.readString(index.resolveSibling(name), StandardCharsets.ISO_8859_1);
        if (!HOST.matcher(text).find()) {
          text = text.replaceFirst("\r\n", "\r\nHost: a\r\n");
        }
        String error = entry.path("llhttp_strict_error").asText("");
        cases.add(
            new Case(
                name,
                text.getBytes(StandardCharsets.ISO_8859_1),
                !error.isEmpty() && !error.equals("null") && !NO_FAULT.matcher(error).matches(),
                (int) HEAD.matcher(text).results().count()));
      }
    }
    Map<String, String> failures = new LinkedHashMap<>();
    Map<Case, Talk> talks = all(cases);
    talks.forEach((one, talk) -> {
      long yes = talk.statuses().stream().filter(status -> status == 200).count();
      if (talk.garbage() || yes > one.requests() || one.faulty() && yes > 0) {
        failures.put(one.name(), talk.statuses().toString());
      }
    });
    System.out.printf(
        "parser suite: %d messages, %d of them wrong, %d failures%n",
        cases.size(), cases.stream().filter(Case::faulty).count(), failures.size());
    assertThat(failures).isEmpty();
  }

  @Test
  void noDisguiseOfTransferEncodingSmugglesARequest() throws Exception {
    List<Case> cases = new ArrayList<>();
    String inner = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for (Path file : Shared.files("suites/smuggler/configs", ".py")) {
      for (String gadget : gadgets(file)) {
        String message =
            "POST /p HTTP/1.1\r\n%s\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(gadget, inner.length(), inner);
        cases.add(
            new Case(
                "%s %d %s".formatted(file.getFileName(), cases.size(), gadget),
                message.getBytes(StandardCharsets.ISO_8859_1),
                false,
                1));
      }
    }
    Map<String, String> failures = new LinkedHashMap<>();
    int refused = 0;
    for (Map.Entry<Case, Talk> entry : all(cases).entrySet()) {
      Talk talk = entry.getValue();
      boolean no = talk.statuses().equals(List.of(400)) && talk.closed();
      boolean whole =
          talk.statuses().equals(List.of(200))
              && talk.answers().getFirst().body().endsWith(" " + inner);
      refused += no ? 1 : 0;
      if (!no && !whole) {
        failures.put(entry.getKey().name(), talk.statuses().toString());
      }
    }
    System.out.printf(
        "disguises of Transfer-Encoding: %d, refused %d, read as what they are %d, failures %d%n",
        cases.size(), refused, cases.size() - refused - failures.size(), failures.size());
    assertThat(failures).isEmpty();
  }

  /** Every talk comes to its end, because all of the server's time-outs are short. */
  private static Map<Case, Talk> all(List<Case> cases) throws Exception {
    Map<Case, Talk> talks = new LinkedHashMap<>();
    try (Yes yes = new Yes();
        ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Callable<Talk>> tasks = new ArrayList<>();
      for (Case one : cases) {
        tasks.add(() -> RawHttp.talk(yes.port(), one.bytes(), SILENCE));
      }
      int i = 0;
      for (Future<Talk> talk : clients.invokeAll(tasks)) {
        talks.put(cases.get(i++), talk.get());
      }
      byte[] ordinary = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      assertThat(RawHttp.talk(yes.port(), ordinary, SILENCE).statuses()).containsExactly(200);
    }
    return talks;
  }

  /** The suite's own way of making fields: one line each, some in loops over characters. */
  private static List<String> gadgets(Path file) throws IOException {
    List<String> gadgets = new ArrayList<>();
    List<Integer> characters = List.of(0);
    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
      Matcher loop = LOOP.matcher(line);
      Matcher mutation = MUTATION.matcher(line);
      if (loop.find()) {
        characters = characters(loop);
      } else if (mutation.matches()) {
        String template =
            ESCAPE.matcher(mutation.group(1)).replaceAll(RecordedSuitesTest::unescaped);
        for (int character : line.startsWith("\t") ? characters : List.of(0)) {
          gadgets.add(template.replace("%c", Character.toString(character)));
        }
      }
    }
    return gadgets;
  }

  private static String unescaped(java.util.regex.MatchResult escape) {
    String code = escape.group(1);
    String text =
        switch (code.charAt(0)) {
          case 'r' -> "\r";
          case 'n' -> "\n";
          case 't' -> "\t";
          case 'x' -> Character.toString(Integer.parseInt(code.substring(1), 16));
          default -> code;
        };
    return Matcher.quoteReplacement(text);
  }

  private static List<Integer> characters(Matcher loop) {
    List<Integer> characters = new ArrayList<>();
    if (loop.group(1) != null) {
      for (String number : loop.group(1).split(",", -1)) {
        characters.add(Integer.decode(number.strip()));
      }
      return characters;
    }
    for (int i = Integer.decode(loop.group(2).strip());
        i < Integer.decode(loop.group(3).strip());
        i++) {
      characters.add(i);
    }
    return characters;
  }
}
