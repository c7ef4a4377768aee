package dev.customhouse.config;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Watches a configuration file and tells of its changes: the new settings when the file is valid as
 * a whole, its problems when it is not; the last good settings stay. It looks at the file's
 * attributes, then at the SHA-256 of its content, so that a touched file is no change. Calls may
 * come from several threads; they take turns, the listener's time included.
 */
public final class SettingsWatcher implements AutoCloseable {
  /** What is told of a change. Called by the thread that found it, one call at a time. */
  public interface Listener {
    /** The file has new settings, or is valid again after it was not. */
    void changed(Settings settings);

    /** The file was refused; the last good settings stay. Told once for each content. */
    void refused(SettingsException refusal);
  }

  /** What a look at the file found. */
  public enum Outcome {
    UNCHANGED,
    CHANGED,
    REFUSED
  }

  /** Between two looks of the watcher's own thread. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A file written this short a time ago may be written again within the same time stamp. */
  private static final Duration FRESH = Duration.ofSeconds(3);

  private static final Logger LOGGER = System.getLogger(SettingsWatcher.class.getName());

  /** The attributes by which a change shows. {@code key} is the inode, null where there is none. */
  private record Stamp(Instant modified, long bytes, @Nullable Object key) {}

  private final ReentrantLock turns = new ReentrantLock();
  private final Path file;
  private final SettingsReader reader;
  private final Clock clock;
  private final Listener listener;
  private @Nullable Stamp stamp;
  private @Nullable String content;
  private @Nullable Thread thread;

  /**
   * A watcher that has not looked yet.
   *
   * @param clock tells how long ago the file was written
   */
  public SettingsWatcher(Path file, SettingsReader reader, Clock clock, Listener listener) {
    this.file = file;
    this.reader = reader;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Reads the file for the first time; later looks compare with what was read here. The listener is
   * not told.
   *
   * @throws SettingsException the file cannot be read or is not valid
   */
  public Settings load() {
    turns.lock();
    try {
      stamp = look();
      byte[] bytes = SettingsReader.readBytes(file);
      content = digest(bytes);
      return reader.read(SettingsReader.textOf(bytes, file.toString()), file.toString());
    } finally {
      turns.unlock();
    }
  }

  /** Looks at the file and tells the listener if its content is another than at the last look. */
  public Outcome check() {
    turns.lock();
    try {
      Stamp seen = look();
      boolean fresh = seen != null && seen.modified().isAfter(clock.instant().minus(FRESH));
      if (content != null && !fresh && Objects.equals(seen, stamp)) {
        return Outcome.UNCHANGED;
      }
      stamp = seen;
      return read(false);
    } finally {
      turns.unlock();
    }
  }

  /**
   * Reads the file and tells the listener whatever it holds, changed or not: for a signal or an
   * administrator's word, so that secrets that the file refers to are read anew.
   */
  public Outcome reload() {
    turns.lock();
    try {
      stamp = look();
      return read(true);
    } finally {
      turns.unlock();
    }
  }

  /** Starts a daemon thread that checks once a second until the watcher is closed. */
  public void start() {
    turns.lock();
    try {
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("settings-watcher").start(this::watch);
      }
    } finally {
      turns.unlock();
    }
  }

  /** Ends the thread; a check under way is finished by it. */
  @Override
  public void close() {
    turns.lock();
    try {
      if (thread != null) {
        thread.interrupt();
        thread = null;
      }
    } finally {
      turns.unlock();
    }
  }

  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(INTERVAL);
        check();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOGGER.log(Level.ERROR, "a change of " + file + " could not be applied", e);
      }
    }
  }

  private Outcome read(boolean always) {
    String seen = "unreadable";
    Settings settings;
    try {
      byte[] bytes = SettingsReader.readBytes(file);
      seen = digest(bytes);
      if (!always && seen.equals(content)) {
        return Outcome.UNCHANGED;
      }
      settings = reader.read(SettingsReader.textOf(bytes, file.toString()), file.toString());
    } catch (SettingsException refusal) {
      if (!always && seen.equals(content)) {
        return Outcome.UNCHANGED;
      }
      content = seen;
      listener.refused(refusal);
      return Outcome.REFUSED;
    }
    content = seen;
    listener.changed(settings);
    return Outcome.CHANGED;
  }

  /** The file's attributes; null when it cannot be seen. */
  private @Nullable Stamp look() {
    try {
      BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(seen.lastModifiedTime().toInstant(), seen.size(), seen.fileKey());
    } catch (IOException e) {
      return null;
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing from this JDK", e);
    }
  }
}
