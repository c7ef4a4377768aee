import java.util.Locale;

/**
 * Counts times in buckets that grow with the value: 128 to each power of two, so a figure read from
 * it is at most 1/128 (0.8 %) below the true one. Times are nanoseconds, figures microseconds.
 */
final class Histogram {
  private static final int SUB_BITS = 7;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final long[] counts = new long[(64 - SUB_BITS) * SUB_BUCKETS];
  private long count;
  private long maxNanos;
  private double sumNanos;

  void add(long nanos) {
    long value = Math.max(0, nanos);
    counts[bucket(value)]++;
    count++;
    sumNanos += value;
    maxNanos = Math.max(maxNanos, value);
  }

  void addAll(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    sumNanos += other.sumNanos;
    maxNanos = Math.max(maxNanos, other.maxNanos);
  }

  long count() {
    return count;
  }

  /** The time that {@code share} (0 to 1) of the values do not exceed. */
  double micros(double share) {
    long rank = Math.max(1, (long) Math.ceil(share * count));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return lowest(i) / 1000.0;
      }
    }
    return 0;
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"count\":%d,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
            + "\"max\":%.1f}",
        count,
        count == 0 ? 0 : sumNanos / count / 1000,
        micros(0.5),
        micros(0.9),
        micros(0.99),
        micros(0.999),
        maxNanos / 1000.0);
  }

  /** Values below 128 have a bucket each; above, the top eight bits name the bucket. */
  private static int bucket(long value) {
    int shift = Math.max(0, 64 - SUB_BITS - 1 - Long.numberOfLeadingZeros(value));
    return shift * SUB_BUCKETS + (int) (value >>> shift);
  }

  private static long lowest(int bucket) {
    int shift = Math.max(0, bucket / SUB_BUCKETS - 1);
    return (long) (bucket - shift * SUB_BUCKETS) << shift;
  }
}
