package dev.customhouse;

/** The command line. */
public final class Main {
  private Main() {}

  /** Starts. */
  public static void main(String[] arguments) {
    System.out.println("hello");
  }
}
