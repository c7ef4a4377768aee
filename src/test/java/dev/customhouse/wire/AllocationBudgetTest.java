package dev.customhouse.wire;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The hot pieces allocate no more than this. Bytes per operation do not depend on the machine or
 * its load, so they are asserted; the times are printed and only tell something on a quiet machine.
 */
class AllocationBudgetTest {
  private static final Map<String, Integer> BUDGET_BYTES =
      Map.ofEntries(
          Map.entry("ScanBenchmark.smallHead", 368),
          Map.entry("ScanBenchmark.plain100k", 288),
          Map.entry("ScanBenchmark.escaped100k", 288),
          Map.entry("ScanBenchmark.smallSplice", 320),
          Map.entry("ScanBenchmark.plainSplice100k", 103_000),
          Map.entry("SseBenchmark.cutWhole", 80),
          Map.entry("SseBenchmark.cutSplit", 1_200),
          Map.entry("SseBenchmark.observe", 51 * 56 + 80),
          Map.entry("SseBenchmark.observeScanned", 51 * 280 + 80));

  @Test
  void theHotPiecesStayWithinTheirBytesPerOperation() throws RunnerException {
    Map<String, Double> bytesPerOperation = new HashMap<>();
    for (RunResult result : run()) {
      String[] label = result.getParams().getBenchmark().split("\\.");
      String name = label[label.length - 2] + "." + label[label.length - 1];
      double bytes =
          requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm")).getScore();
      bytesPerOperation.put(name, bytes);
      System.out.printf(
          "%-32s %12.0f ns/op %10.0f bytes/op%n",
          name, result.getPrimaryResult().getScore(), bytes);
    }
    assertThat(bytesPerOperation).containsKeys(BUDGET_BYTES.keySet().toArray(new String[0]));
    BUDGET_BYTES.forEach((name, budget) ->
        assertThat(bytesPerOperation.get(name)).as(name).isLessThanOrEqualTo(budget + 8.0));
  }

  private static Collection<RunResult> run() throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include("\\.ScanBenchmark\\.")
                .include("\\.SseBenchmark\\.")
                .forks(0)
                .warmupIterations(2)
                .warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(2)
                .measurementTime(TimeValue.milliseconds(200))
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .build())
        .run();
  }
}
