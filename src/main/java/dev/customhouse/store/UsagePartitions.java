package dev.customhouse.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The monthly files of usage, {@code usage-YYYY-MM.db}, months of UTC. All but {@link #months},
 * {@link #isReady} and {@link #file} is for the writer's thread.
 */
final class UsagePartitions {
  /** Files open for writing: this month and, around midnight, the one before. */
  private static final int OPEN_FILES = 2;

  private final Path folder;
  private final Clock clock;
  private final NavigableSet<YearMonth> months = new ConcurrentSkipListSet<>();
  private final Set<YearMonth> ready = ConcurrentHashMap.newKeySet();
  private final Map<YearMonth, UsagePartition> open = new HashMap<>();

  UsagePartitions(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "usage-*.db")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        try {
          months.add(YearMonth.parse(name.substring("usage-".length(), name.length() - 3)));
        } catch (DateTimeParseException e) {
          // Not one of ours: a copy somebody made, say.
        }
      }
    } catch (IOException e) {
      throw new StoreException("the data folder " + folder + " cannot be listed: " + e, e);
    }
  }

  static YearMonth monthOf(Instant at) {
    return YearMonth.from(at.atOffset(ZoneOffset.UTC));
  }

  /** The months that have a file, oldest first; it follows what happens. */
  NavigableSet<YearMonth> months() {
    return months;
  }

  /** Whether a month's tables were brought up to date by this process. */
  boolean isReady(YearMonth month) {
    return ready.contains(month);
  }

  Path file(YearMonth month) {
    return folder.resolve("usage-" + month + ".db");
  }

  /** A month's file, open for writing; made and brought up to date where need be. */
  UsagePartition open(YearMonth month) throws SQLException {
    UsagePartition present = open.get(month);
    if (present != null) {
      return present;
    }
    if (open.size() >= OPEN_FILES) {
      close(open.keySet().stream().min(YearMonth::compareTo).orElseThrow());
    }
    UsagePartition partition = new UsagePartition(file(month), clock);
    open.put(month, partition);
    ready.add(month);
    months.add(month);
    return partition;
  }

  /** Closes a month's file; the next use opens it again. */
  void close(YearMonth month) {
    SqliteFile.closeQuietly(open.remove(month));
  }

  void closeAll() {
    List.copyOf(open.keySet()).forEach(this::close);
  }

  /** Deletes a month's files; the database last, so that a rest of it is still found. */
  void delete(YearMonth month) {
    close(month);
    months.remove(month);
    ready.remove(month);
    Path file = file(month);
    try {
      for (String suffix : List.of("-wal", "-shm", "")) {
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
      }
    } catch (IOException e) {
      months.add(month);
      throw new StoreException("the database " + file + " cannot be deleted: " + e, e);
    }
  }
}
