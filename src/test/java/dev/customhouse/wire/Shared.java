package dev.customhouse.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Recorded test data that lies beside the repository and not in it. */
final class Shared {
  private Shared() {}

  /** The files below a folder of the shared data; none, with a line said, when it is absent. */
  static List<Path> files(String folder, String suffix) throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path start = Path.of(root, folder);
    if (!Files.isDirectory(start)) {
      System.out.println("not run: the folder " + folder + " of the shared data is absent");
      return List.of();
    }
    try (Stream<Path> files = Files.walk(start)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }
}
