package dev.customhouse.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.customhouse.config.SettingsException;
import dev.customhouse.config.SettingsReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages promise: links lead somewhere, configurations are accepted, JSON is JSON. */
class DocsTest {
  private static final List<Path> ROOTS = List.of(Path.of("docs"), Path.of("bench"));

  /** A link in a line outside of code; its target may have an anchor and a title. */
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)(?:\\s+\"[^\"]*\")?\\)");

  private static final Pattern INLINE_CODE = Pattern.compile("`[^`]*`");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z][a-z0-9+.-]*:.*");
  private static final Pattern FENCE = Pattern.compile("^(\\s*)(```+|~~~+)\\s*(.*)$");
  private static final Pattern HEADING = Pattern.compile("^#{1,6}\\s+(.*?)\\s*#*$");

  /** The words behind the fence of a block that is a whole configuration file. */
  private static final String CONFIGURATION = "yaml customhouse.yaml";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /**
   * A fenced block.
   *
   * @param where the page and the line of its fence, for people
   * @param info the words behind the fence
   */
  private record Block(String where, String info, String text) {}

  /** A page: its lines outside of code, and its blocks. */
  private record Page(Path path, List<String> prose, List<Block> blocks) {}

  @Test
  void everyRelativeLinkLeadsToAFileAndItsAnchorToAHeading() {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Page page : pages()) {
      for (String line : page.prose()) {
        Matcher link = LINK.matcher(INLINE_CODE.matcher(line).replaceAll(""));
        while (link.find()) {
          String target = link.group(1);
          if (ELSEWHERE.matcher(target).matches()) {
            continue;
          }
          links++;
          if (!leadsSomewhere(page.path(), target)) {
            broken.add(page.path() + ": " + target);
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).as("links that were looked at").isGreaterThan(40);
  }

  @Test
  void everyConfigurationInThePagesIsAccepted() {
    SettingsReader reader = new SettingsReader();
    List<String> refused = new ArrayList<>();
    List<Block> configurations = blocks(CONFIGURATION);
    for (Block block : configurations) {
      try {
        var unused = reader.read(block.text(), block.where());
      } catch (SettingsException e) {
        e.problems().forEach(problem -> refused.add(problem.toString()));
      }
    }
    assertThat(refused).isEmpty();
    assertThat(configurations).hasSizeGreaterThan(4);
  }

  @Test
  void everyBlockOfJsonIsOneJsonValue() {
    List<String> broken = new ArrayList<>();
    List<Block> values = blocks("json");
    for (Block block : values) {
      try {
        var unused = JSON.readTree(block.text());
      } catch (JsonProcessingException e) {
        broken.add(block.where() + ": " + e.getOriginalMessage());
      }
    }
    assertThat(broken).isEmpty();
    assertThat(values).isNotEmpty();
  }

  @Test
  void everyBlockIsClosedAndSaysWhatItHolds() {
    List<String> nameless = new ArrayList<>();
    for (Page page : pages()) {
      for (Block block : page.blocks()) {
        if (block.info().isEmpty()) {
          nameless.add(block.where());
        }
      }
    }
    assertThat(nameless).isEmpty();
  }

  @Test
  void everyPageOfAClientIsInTheListOfClients() throws IOException {
    String index = Files.readString(Path.of("docs/clients/README.md"));
    try (Stream<Path> files = Files.list(Path.of("docs/clients"))) {
      List<String> missing =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> !name.equals("README.md") && !index.contains("](" + name + ")"))
              .toList();
      assertThat(missing).isEmpty();
    }
  }

  private static boolean leadsSomewhere(Path page, String target) {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path path =
        file.isEmpty()
            ? page.toAbsolutePath()
            : page.toAbsolutePath()
                .resolveSibling(URLDecoder.decode(file, StandardCharsets.UTF_8))
                .normalize();
    if (!path.startsWith(Path.of("").toAbsolutePath()) || Files.notExists(path)) {
      return false;
    }
    return hash < 0 || anchors(path).contains(target.substring(hash + 1));
  }

  /** The anchors of a page's headings, as GitHub makes them. */
  private static Set<String> anchors(Path path) {
    Set<String> anchors = new HashSet<>();
    for (String line : page(path).prose()) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        anchors.add(
            heading
                .group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'));
      }
    }
    return anchors;
  }

  private static List<Block> blocks(String info) {
    return pages().stream()
        .flatMap(page -> page.blocks().stream())
        .filter(block -> block.info().equals(info))
        .toList();
  }

  private static List<Page> pages() {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> root = Files.list(Path.of(""))) {
      root.filter(Files::isRegularFile).forEach(files::add);
      for (Path folder : ROOTS) {
        try (Stream<Path> below = Files.walk(folder)) {
          below.filter(Files::isRegularFile).forEach(files::add);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files.stream()
        .filter(file -> file.toString().endsWith(".md"))
        .sorted()
        .map(DocsTest::page)
        .toList();
  }

  private static Page page(Path path) {
    List<String> prose = new ArrayList<>();
    List<Block> blocks = new ArrayList<>();
    String fence = "";
    String info = "";
    String where = "";
    StringBuilder text = new StringBuilder();
    int number = 0;
    for (String line : lines(path)) {
      number++;
      Matcher mark = FENCE.matcher(line);
      if (fence.isEmpty()) {
        if (mark.matches()) {
          fence = mark.group(2);
          info = mark.group(3).strip();
          where = path + ":" + number;
          text.setLength(0);
        } else {
          prose.add(line);
        }
      } else if (mark.matches() && mark.group(2).startsWith(fence) && mark.group(3).isEmpty()) {
        blocks.add(new Block(where, info, text.toString()));
        fence = "";
      } else {
        text.append(line).append('\n');
      }
    }
    assertThat(fence).as("the block that begins at %s is not closed", where).isEmpty();
    return new Page(path, prose, blocks);
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
