package dev.customhouse.store;

import dev.customhouse.secret.KeyHasher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The secret under which downstream keys are hashed: 32 random bytes in the file {@code pepper} of
 * the data folder, for its owner only. It is never in a database, so a stolen copy of one is no use
 * for guessing keys. It belongs into the backup beside {@code core.db}, stored apart.
 */
final class Pepper {
  private Pepper() {}

  /**
   * The hasher under the folder's pepper, which is made at the first start.
   *
   * @param keysAreStored whether keys hashed under an earlier pepper exist
   * @throws StoreException when the file cannot be read or written, has another length, or is
   *     missing although keys are stored: with a new pepper they would all be refused
   */
  static KeyHasher hasher(
      Path dataFolder, Supplier<? extends RandomGenerator> random, BooleanSupplier keysAreStored) {
    Path file = dataFolder.resolve("pepper");
    byte[] pepper = new byte[0];
    try {
      if (Files.exists(file)) {
        pepper = Files.readAllBytes(file);
      } else {
        if (keysAreStored.getAsBoolean()) {
          throw new StoreException(
              "the file "
                  + file
                  + " is missing, and the stored keys cannot be checked without it; restore it");
        }
        pepper = new byte[KeyHasher.PEPPER_BYTES];
        random.get().nextBytes(pepper);
        DataFolder.writeFile(file, pepper);
      }
      if (pepper.length != KeyHasher.PEPPER_BYTES) {
        throw new StoreException(
            "the file "
                + file
                + " has "
                + pepper.length
                + " bytes; expected "
                + KeyHasher.PEPPER_BYTES);
      }
      return new KeyHasher(pepper);
    } catch (IOException e) {
      throw new StoreException("the file " + file + " cannot be read or written: " + e, e);
    } finally {
      Arrays.fill(pepper, (byte) 0);
    }
  }
}
