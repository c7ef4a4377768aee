package dev.customhouse.house;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
 * The budgets are what is allocated without escape analysis, which may or may not save some.
 */
class AllocationBudgetTest {
  /** A slow operation runs less often, so the harness's own bytes weigh more on it. */
  private static final double SMALL_WHATEVER_THE_BODY = 512;

  private static final Map<String, Double> BUDGET_BYTES =
      Map.ofEntries(
          Map.entry("ScanBenchmark.smallHead", 320.0),
          Map.entry("ScanBenchmark.plain100k", SMALL_WHATEVER_THE_BODY),
          Map.entry("ScanBenchmark.escaped100k", SMALL_WHATEVER_THE_BODY),
          Map.entry("ScanBenchmark.smallSplice", 288.0),
          Map.entry("ScanBenchmark.plainSplice100k", 103_000.0),
          Map.entry("FlowBenchmark.small", 9_500.0),
          Map.entry("FlowBenchmark.stream", 27_500.0),
          Map.entry("FlowBenchmark.messages", 23_500.0),
          Map.entry("FlowBenchmark.responses", 29_000.0),
          Map.entry("FlowBenchmark.gemini", 27_500.0),
          // Half of it are arrays that SHA-256 needs only until the compiler has put in its own.
          Map.entry("KeyLookupBenchmark.known", 1_150.0),
          Map.entry("SseBenchmark.cutWhole", 80.0),
          Map.entry("SseBenchmark.cutSplit", 1_200.0),
          Map.entry("SseBenchmark.observe", 2_300.0),
          Map.entry("SseBenchmark.observeScanned", 11_400.0));

  /** Another JMH run on this machine, of a neighbour perhaps, is no reason to fail. */
  @BeforeEach
  void ignoreTheLockOfOtherRuns() {
    System.setProperty("jmh.ignoreLock", "true");
  }

  @AfterEach
  void restoreTheLock() {
    System.clearProperty("jmh.ignoreLock");
  }

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
        assertThat(bytesPerOperation.get(name)).as(name).isLessThanOrEqualTo(budget));
  }

  private static Collection<RunResult> run() throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include("\\.ScanBenchmark\\.")
                .include("\\.SseBenchmark\\.")
                .include("\\.FlowBenchmark\\.")
                .include("\\.KeyLookupBenchmark\\.")
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
