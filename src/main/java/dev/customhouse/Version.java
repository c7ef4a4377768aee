package dev.customhouse;

/** The version of this build. */
final class Version {
  private Version() {}

  /** From the jar's manifest; {@code dev} when run from classes. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
