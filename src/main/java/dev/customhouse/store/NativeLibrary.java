package dev.customhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's native library, unpacked once into the data folder. The driver by itself unpacks it into
 * the temporary folder at every start, which costs about 80 ms and leaves the file behind when the
 * process is killed.
 */
final class NativeLibrary {
  private static final String PATH_PROPERTY = "org.sqlite.lib.path";
  private static final String NAME_PROPERTY = "org.sqlite.lib.name";

  private static boolean loaded;

  private NativeLibrary() {}

  /**
   * Loads the library into this process, once. Where it may not be loaded from the data folder (it
   * is mounted {@code noexec}, say), the driver's own way is left to do it. Who sets the driver's
   * property {@code org.sqlite.lib.path} has chosen a library and keeps it.
   */
  static synchronized void load(Path dataFolder) {
    if (loaded) {
      return;
    }
    if (System.getProperty(PATH_PROPERTY) == null) {
      Path file = unpacked(dataFolder);
      if (links(file)
          || links(replaced(file, usualResource()))
          || links(replaced(file, driversResource()))) {
        System.setProperty(PATH_PROPERTY, String.valueOf(file.getParent()));
        System.setProperty(NAME_PROPERTY, String.valueOf(file.getFileName()));
      }
    }
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception e) {
      throw new StoreException("SQLite's native library cannot be loaded: " + e.getMessage(), e);
    }
    loaded = true;
  }

  /**
   * The library's place. Version and machine are in its name; the C library is not, because asking
   * the driver for it costs 40 ms: a file of the other one does not link and is then replaced.
   */
  private static Path unpacked(Path dataFolder) {
    return dataFolder
        .resolve("native")
        .resolve(
            "sqlitejdbc-"
                + SQLiteJDBCLoader.getVersion()
                + "-"
                + System.getProperty("os.name", "").replaceAll("[^A-Za-z0-9]", "")
                + "-"
                + System.getProperty("os.arch", "").replaceAll("[^A-Za-z0-9_]", "")
                + ".lib");
  }

  private static boolean links(Path file) {
    if (Files.notExists(file)) {
      return false;
    }
    try {
      System.load(file.toString());
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** Where the library for glibc on a usual machine is: a guess that costs nothing. */
  private static String usualResource() {
    String machine = System.getProperty("os.arch", "");
    return "/org/sqlite/native/"
        + System.getProperty("os.name", "")
        + "/"
        + (machine.equals("amd64") ? "x86_64" : machine)
        + "/"
        + LibraryLoaderUtil.getNativeLibName();
  }

  /** Where the driver has the library for this machine; it runs a program to find out. */
  private static String driversResource() {
    return LibraryLoaderUtil.getNativeLibResourcePath()
        + "/"
        + LibraryLoaderUtil.getNativeLibName();
  }

  private static Path replaced(Path file, String resource) {
    try (InputStream library = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
      if (library != null) {
        Files.createDirectories(
            java.util.Objects.requireNonNull(file.getParent()), DataFolder.ownerOnly("rwx------"));
        DataFolder.writeFile(file, library.readAllBytes());
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack SQLite's native library to " + file, e);
    }
  }
}
