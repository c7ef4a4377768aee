package dev.customhouse.flow.translate;

import dev.customhouse.canonical.Caller;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reasoning behind calls of tools, kept for clients whose dialect has no place for it: such a
 * client echoes the ids of its calls, and by them the reasoning is put back before the next request
 * goes to the model that made it. Kept in memory, for each project (or key without one) apart, for
 * a bounded time and in bounded numbers; what is no longer there is left out.
 */
public final class Seals {
  /** Tool loops of agents are over by then. */
  private static final Duration KEPT = Duration.ofHours(6);

  /** All texts and seals together; beyond it the oldest go. */
  private static final long CHARS = 64L * 1024 * 1024;

  private static final int CALLS = 100_000;

  private final LongSupplier nanoTime;
  private final LinkedHashMap<Place, Kept> byCall = new LinkedHashMap<>();
  private long chars;

  private record Place(String owner, String callId) {}

  private record Kept(
      List<Content.Reasoning> reasoning, @Nullable Seal seal, long chars, long atNanos) {}

  /** An empty store; {@code nanoTime} as {@link System#nanoTime()}. */
  public Seals(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Keeps the reasoning that stands before each call of the answer. */
  void keep(Caller caller, ChatAnswer answer) {
    List<Content.Reasoning> before = new ArrayList<>();
    for (Content content : answer.content()) {
      if (content instanceof Content.Reasoning reasoning) {
        before.add(reasoning);
      } else if (content instanceof Content.ToolCall call) {
        if (!before.isEmpty() || call.seal() != null) {
          put(new Place(owner(caller), call.id()), List.copyOf(before), call.seal());
        }
        before.clear();
      }
    }
  }

  private synchronized void put(
      Place place, List<Content.Reasoning> reasoning, @Nullable Seal seal) {
    long size = place.callId().length() + (seal == null ? 0 : seal.data().length());
    for (Content.Reasoning thought : reasoning) {
      Seal own = thought.seal();
      size += thought.text().length() + (own == null ? 0 : own.data().length());
    }
    remove(byCall.remove(place));
    byCall.put(place, new Kept(reasoning, seal, size, nanoTime.getAsLong()));
    chars += size;
    var oldest = byCall.entrySet().iterator();
    while ((chars > CHARS || byCall.size() > CALLS) && oldest.hasNext()) {
      remove(oldest.next().getValue());
      oldest.remove();
    }
  }

  private void remove(@Nullable Kept kept) {
    chars -= kept == null ? 0 : kept.chars();
  }

  private synchronized @Nullable Kept find(Place place) {
    Kept kept = byCall.get(place);
    if (kept != null && nanoTime.getAsLong() - kept.atNanos() > KEPT.toNanos()) {
      remove(byCall.remove(place));
      return null;
    }
    return kept;
  }

  /** The request with the reasoning put back behind which its calls were made. */
  ChatRequest restored(Caller caller, ChatRequest request) {
    List<Message> messages = new ArrayList<>(request.messages().size());
    boolean changed = false;
    for (Message message : request.messages()) {
      Message restored =
          message.role() == Message.Role.ASSISTANT ? restored(caller, message) : message;
      changed |= restored != message;
      messages.add(restored);
    }
    return changed ? request.toBuilder().messages(messages).build() : request;
  }

  private Message restored(Caller caller, Message message) {
    // A client that echoes reasoning by itself knows better.
    if (message.content().stream().anyMatch(Content.Reasoning.class::isInstance)) {
      return message;
    }
    List<Content> restored = new ArrayList<>();
    boolean changed = false;
    for (Content content : message.content()) {
      Kept kept =
          content instanceof Content.ToolCall call
              ? find(new Place(owner(caller), call.id()))
              : null;
      if (kept == null || !(content instanceof Content.ToolCall call)) {
        restored.add(content);
        continue;
      }
      changed = true;
      restored.addAll(kept.reasoning());
      restored.add(call.withSeal(call.seal() == null ? kept.seal() : call.seal()));
    }
    return changed ? message.with(restored) : message;
  }

  private static String owner(Caller caller) {
    String project = caller.project();
    return project == null ? "key " + caller.keyId() : "project " + project;
  }

  /** How many calls are remembered. */
  synchronized int size() {
    return byCall.size();
  }
}
