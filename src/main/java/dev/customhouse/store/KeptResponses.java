package dev.customhouse.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The responses that the gateway keeps itself, in {@code state.db}: the only file with prompts and
 * answers, and not there before the first of them. A put does not wait for the disk and is found at
 * once; it is written within a second, and a killed process loses what was put after that.
 */
public final class KeptResponses {
  /** Characters of an id, of a response or of an item; what has a longer one is not found by it. */
  public static final int ID_CHARS = 512;

  private static final int PURGED_ROWS = 500;

  private static final String COLUMNS =
      "owner, response_id, previous_id, at_ms, input_items, response";

  private static final byte[] NO_EVENTS = {};

  private record Id(String owner, String id) {}

  private final Path file;
  private final Writer writer;
  private final Readers readers;
  private final Clock clock;
  private final Backlog<KeptResponse> backlog;

  /** Put and not yet committed. */
  private final Map<Id, KeptResponse> pending = new ConcurrentHashMap<>();

  /** By the ids of their items. */
  private final Map<Id, KeptResponse> pendingItems = new ConcurrentHashMap<>();

  /** True once the writer has made the file or brought it up to date: it may be read then. */
  private volatile boolean ready;

  // Of the writer's thread alone.
  private @Nullable Connection connection;

  KeptResponses(Path file, Writer writer, Readers readers, Clock clock, StoreLimits limits) {
    this.file = file;
    this.writer = writer;
    this.readers = readers;
    this.clock = clock;
    this.backlog = writer.backlog(limits.queuedRows(), new ResponseSink());
  }

  /** Keeps a response; one kept before by the same owner under the same id is replaced. */
  public void put(KeptResponse response) {
    if (response.id().length() > ID_CHARS) {
      return;
    }
    pending.put(new Id(response.owner(), response.id()), response);
    for (String item : response.itemIds()) {
      pendingItems.put(new Id(response.owner(), item), response);
    }
    if (!backlog.add(response)) {
      settled(response);
    }
  }

  private void settled(KeptResponse response) {
    pending.remove(new Id(response.owner(), response.id()), response);
    for (String item : response.itemIds()) {
      pendingItems.remove(new Id(response.owner(), item), response);
    }
  }

  private boolean isPending(KeptResponse response) {
    return pending.get(new Id(response.owner(), response.id())) == response;
  }

  /**
   * The response of this owner with its events; empty when it is not known or older than {@code
   * since}.
   */
  public Optional<KeptResponse> find(String owner, String id, Instant since) {
    KeptResponse queued = pending.get(new Id(owner, id));
    if (queued != null) {
      return Optional.of(queued).filter(kept -> !kept.at().isBefore(since));
    }
    return Optional.ofNullable(
        readers.<@Nullable KeptResponse>read(() ->
            this.<@Nullable KeptResponse>on(
                source -> present(source, new Id(owner, id), since, true))));
  }

  /**
   * The conversation up to and with a response of this owner.
   *
   * @param responses beyond so many it is too long
   * @param bytes what they may have together before it is too long
   */
  public KeptConversation conversation(
      String owner, String id, Instant since, int responses, long bytes) {
    return readers.read(() ->
        this.<KeptConversation>on(source -> {
          List<KeptResponse> found = new ArrayList<>();
          long held = 0;
          String next = id;
          while (next != null) {
            if (found.size() == responses || held > bytes) {
              return new KeptConversation(KeptConversation.Extent.TOO_LONG, found.reversed());
            }
            KeptResponse kept = present(source, new Id(owner, next), since, false);
            if (kept == null) {
              return new KeptConversation(
                  found.isEmpty()
                      ? KeptConversation.Extent.UNKNOWN
                      : KeptConversation.Extent.BROKEN,
                  found.reversed());
            }
            found.add(kept);
            held += kept.bytes();
            next = kept.previousId();
          }
          return new KeptConversation(
              held > bytes ? KeptConversation.Extent.TOO_LONG : KeptConversation.Extent.WHOLE,
              found.reversed());
        }));
  }

  /**
   * The responses of this owner that hold these output items, by the items' ids; those that nobody
   * holds are not among them.
   *
   * @param bytes when the responses have more together, the rest is not looked for
   */
  public Map<String, KeptResponse> holders(
      String owner, Collection<String> itemIds, Instant since, long bytes) {
    return readers.read(() ->
        this.<Map<String, KeptResponse>>on(source -> {
          Map<String, KeptResponse> holders = new HashMap<>();
          Map<String, KeptResponse> loaded = new HashMap<>();
          long held = 0;
          for (String item : itemIds) {
            String id = holder(source, new Id(owner, item));
            KeptResponse kept = id == null ? null : loaded.get(id);
            if (id != null && kept == null && held <= bytes) {
              kept = present(source, new Id(owner, id), since, false);
              if (kept != null) {
                loaded.put(id, kept);
                held += kept.bytes();
              }
            }
            if (kept != null) {
              holders.put(item, kept);
            }
          }
          return holders;
        }));
  }

  /** Forgets a response; false when it was not known. Who comes first of two is told true. */
  public boolean delete(String owner, String id) {
    return writer.write(core -> {
      KeptResponse queued = pending.get(new Id(owner, id));
      if (queued != null) {
        settled(queued);
      }
      return delete(List.of(new Id(owner, id))) > 0 || queued != null;
    });
  }

  /**
   * Deletes what is older than {@code since}, then the oldest until no more than so many bytes are
   * kept, in small steps; returns how many responses.
   */
  public int purge(Instant since, long bytes) {
    int purged = 0;
    int step;
    do {
      step = writer.write(core -> delete(outdated(since, bytes)));
      purged += step;
    } while (step > 0);
    return purged;
  }

  /** Waits until all puts before are committed. */
  public void flush() {
    backlog.flush();
  }

  /** Responses that were not stored because the queue was full. */
  public long lostRows() {
    return backlog.lostRows();
  }

  private interface Reading<T extends @Nullable Object> {
    T run(@Nullable Connection source) throws SQLException;
  }

  /** Reads from the file, or from nothing while there is none. On a reader's thread. */
  private <T extends @Nullable Object> T on(Reading<T> reading) throws SQLException {
    if (!ready) {
      if (Files.notExists(file)) {
        return reading.run(null);
      }
      writer.write(core -> connection().isClosed());
    }
    return readers.on(file, reading::run);
  }

  private @Nullable KeptResponse present(
      @Nullable Connection source, Id id, Instant since, boolean withEvents) throws SQLException {
    KeptResponse kept = pending.get(id);
    if (kept == null && source != null) {
      kept = stored(source, id, withEvents);
    }
    return kept == null || kept.at().isBefore(since) ? null : kept;
  }

  private static @Nullable KeptResponse stored(Connection source, Id id, boolean withEvents)
      throws SQLException {
    try (PreparedStatement statement =
        source.prepareStatement(
            "SELECT "
                + COLUMNS
                + (withEvents ? ", events" : ", NULL")
                + " FROM kept_response WHERE owner = ? AND response_id = ?")) {
      new Binder(statement).text(id.owner()).text(id.id());
      try (ResultSet result = statement.executeQuery()) {
        if (!result.next()) {
          return null;
        }
        Columns columns = new Columns(result);
        return new KeptResponse(
            columns.text(),
            columns.text(),
            columns.textOrNull(),
            columns.millis(),
            columns.bytes(),
            columns.bytes(),
            List.of(),
            columns.bytesOr(NO_EVENTS));
      }
    }
  }

  /** The id of the response that holds an item; null: none does. */
  private @Nullable String holder(@Nullable Connection source, Id item) throws SQLException {
    KeptResponse queued = pendingItems.get(item);
    if (queued != null || source == null) {
      return queued == null ? null : queued.id();
    }
    try (PreparedStatement statement =
        source.prepareStatement(
            "SELECT response_id FROM kept_item WHERE owner = ? AND item_id = ?")) {
      new Binder(statement).text(item.owner()).text(item.id());
      try (ResultSet result = statement.executeQuery()) {
        return result.next() ? new Columns(result).text() : null;
      }
    }
  }

  // What follows is for the writer's thread.

  /** The oldest, a step of them: those before the time, or those that are too much. */
  private List<Id> outdated(Instant since, long bytes) throws SQLException {
    if (connection == null && Files.notExists(file)) {
      return List.of();
    }
    long surplus = -bytes;
    try (PreparedStatement statement =
            connection().prepareStatement("SELECT COALESCE(SUM(bytes), 0) FROM kept_response");
        ResultSet result = statement.executeQuery()) {
      result.next();
      surplus += new Columns(result).number();
    }
    List<Id> outdated = new ArrayList<>();
    try (PreparedStatement statement =
        connection()
            .prepareStatement(
                "SELECT owner, response_id, at_ms, bytes FROM kept_response"
                    + " ORDER BY at_ms, bytes LIMIT ?")) {
      new Binder(statement).number(PURGED_ROWS);
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          Columns columns = new Columns(result);
          Id id = new Id(columns.text(), columns.text());
          if (!columns.millis().isBefore(since) && surplus <= 0) {
            break;
          }
          outdated.add(id);
          surplus -= columns.number();
        }
      }
    }
    return outdated;
  }

  private int delete(List<Id> ids) throws SQLException {
    if (ids.isEmpty() || connection == null && Files.notExists(file)) {
      return 0;
    }
    return transact(state -> {
      int deleted = 0;
      try (PreparedStatement items =
              state.prepareStatement("DELETE FROM kept_item WHERE owner = ? AND response_id = ?");
          PreparedStatement response =
              state.prepareStatement(
                  "DELETE FROM kept_response WHERE owner = ? AND response_id = ?")) {
        for (Id id : ids) {
          new Binder(items).text(id.owner()).text(id.id());
          items.executeUpdate();
          new Binder(response).text(id.owner()).text(id.id());
          deleted += response.executeUpdate();
        }
      }
      return deleted;
    });
  }

  private <T> T transact(Writer.Work<T> work) throws SQLException {
    boolean committed = false;
    try {
      Connection state = connection();
      T result = work.run(state);
      state.commit();
      committed = true;
      return result;
    } finally {
      if (!committed) {
        discard();
      }
    }
  }

  private Connection connection() throws SQLException {
    Connection present = connection;
    if (present == null) {
      present =
          SqliteFile.openWriter(
              file,
              SqliteFile.Durability.EVENTUAL,
              SqliteFile.Content.PRIVATE,
              Schema.STATE,
              clock);
      connection = present;
      ready = true;
    }
    return present;
  }

  private void discard() {
    SqliteFile.closeQuietly(connection);
    connection = null;
  }

  private final class ResponseSink implements Backlog.Sink<KeptResponse> {
    /** A row's own fields, about. */
    private static final long ROW_BYTES = 1_024;

    @Override
    public long weightBytes(KeptResponse row) {
      return ROW_BYTES + row.bytes();
    }

    @Override
    public Object partition(KeptResponse row) {
      return "state";
    }

    @Override
    public void write(List<KeptResponse> rows) throws SQLException {
      transact(state -> {
        try (PreparedStatement response =
                state.prepareStatement(
                    "INSERT INTO kept_response ("
                        + COLUMNS
                        + ", bytes, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (owner, response_id) DO UPDATE SET"
                        + " previous_id = excluded.previous_id, at_ms = excluded.at_ms,"
                        + " input_items = excluded.input_items, response = excluded.response,"
                        + " bytes = excluded.bytes, events = excluded.events");
            PreparedStatement item =
                state.prepareStatement(
                    "INSERT INTO kept_item (owner, item_id, response_id) VALUES (?, ?, ?)"
                        + " ON CONFLICT (owner, item_id) DO UPDATE SET"
                        + " response_id = excluded.response_id")) {
          for (KeptResponse row : rows) {
            if (isPending(row)) { // Else it was deleted, or replaced, before it was written.
              insert(row, response, item);
            }
          }
          return rows.size();
        }
      });
      rows.forEach(KeptResponses.this::settled);
    }

    private void insert(KeptResponse row, PreparedStatement response, PreparedStatement item)
        throws SQLException {
      new Binder(response)
          .text(row.owner())
          .text(row.id())
          .text(row.previousId())
          .millis(row.at())
          .bytes(row.input())
          .bytes(row.response())
          .number(row.bytes())
          .bytes(row.events());
      response.executeUpdate();
      Set<String> written = new HashSet<>();
      for (String itemId : row.itemIds()) {
        if (itemId.length() <= ID_CHARS && written.add(itemId)) {
          new Binder(item).text(row.owner()).text(itemId).text(row.id());
          item.executeUpdate();
        }
      }
    }

    @Override
    public void close() {
      discard();
    }
  }
}
