package dev.customhouse.store;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where responses came from, so that what refers to one by its id goes to the upstream that knows
 * it. A put does not wait for the disk and is found at once; it is written within a second, and a
 * killed process loses what was put after that.
 */
public final class Origins {
  /** How long an origin is kept. */
  public static final Duration RETENTION = Duration.ofDays(30);

  /** Characters of a response id; a longer one is not kept. */
  public static final int RESPONSE_ID_CHARS = 512;

  private static final int PURGED_ROWS = 5_000;

  private record Id(String keyId, String responseId) {}

  private record Put(Id id, Origin origin) {}

  private final Path file;
  private final Writer writer;
  private final Readers readers;
  private final Clock clock;
  private final Backlog<Put> backlog;

  /** Put and not yet committed. */
  private final Map<Id, Origin> pending = new ConcurrentHashMap<>();

  /** The ones used last; guarded by itself. */
  private final Map<Id, Origin> cache;

  Origins(Path file, Writer writer, Readers readers, Clock clock, StoreLimits limits) {
    this.file = file;
    this.writer = writer;
    this.readers = readers;
    this.clock = clock;
    this.backlog = writer.backlog(limits.queuedRows(), new OriginSink());
    this.cache =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Id, Origin> eldest) {
            return size() > limits.cachedOrigins();
          }
        };
  }

  /** Keeps an origin; one put before for the same key and response is replaced. */
  public void put(String responseId, Origin origin) {
    if (responseId.length() > RESPONSE_ID_CHARS) {
      return;
    }
    Id id = new Id(origin.keyId(), responseId);
    pending.put(id, origin);
    remember(id, origin);
    if (!backlog.add(new Put(id, origin))) {
      pending.remove(id, origin);
    }
  }

  /** The origin of a response that was made for this key; empty when it is not known. */
  public Optional<Origin> find(String keyId, String responseId) {
    Id id = new Id(keyId, responseId);
    Origin known = cached(id);
    if (known == null) {
      known = pending.get(id);
    }
    if (known == null) {
      known = readers.read(() -> stored(id));
      if (known != null) {
        remember(id, known);
      }
    }
    return known == null || known.at().isBefore(clock.instant().minus(RETENTION))
        ? Optional.empty()
        : Optional.of(known);
  }

  /** Deletes what is older than {@link #RETENTION}, in small steps; returns how many. */
  public int purge() {
    Instant before = clock.instant().minus(RETENTION);
    synchronized (cache) {
      cache.values().removeIf(origin -> origin.at().isBefore(before));
    }
    int purged = 0;
    int step;
    do {
      step =
          writer.write(core -> {
            try (PreparedStatement statement =
                core.prepareStatement(
                    "DELETE FROM origin WHERE (key_id, response_id) IN"
                        + " (SELECT key_id, response_id FROM origin WHERE at_ms < ? LIMIT ?)")) {
              new Binder(statement).millis(before).number(PURGED_ROWS);
              return statement.executeUpdate();
            }
          });
      purged += step;
    } while (step == PURGED_ROWS);
    return purged;
  }

  /** Waits until all puts before are committed. */
  public void flush() {
    backlog.flush();
  }

  /** Puts that were not stored because the queue was full. */
  public long lostRows() {
    return backlog.lostRows();
  }

  private @Nullable Origin cached(Id id) {
    synchronized (cache) {
      return cache.get(id);
    }
  }

  private void remember(Id id, Origin origin) {
    synchronized (cache) {
      cache.put(id, origin);
    }
  }

  private @Nullable Origin stored(Id id) throws SQLException {
    return readers.<@Nullable Origin>on(
        file,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT key_id, provider, upstream_key_id, upstream_model, at_ms FROM origin"
                      + " WHERE key_id = ? AND response_id = ?")) {
            new Binder(statement).text(id.keyId()).text(id.responseId());
            try (ResultSet result = statement.executeQuery()) {
              if (!result.next()) {
                return null;
              }
              Columns columns = new Columns(result);
              return new Origin(
                  columns.text(), columns.text(), columns.text(), columns.text(), columns.millis());
            }
          }
        });
  }

  private final class OriginSink implements Backlog.Sink<Put> {
    @Override
    public long weightBytes(Put row) {
      return 512;
    }

    @Override
    public Object partition(Put row) {
      return "core";
    }

    @Override
    public void write(List<Put> rows) throws SQLException {
      writer.transact(core -> {
        try (PreparedStatement statement =
            core.prepareStatement(
                "INSERT INTO origin (key_id, response_id, provider, upstream_key_id,"
                    + " upstream_model, at_ms) VALUES (?, ?, ?, ?, ?, ?)"
                    + " ON CONFLICT (key_id, response_id) DO UPDATE SET"
                    + " provider = excluded.provider,"
                    + " upstream_key_id = excluded.upstream_key_id,"
                    + " upstream_model = excluded.upstream_model, at_ms = excluded.at_ms")) {
          for (Put put : rows) {
            new Binder(statement)
                .text(put.id().keyId())
                .text(put.id().responseId())
                .text(put.origin().provider())
                .text(put.origin().upstreamKeyId())
                .text(put.origin().upstreamModel())
                .millis(put.origin().at());
            statement.executeUpdate();
          }
          return rows.size();
        }
      });
      for (Put put : rows) {
        pending.remove(put.id(), put.origin());
      }
    }

    @Override
    public void close() {}
  }
}
