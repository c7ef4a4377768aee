package dev.customhouse.store;

import dev.customhouse.secret.KeyHasher;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one gateway in its data folder: {@code core.db}, {@code state.db}, {@code
 * usage-YYYY-MM.db}, {@code pepper}, {@code lock} and {@code native/}. Safe for use by many
 * threads, virtual ones included. Its parts end with it.
 */
public final class Storage implements AutoCloseable {
  private final DataFolder folder;
  private final Readers readers;
  private final Writer writer;
  private final KeyStore keys;
  private final AdminTokenStore adminToken;
  private final UsageLog usage;
  private final Origins origins;
  private final KeptResponses responses;
  private boolean closed;

  private Storage(DataFolder folder, Clock clock, StoreLimits limits) throws SQLException {
    this.folder = folder;
    Path core = folder.path().resolve("core.db");
    NativeLibrary.load(folder.path());
    UsagePartitions partitions = new UsagePartitions(folder.path(), clock);
    this.writer =
        new Writer(
            limits,
            () ->
                SqliteFile.openWriter(
                    core,
                    SqliteFile.Durability.EVERY_COMMIT,
                    SqliteFile.Content.PRIVATE,
                    Schema.CORE,
                    clock));
    this.readers = new Readers(limits);
    this.keys = new KeyStore(core, writer, readers, clock);
    this.adminToken = new AdminTokenStore(core, writer, readers);
    this.usage = new UsageLog(writer, readers, partitions, limits);
    this.origins = new Origins(core, writer, readers, clock, limits);
    this.responses =
        new KeptResponses(folder.path().resolve("state.db"), writer, readers, clock, limits);
    writer.start();
  }

  /**
   * Opens the storage of a folder, which is made where it is missing.
   *
   * @throws StoreException when the folder is in use, cannot be written, or holds the tables of a
   *     newer program
   */
  public static Storage open(Path dataDir, Clock clock) {
    return open(dataDir, clock, StoreLimits.DEFAULT);
  }

  static Storage open(Path dataDir, Clock clock, StoreLimits limits) {
    DataFolder folder = DataFolder.open(dataDir);
    @Nullable Storage storage = null;
    try {
      storage = new Storage(folder, clock, limits);
      return storage;
    } catch (SQLException e) {
      throw new StoreException(
          "the database " + folder.path().resolve("core.db") + " cannot be opened: " + e, e);
    } finally {
      if (storage == null) {
        folder.close();
      }
    }
  }

  /** The downstream keys. */
  public KeyStore keys() {
    return keys;
  }

  /** The admin token's hash. */
  public AdminTokenStore adminToken() {
    return adminToken;
  }

  /** One row for each request. */
  public UsageLog usage() {
    return usage;
  }

  /** Which upstream made a response. */
  public Origins origins() {
    return origins;
  }

  /** Responses that the gateway keeps itself. */
  public KeptResponses responses() {
    return responses;
  }

  /**
   * The hasher of downstream keys under this folder's pepper.
   *
   * @param random asked for a generator at the first start only; a {@link
   *     java.security.SecureRandom} outside of tests
   * @throws StoreException when the pepper is damaged, or missing although keys are stored
   */
  public KeyHasher keyHasher(Supplier<? extends RandomGenerator> random) {
    return Pepper.hasher(folder.path(), random, () -> !keys.isEmpty());
  }

  /** For tests: the writer itself. */
  Writer writer() {
    return writer;
  }

  /**
   * Writes all that is queued, closes the files and gives the folder back. Once is enough.
   *
   * @throws StoreException when queued rows could not be written: they are lost
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    long lostBefore = lostRows();
    readers.close();
    writer.close();
    folder.close();
    long lost = lostRows() - lostBefore;
    if (lost > 0) {
      throw new StoreException(
          lost + " queued rows could not be written to " + folder.path() + " and are lost");
    }
  }

  private long lostRows() {
    return usage.lostRows() + origins.lostRows() + responses.lostRows();
  }
}
