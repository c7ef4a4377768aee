package dev.customhouse.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The data folder, held by this process alone from {@link #open} to {@link #close}. What is made in
 * it is readable by its owner only, where the file system knows owners.
 */
final class DataFolder implements AutoCloseable {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  /** A byte far behind the text of the lock file: locks are mandatory on some systems. */
  private static final long LOCKED_BYTE = 1L << 30;

  /**
   * The folders this process holds. The file lock cannot tell: it belongs to the process, and
   * closing a second channel on the same file would release it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockFile;

  private DataFolder(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Makes the folder where it is missing and takes its lock.
   *
   * @throws StoreException when it cannot be made or another gateway holds it
   */
  static DataFolder open(Path folder) {
    Path path;
    try {
      Files.createDirectories(folder, ownerOnly("rwx------"));
      path = folder.toRealPath();
    } catch (IOException e) {
      throw new StoreException("the data folder " + folder + " cannot be made: " + e, e);
    }
    if (!HELD.add(path)) {
      throw inUse(path, Long.toString(ProcessHandle.current().pid()));
    }
    boolean held = false;
    try {
      FileChannel lockFile = lock(path);
      held = true;
      return new DataFolder(path, lockFile);
    } catch (IOException e) {
      throw new StoreException("the data folder " + path + " cannot be locked: " + e, e);
    } finally {
      if (!held) {
        HELD.remove(path);
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve("lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            ownerOnly("rw-------"));
    boolean locked = false;
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      if (lock == null) {
        throw inUse(path, readText(channel));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static String readText(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(20);
    channel.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
  }

  private static StoreException inUse(Path path, String pid) {
    String holder = pid.matches("\\d+") ? "the gateway with process id " + pid : "another gateway";
    return new StoreException(
        "the data folder "
            + path
            + " is in use by "
            + holder
            + "; stop it or choose another folder");
  }

  /** The folder, absolute and without links. */
  Path path() {
    return path;
  }

  /** Makes an empty file for the owner only, unless it is there. */
  static void createFile(Path file) throws IOException {
    if (Files.notExists(file)) {
      Files.createFile(file, ownerOnly("rw-------"));
      syncFolderOf(file);
    }
  }

  /** Writes a file for the owner only, wholly or not at all, and waits until it is on the disk. */
  static void writeFile(Path file, byte[] bytes) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(unfinished);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            ownerOnly("rw-------"))) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(
        unfinished,
        file,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    syncFolderOf(file);
  }

  /**
   * Makes a name in a folder outlast a power cut. Windows does it by itself and opens no folder.
   */
  private static void syncFolderOf(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (POSIX && folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  static FileAttribute<?>[] ownerOnly(String permissions) {
    return POSIX
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Gives the folder back. The lock file stays: deleting it would race with the next opener. */
  @Override
  public void close() {
    try {
      lockFile.truncate(0);
      lockFile.close();
    } catch (IOException e) {
      throw new StoreException("the lock of the data folder " + path + " cannot be released", e);
    } finally {
      HELD.remove(path);
    }
  }
}
