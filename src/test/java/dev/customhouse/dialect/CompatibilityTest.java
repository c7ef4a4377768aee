package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The compatibility matrix of the documentation says what the table of losses says; {@code
 * -Ddocs=apply} writes it.
 */
class CompatibilityTest {
  private static final Path PAGE = Path.of("docs/compatibility.md");
  private static final LossTable TABLE = LossTable.load();

  private static final Map<DialectId, String> NAMES =
      Map.of(
          DialectId.OPENAI_CHAT, "Chat Completions",
          DialectId.OPENAI_RESPONSES, "Responses",
          DialectId.ANTHROPIC_MESSAGES, "Messages",
          DialectId.GEMINI, "Gemini",
          DialectId.BEDROCK, "Bedrock");

  @Test
  void everyFeatureHasARowForEveryDialectAndAReasonWhereItIsLost() {
    for (Feature feature : Feature.values()) {
      LossTable.FeatureRow row = TABLE.of(feature);
      assertThat(row.to().keySet()).as(feature.label()).containsExactly(DialectId.values());
      boolean everywhere =
          row.to().values().stream()
              .allMatch(
                  fates -> fates.usual() == LossTable.Fate.CARRIED && fates.otherwise() == null);
      assertThat(row.reason().isBlank())
          .as("the reason of " + feature.label())
          .isEqualTo(everywhere);
    }
  }

  @Test
  void everyOtherFieldSaysWhatBecomesOfItInEveryOtherDialectAndWhy() {
    for (LossTable.FieldRow row : TABLE.fields()) {
      for (DialectId to : DialectId.values()) {
        assertThat(to == row.from() || row.to().containsKey(to))
            .as(row.field() + " in " + to)
            .isTrue();
      }
      assertThat(row.reason()).as(row.field()).isNotBlank();
    }
  }

  @Test
  void thePageIsMadeOfTheTable() throws IOException {
    String page = page();
    if ("apply".equals(System.getProperty("docs"))) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE))
        .as("write it anew with -Ddocs=apply")
        .isEqualToNormalizingNewlines(page);
  }

  private static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # What is carried between dialects

            Any client reaches any model. Where both ends speak one dialect, bytes pass untouched, but for what a host of that dialect does not take: such a field has a word in its own dialect's column. Else the request is translated, and this page says what becomes of each of its fields. It is made of the table that the gateway works by (`src/main/resources/dev/customhouse/dialect/losses`), and the tests hold the gateway to it.

            - **carried**: it goes over as it is.
            - **mapped**: it goes over as something of the same meaning.
            - **dropped**: it is left out. The header `x-customhouse-dropped` of the answer names it, and `explain` shows it.
            - **refused**: the request is answered with status 400, which names the field.

            "carried, else dropped" means: as far as the host and the model at the other end take it.

            `on_unsupported: drop` (of a model or of a key) leaves out what would be refused; `on_unsupported: error` refuses what would be dropped. Rows marked with * are refused even then.

            ## What requests, messages and answers hold

            """);
    List<String> header = new ArrayList<>(List.of("", "as"));
    for (DialectId dialect : DialectId.values()) {
      header.add("to " + NAMES.get(dialect));
    }
    row(page, header);
    row(page, header.stream().map(any -> "---").toList());
    for (LossTable.FeatureRow feature : TABLE.features()) {
      List<String> cells = new ArrayList<>();
      cells.add(feature.feature().label().replace('_', ' ') + (feature.always() ? " *" : ""));
      cells.add(
          String.join(
              "<br>",
              feature.names().values().stream().distinct().map(name -> "`" + name + "`").toList()));
      for (DialectId dialect : DialectId.values()) {
        cells.add(fates(feature.to().get(dialect)));
      }
      row(page, cells);
    }
    page.append("\n### Why\n\n");
    for (LossTable.FeatureRow feature : TABLE.features()) {
      if (!feature.reason().isEmpty()) {
        page.append("- **")
            .append(feature.feature().label().replace('_', ' '))
            .append("**: ")
            .append(feature.reason())
            .append('\n');
      }
    }
    for (DialectId from : DialectId.values()) {
      fields(page, from);
    }
    page.append("\n## Fields that no row names\n\n")
        .append("They are ")
        .append(fates(TABLE.unknown().to().get(DialectId.OPENAI_CHAT)))
        .append(": new fields of a vendor pass to that vendor's own dialect only.\n");
    return page.toString();
  }

  private static void fields(StringBuilder page, DialectId from) {
    Map<String, List<String>> byFate = new TreeMap<>();
    for (LossTable.FieldRow row : TABLE.fields()) {
      if (row.from() == from) {
        List<String> cells = new ArrayList<>();
        for (DialectId to : DialectId.values()) {
          cells.add(fates(row.to().get(to)));
        }
        cells.add(row.reason());
        byFate
            .computeIfAbsent(String.join(" | ", cells), none -> new ArrayList<>())
            .add("`" + row.field() + "`" + (row.always() ? " *" : ""));
      }
    }
    if (byFate.isEmpty()) {
      return;
    }
    page.append("\n## Other fields of ").append(NAMES.get(from)).append("\n\n");
    List<String> header = new ArrayList<>(List.of("field"));
    for (DialectId to : DialectId.values()) {
      header.add("to " + NAMES.get(to));
    }
    header.add("why");
    row(page, header);
    row(page, header.stream().map(any -> "---").toList());
    byFate.forEach((fates, names) ->
        page.append("| ")
            .append(String.join("<br>", names))
            .append(" | ")
            .append(fates)
            .append(" |\n"));
  }

  private static String fates(LossTable.@Nullable Fates fates) {
    if (fates == null) {
      return "";
    }
    LossTable.Fate otherwise = fates.otherwise();
    return fates.usual().label() + (otherwise == null ? "" : ", else " + otherwise.label());
  }

  private static void row(StringBuilder page, List<String> cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
