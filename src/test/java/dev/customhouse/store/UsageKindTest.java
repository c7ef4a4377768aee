package dev.customhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.Variants;
import dev.customhouse.canonical.Usage;
import dev.customhouse.wire.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UsageKindTest {
  private static final UsageRow ROW = Rows.usage("request-1");

  private static String text(UsageRow row) {
    JsonWriter json = JsonWriter.ascii(512);
    UsageColumns.writeKind(json, row);
    return json.toString();
  }

  private static UsageRow with(@Nullable Usage usage) {
    return new UsageRow(
        ROW.requestId(),
        ROW.at(),
        ROW.keyId(),
        ROW.project(),
        ROW.operation(),
        ROW.clientDialect(),
        ROW.requestedModel(),
        ROW.upstreamModel(),
        ROW.responseModel(),
        ROW.provider(),
        ROW.path(),
        ROW.status(),
        ROW.error(),
        ROW.finish(),
        ROW.stream(),
        ROW.clientGone(),
        ROW.attempts(),
        usage,
        ROW.firstByteMicros(),
        ROW.durationMicros());
  }

  /** A detail of which is told what it is like. */
  private record Told(String shared, @Nullable Object likeness) implements UsageDetail {
    @Override
    public String own() {
      return "{}";
    }
  }

  @Test
  void rowsAreAlikeWhereWhatIsKeptOnceIsTheSame() {
    List<UsageRow> rows = new ArrayList<>(Variants.of(ROW).values());
    rows.add(with(null));
    rows.add(with(new Usage(1, 2, null, null, null, true)));
    rows.add(with(new Usage(3, 4, 5L, null, null, false)));
    for (UsageRow one : rows) {
      for (UsageRow other : rows) {
        assertThat(
                Objects.equals(
                    UsageKind.Likeness.of(one, null), UsageKind.Likeness.of(other, null)))
            .as("%s and %s", one, other)
            .isEqualTo(text(one).equals(text(other)));
      }
    }
  }

  @Test
  void whatIsLikeAnEntryBeforeIsNotWrittenAgain() {
    UsageKind.Pool kinds = new UsageKind.Pool();
    UsageLog.Entry first = UsageLog.Entry.of(ROW, new Told("{\"a\":1}", 1), kinds);
    UsageLog.Entry alike = UsageLog.Entry.of(ROW, new Told("not asked for", 1), kinds);
    UsageLog.Entry other = UsageLog.Entry.of(ROW, new Told("{\"a\":2}", 2), kinds);
    UsageLog.Entry silent = UsageLog.Entry.of(ROW, new Told("{\"a\":1}", null), kinds);

    assertThat(alike.kind()).isSameAs(first.kind());
    assertThat(other.kind().decision()).isEqualTo("{\"a\":2}");
    assertThat(silent.kind()).isSameAs(first.kind());
    assertThat(Map.of(1, first.decisionJson(), 2, alike.decisionJson()))
        .containsOnly(Map.entry(1, "{\"a\":1}"), Map.entry(2, "{\"a\":1}"));
  }

  @Test
  void likenessesAreRememberedUpToABound() {
    UsageKind.Pool kinds = new UsageKind.Pool();
    UsageKind first = UsageLog.Entry.of(ROW, new Told("{\"a\":0}", 0), kinds).kind();
    for (int i = 1; i <= UsageKind.REMEMBERED; i++) {
      var unused = UsageLog.Entry.of(ROW, new Told("{\"a\":" + i + "}", i), kinds);
    }

    UsageKind again = UsageLog.Entry.of(ROW, new Told("{\"a\":0}", 0), kinds).kind();
    assertThat(again).isEqualTo(first).isNotSameAs(first);
  }

  @Test
  void whatIsLongIsNotRemembered() {
    UsageKind.Pool kinds = new UsageKind.Pool();
    String text = "{\"a\":\"" + "x".repeat(5_000) + "\"}";

    assertThat(UsageLog.Entry.of(ROW, new Told(text, 1), kinds).kind().decision()).isEqualTo(text);
    assertThat(UsageLog.Entry.of(ROW, new Told("{}", 1), kinds).kind().decision()).isNull();
  }
}
