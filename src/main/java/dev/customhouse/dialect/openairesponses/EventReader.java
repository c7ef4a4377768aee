package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.UpstreamErrors;
import dev.customhouse.wire.SseEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Understands a provider's events. What an event repeats is told once, and what was never announced
 * is told when it is met: hosts leave out events of either kind.
 */
final class EventReader implements PartReader {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final String maker;
  private final Map<Integer, StreamItem> items = new LinkedHashMap<>();

  /** Items whose number was used again. */
  private final List<StreamItem> past = new ArrayList<>();

  private int blocks;
  private int lastIndex;
  private boolean begun;
  private boolean calls;
  private boolean over;

  EventReader(String maker) {
    this.maker = maker;
  }

  @Override
  public void event(byte[] buffer, int start, int end, Consumer<StreamPart> parts) {
    SseEvent event = SseEvent.parse(buffer, start, end);
    if (!event.hasData()) {
      if (event.isComment()) {
        parts.accept(new StreamPart.Alive());
      }
      return;
    }
    if (over || event.dataIs(DONE)) {
      return;
    }
    JsonNode data = Json.read(event.dataBuffer(), event.dataStart(), event.dataEnd());
    if (data.isObject()) {
      String type = data.path("type").asText("");
      understand(type.isEmpty() ? event.name() : type, data, parts);
    }
  }

  private void understand(String type, JsonNode data, Consumer<StreamPart> parts) {
    switch (type) {
      case "response.created", "response.queued", "response.in_progress" ->
          begin(data.path("response"), parts);
      case "response.completed", "response.incomplete", "response.cancelled" ->
          finish(data.path("response"), parts);
      case "response.failed" -> broken(data.path("response"), parts);
      case "error" -> broken(data, parts);
      default -> {
        if (!grow(type, data, parts)) {
          parts.accept(new StreamPart.Alive());
        }
      }
    }
  }

  /** Events of an item; false when the event tells nothing but that the provider is there. */
  private boolean grow(String type, JsonNode data, Consumer<StreamPart> parts) {
    String delta = data.path("delta").asText("");
    int content = data.path("content_index").asInt();
    int summary = data.path("summary_index").asInt();
    switch (type) {
      case "response.output_item.added" -> added(data, parts);
      case "response.output_item.done" -> done(data, parts);
      case "response.content_part.added" -> item(data, parts).part(content, data.path("part"));
      case "response.content_part.done" -> {
        item(data, parts).part(content, data.path("part"));
        item(data, parts).partEnded(content);
      }
      case "response.output_text.delta" -> item(data, parts).text(content, delta, false, false);
      case "response.output_text.done" ->
          item(data, parts).text(content, data.path("text").asText(""), false, true);
      case "response.refusal.delta" -> item(data, parts).text(content, delta, true, false);
      case "response.refusal.done" ->
          item(data, parts).text(content, data.path("refusal").asText(""), true, true);
      case "response.output_text.annotation.added" ->
          item(data, parts)
              .text(content, false)
              .cite(Annotations.citation(data.path("annotation")));
      case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta" ->
          item(data, parts).arguments(delta, false);
      case "response.function_call_arguments.done" ->
          item(data, parts).arguments(InputItems.written(data.path("arguments")), true);
      case "response.custom_tool_call_input.done" ->
          item(data, parts).arguments(data.path("input").asText(""), true);
      case "response.reasoning_summary_text.delta" ->
          item(data, parts).reasoning(summary, delta, true);
      case "response.reasoning_summary_text.done" ->
          item(data, parts).reasoningDone(summary, data.path("text").asText(""), true);
      case "response.reasoning_text.delta", "response.reasoning.delta" ->
          item(data, parts).reasoning(content, delta, false);
      case "response.reasoning_text.done", "response.reasoning.done" ->
          item(data, parts).reasoningDone(content, data.path("text").asText(""), false);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void begin(JsonNode response, Consumer<StreamPart> parts) {
    if (!begun) {
      begun = true;
      parts.accept(
          new StreamPart.Begun(
              Json.text(response.path("id")), Json.text(response.path("model")), null));
    }
  }

  private StreamItem item(JsonNode data, Consumer<StreamPart> parts) {
    begin(data, parts);
    int index = index(data);
    StreamItem known = items.get(index);
    if (known != null) {
      return known;
    }
    return opened(index, parts);
  }

  private StreamItem opened(int index, Consumer<StreamPart> parts) {
    StreamItem item = new StreamItem(index, maker, () -> blocks++, parts);
    items.put(index, item);
    lastIndex = index;
    return item;
  }

  /** Hosts that do not number their items name them, or have one at a time. */
  private int index(JsonNode data) {
    if (data.path("output_index").canConvertToInt()) {
      return data.path("output_index").intValue();
    }
    String id = Json.text(data.path("item_id"));
    for (var each : items.entrySet()) {
      if (id != null && id.equals(each.getValue().id())) {
        return each.getKey();
      }
    }
    return lastIndex;
  }

  private void added(JsonNode data, Consumer<StreamPart> parts) {
    begin(data, parts);
    JsonNode item = data.path("item");
    boolean numbered = data.path("output_index").canConvertToInt();
    int index = numbered ? index(data) : items.isEmpty() ? 0 : lastIndex + 1;
    StreamItem known = items.get(index);
    if (known != null && (known.isDone() || isOther(known, item))) {
      known.end();
      past.add(known);
      known = null;
    }
    (known == null ? opened(index, parts) : known).added(item);
  }

  /** True when the number was used for an item of another name. */
  private static boolean isOther(StreamItem known, JsonNode item) {
    String id = known.id();
    return id != null && !id.equals(item.path("id").asText(id));
  }

  private void done(JsonNode data, Consumer<StreamPart> parts) {
    JsonNode item = data.path("item");
    calls |= OutputItems.isCall(item.path("type").asText());
    StreamItem known = item(data, parts);
    if (known.isDone() && isOther(known, item)) {
      past.add(known);
      known = opened(index(data), parts);
    }
    known.done(item);
  }

  /** The whole response: what of it never came as an event is told now. */
  private void finish(JsonNode response, Consumer<StreamPart> parts) {
    output(response, parts);
    end(parts);
    Usage usage = ResponseObject.usage(response.path("usage"));
    if (usage != null) {
      parts.accept(new StreamPart.Counted(usage));
    }
    FinishReason reason = finish(response);
    parts.accept(
        new StreamPart.Finished(
            reason == null ? FinishReason.OTHER : reason, null, AnswerReader.extras(response)));
    over = true;
    parts.accept(new StreamPart.Ended());
  }

  /** Tells the items of a response that were not told. */
  void output(JsonNode response, Consumer<StreamPart> parts) {
    begin(response, parts);
    JsonNode output = response.path("output");
    // Ids are no proof within one response: xAI has been seen to use one twice.
    boolean streamed = !items.isEmpty();
    for (int i = 0; i < output.size(); i++) {
      JsonNode item = output.path(i);
      calls |= OutputItems.isCall(item.path("type").asText());
      StreamItem known = streamed ? find(i, Json.text(item.path("id"))) : null;
      (known == null ? opened(i, parts) : known).done(item);
    }
  }

  private @Nullable StreamItem find(int index, @Nullable String id) {
    List<StreamItem> all = new ArrayList<>(items.values());
    all.addAll(past);
    for (StreamItem item : all) {
      if (id != null && id.equals(item.id())) {
        return item;
      }
    }
    return items.get(index);
  }

  @Nullable FinishReason finish(JsonNode response) {
    return ResponseObject.finish(
        Json.text(response.path("status")), response.path("incomplete_details"), calls);
  }

  private void broken(JsonNode told, Consumer<StreamPart> parts) {
    Usage usage = ResponseObject.usage(told.path("usage"));
    if (usage != null) {
      parts.accept(new StreamPart.Counted(usage));
    }
    JsonNode nested = told.path("error");
    String message = Json.text((nested.isObject() ? nested : told).path("message"));
    over = true;
    parts.accept(
        new StreamPart.Broken(
            UpstreamErrors.classify(0, told),
            message == null ? "The provider's answer failed." : message));
  }

  @Override
  public void end(Consumer<StreamPart> parts) {
    if (!over) {
      items.values().forEach(StreamItem::end);
    }
  }
}
