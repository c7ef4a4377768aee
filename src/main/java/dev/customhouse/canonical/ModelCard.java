package dev.customhouse.canonical;

import java.time.Instant;

/**
 * A model as lists show it.
 *
 * @param ownedBy the provider's id; {@code sandbox} for the built-in one
 */
public record ModelCard(String id, String ownedBy, Instant created) {}
