package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.config.Settings;
import dev.customhouse.store.KeyRow;
import dev.customhouse.store.KeyStore;
import dev.customhouse.store.Page;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /admin/v1/keys}. Stored keys are listed newest first, then those of the configuration. */
final class KeyRoutes {
  private static final int CONFLICT = 409;

  private final KeyService keys;
  private final KeyStore store;
  private final Clock clock;

  KeyRoutes(KeyService keys, KeyStore store, Clock clock) {
    this.keys = keys;
    this.store = store;
    this.clock = clock;
  }

  Answer create(Ask ask) throws InterruptedException {
    ask.query();
    Instant now = clock.instant();
    NewKey asked = NewKey.read(ask, now);
    KeyService.Created created =
        keys.create(
            asked.name(),
            asked.project(),
            asked.models(),
            asked.requestsPerMinute(),
            asked.concurrentStreams(),
            asked.onUnsupported(),
            asked.expiresAt());
    ObjectNode node = KeyViews.of(created.row(), now);
    node.put("key", created.key().reveal());
    return Answer.json(201, node).with("location", AdminApi.PREFIX + "v1/keys/" + created.id());
  }

  Answer list(Ask ask) {
    Query query = ask.query("limit", "after", "search");
    int limit = query.limit();
    String after = query.text("after");
    String search = query.text("search");
    List<ObjectNode> views = new ArrayList<>();
    @Nullable String next = null;
    boolean inManaged = after != null && after.startsWith(KeyService.STATIC_PREFIX);
    if (!inManaged) {
      Page<KeyRow> page = stored(limit, after, search);
      Instant now = clock.instant();
      page.rows().forEach(row -> views.add(KeyViews.of(row, now)));
      next = page.next();
    }
    if (next == null) {
      for (Map.Entry<String, Settings.Key> key : managed(inManaged ? after : null, search)) {
        if (views.size() == limit) {
          next = views.getLast().path("id").textValue();
          break;
        }
        views.add(KeyViews.of(key.getKey(), key.getValue()));
      }
    }
    return page(views, next);
  }

  private Page<KeyRow> stored(int limit, @Nullable String after, @Nullable String search) {
    if (after != null && store.find(after).isEmpty()) {
      throw Query.invalid(
          "after", "is %s, which no key has; expected a page's next".formatted(Quoted.of(after)));
    }
    return store.list(limit, after, search);
  }

  private List<Map.Entry<String, Settings.Key>> managed(
      @Nullable String after, @Nullable String search) {
    String part = search == null ? "" : search.toLowerCase(Locale.ROOT);
    String start = after == null ? "" : after;
    return keys.managed().tailMap(start, false).entrySet().stream()
        .filter(key -> key.getValue().name().toLowerCase(Locale.ROOT).contains(part))
        .toList();
  }

  /** A part of a list, as all lists here are written. */
  static Answer page(List<ObjectNode> views, @Nullable String next) {
    ObjectNode node = AdminJson.object();
    ArrayNode data = node.putArray("data");
    views.forEach(data::add);
    node.put("has_more", next != null).put("next", next);
    return Answer.json(200, node);
  }

  Answer get(Ask ask) {
    ask.query();
    Settings.Key managed = keys.managed().get(ask.id());
    if (managed != null) {
      return Answer.json(200, KeyViews.of(ask.id(), managed));
    }
    KeyRow row = store.find(ask.id()).orElseThrow(() -> notFound(ask));
    return Answer.json(200, KeyViews.of(row, clock.instant()));
  }

  Answer revoke(Ask ask) {
    ask.query();
    Settings.Key managed = keys.managed().get(ask.id());
    if (managed != null) {
      return Answer.error(
          CONFLICT,
          new Refusal(
              ErrorKind.INVALID_REQUEST,
              "managed_by_configuration",
              "The key '%s' belongs to the configuration file; take it out there."
                  .formatted(managed.name()),
              "id",
              null));
    }
    KeyRow row = keys.revoke(ask.id()).orElseThrow(() -> notFound(ask));
    return Answer.json(200, KeyViews.of(row, clock.instant()));
  }

  private static Refusal notFound(Ask ask) {
    return ask.notFound("key_not_found", "No key");
  }
}
