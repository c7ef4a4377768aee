package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.config.Settings;
import dev.customhouse.store.KeyRow;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Keys as the admin API shows them: never the key, never its hash. */
final class KeyViews {
  private KeyViews() {}

  static ObjectNode of(KeyRow row, Instant now) {
    String state =
        row.revokedAt() != null
            ? "revoked"
            : row.expiresAt() != null && !now.isBefore(row.expiresAt()) ? "expired" : "active";
    ObjectNode node = common(row.id(), row.name(), row.project(), state, "admin_api");
    node.put("hint", row.hint());
    limits(node, row.models(), row.requestsPerMinute(), row.concurrentStreams());
    onUnsupported(node, row.onUnsupported());
    times(node, row.createdAt(), row.expiresAt(), row.revokedAt());
    return node;
  }

  static ObjectNode of(String id, Settings.Key key) {
    ObjectNode node = common(id, key.name(), key.project(), "active", "configuration");
    node.putNull("hint");
    limits(node, key.models(), key.rpm(), key.concurrentStreams());
    onUnsupported(node, key.onUnsupported());
    times(node, null, null, null);
    return node;
  }

  private static ObjectNode common(
      String id, String name, @Nullable String project, String state, String managedBy) {
    return AdminJson.object()
        .put("id", id)
        .put("name", name)
        .put("project", project)
        .put("state", state)
        .put("managed_by", managedBy);
  }

  private static void limits(
      ObjectNode node, List<String> models, @Nullable Integer rpm, @Nullable Integer streams) {
    ArrayNode globs = node.putArray("models");
    models.forEach(globs::add);
    node.putObject("limits").put("rpm", rpm).put("concurrent_streams", streams);
  }

  private static void onUnsupported(ObjectNode node, @Nullable OnUnsupported policy) {
    node.put("on_unsupported", policy == null ? null : policy.name().toLowerCase(Locale.ROOT));
  }

  private static void times(
      ObjectNode node,
      @Nullable Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt) {
    Times.put(node, "created_at", createdAt);
    Times.put(node, "expires_at", expiresAt);
    Times.put(node, "revoked_at", revokedAt);
  }
}
