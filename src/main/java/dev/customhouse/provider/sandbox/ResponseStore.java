package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The responses that may be asked for again, in memory. Beyond its limits the oldest go. Safe for
 * use by several threads.
 */
final class ResponseStore {
  /** Responses kept. */
  static final int MAX_RESPONSES = 1_000;

  /** Bytes of JSON kept, all responses and their inputs together. */
  static final long MAX_BYTES = 32L << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Kept> byId = new LinkedHashMap<>();
  private long bytes;

  /**
   * A response with what led to it.
   *
   * @param response as it is to be told; nobody writes to it
   * @param pending the response as it will be when its background work is done; null when it is
   * @param inputItems the request's own items
   * @param previousId the response that the conversation goes on from; null when it begins here
   */
  record Kept(
      ObjectNode response,
      @Nullable ObjectNode pending,
      List<JsonNode> inputItems,
      @Nullable String previousId,
      long bytes) {

    /** This one with its response in another state. */
    Kept as(ObjectNode state) {
      return new Kept(state, null, inputItems, previousId, bytes);
    }
  }

  /** Keeps a response, in place of an older one of the same id. */
  void put(
      ObjectNode response,
      @Nullable ObjectNode pending,
      List<JsonNode> inputItems,
      @Nullable String previousId) {
    long size = Json.bytes(response).length;
    for (JsonNode item : inputItems) {
      size += Json.bytes(item).length;
    }
    String id = response.path("id").asText();
    lock.lock();
    try {
      removeLocked(id);
      if (size > MAX_BYTES) {
        return;
      }
      byId.put(id, new Kept(response, pending, List.copyOf(inputItems), previousId, size));
      bytes += size;
      while (byId.size() > MAX_RESPONSES || bytes > MAX_BYTES) {
        removeLocked(byId.keySet().iterator().next());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The response; null when it is not kept. Background work that is under way gets done by it. */
  @Nullable ObjectNode get(String id) {
    lock.lock();
    try {
      Kept kept = byId.get(id);
      if (kept == null) {
        return null;
      }
      ObjectNode done = kept.pending();
      if (done != null) {
        byId.replace(id, kept.as(done));
        return done;
      }
      return kept.response();
    } finally {
      lock.unlock();
    }
  }

  /** Cancels background work; the response as it is then, or null when it is not kept. */
  @Nullable ObjectNode cancel(String id) {
    lock.lock();
    try {
      Kept kept = byId.get(id);
      if (kept == null) {
        return null;
      }
      if (kept.pending() == null) {
        return kept.response();
      }
      ObjectNode cancelled = kept.response().deepCopy().put("status", "cancelled");
      byId.replace(id, kept.as(cancelled));
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /** True when it was there. */
  boolean delete(String id) {
    lock.lock();
    try {
      return removeLocked(id);
    } finally {
      lock.unlock();
    }
  }

  /** The items that the response was made from, its own request's only; null when not kept. */
  @Nullable List<JsonNode> inputItems(String id) {
    lock.lock();
    try {
      Kept kept = byId.get(id);
      return kept == null ? null : kept.inputItems();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The whole conversation up to and with the response, oldest first; null when a part of it is not
   * kept.
   */
  @Nullable List<JsonNode> conversation(String id) {
    lock.lock();
    try {
      List<Kept> chain = new ArrayList<>();
      String next = id;
      while (next != null) {
        Kept kept = byId.get(next);
        if (kept == null || chain.size() > MAX_RESPONSES) {
          return null;
        }
        chain.addFirst(kept);
        next = kept.previousId();
      }
      List<JsonNode> items = new ArrayList<>();
      for (Kept kept : chain) {
        items.addAll(kept.inputItems());
        kept.response().path("output").forEach(items::add);
      }
      return items;
    } finally {
      lock.unlock();
    }
  }

  /** An output item of a kept response; null when none has the id. */
  @Nullable JsonNode item(String itemId) {
    lock.lock();
    try {
      for (Kept kept : byId.values()) {
        for (JsonNode item : kept.response().path("output")) {
          if (item.path("id").asText().equals(itemId)) {
            return item;
          }
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private boolean removeLocked(String id) {
    Kept kept = byId.remove(id);
    if (kept != null) {
      bytes -= kept.bytes();
    }
    return kept != null;
  }
}
