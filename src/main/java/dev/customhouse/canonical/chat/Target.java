package dev.customhouse.canonical.chat;

/**
 * Whom a request is written for.
 *
 * @param provider its id in the configuration
 * @param hostType its {@code type} in the configuration, such as {@code openai} or {@code groq}
 * @param model the name the provider knows the model by
 */
public record Target(String provider, String hostType, String model) {
  /** By what seals name their maker: the same provider and model, and nobody else. */
  public String maker() {
    return provider + "/" + model;
  }
}
