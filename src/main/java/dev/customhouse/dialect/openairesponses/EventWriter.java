package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.Usage;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.dialect.JsonBytes;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of an answer (platform.openai.com/docs/api-reference/responses-streaming).
 * Clients build their answer from {@code response.output_item.done} and take the usage from the
 * last event, after which nothing follows: Responses have no {@code [DONE]}.
 */
final class EventWriter implements PartWriter {
  private final Reply reply;
  private final ResponseShell shell;
  private final EventLines events = new EventLines();
  private final Map<Integer, OutgoingBlock> open = new LinkedHashMap<>();
  private final Map<Integer, Integer> places = new LinkedHashMap<>();
  private final Map<Integer, OutgoingMessage> messages = new LinkedHashMap<>();
  private final List<@Nullable ObjectNode> output = new ArrayList<>();
  private @Nullable OutgoingMessage message;
  private @Nullable HeldCall held;
  private @Nullable Usage usage;
  private FinishReason finish = FinishReason.OTHER;
  private Extras extras = Extras.NONE;
  private boolean begun;
  private boolean declined;
  private boolean over;
  private @Nullable JsonBytes alone;

  /** A call that begins when it is known whether a proof stands before it. */
  private static final class HeldCall {
    private final int number;
    private final Content.ToolCall call;
    private @Nullable String piece;

    HeldCall(int number, Content.ToolCall call) {
      this.number = number;
      this.call = call;
    }
  }

  private EventWriter(Reply reply) {
    this.reply = reply;
    this.shell = new ResponseShell(reply);
  }

  /** The writer of one stream. */
  static EventWriter streaming(Reply reply) {
    return new EventWriter(reply);
  }

  /** The response object of an answer: the one that the last event of its stream would hold. */
  static byte[] whole(ChatAnswer answer, Reply reply) {
    EventWriter writer = new EventWriter(reply);
    JsonBytes alone = new JsonBytes(ResponseShell.EXPECTED_BYTES);
    writer.alone = alone;
    Gathering.takeApart(answer, writer::take);
    return alone.toByteArray();
  }

  @Override
  public void part(StreamPart part, ByteArrayOutputStream out) {
    events.into(out);
    take(part);
  }

  private void take(StreamPart part) {
    if (over || isHeld(part)) {
      return;
    }
    switch (part) {
      case StreamPart.Begun told -> {
        usage = told.usage();
        begin();
      }
      case StreamPart.BlockBegun told -> {
        begin();
        for (OutgoingBlock before : open.values()) {
          // Its place is before what begins after it, whichever grows first.
          before.settle();
        }
        if (told.opening() instanceof Content.ToolCall call) {
          proven(told.block(), call.seal());
          held = new HeldCall(told.block(), call);
        } else {
          open(told.block(), told.opening());
        }
      }
      case StreamPart.Delta delta -> {
        OutgoingBlock block = open.get(delta.block());
        if (block != null && !delta.piece().isEmpty()) {
          block.grow(delta.piece());
        }
      }
      case StreamPart.Cited cited -> {
        OutgoingBlock block = open.get(cited.block());
        if (block != null) {
          block.cite(cited.citation());
        }
      }
      case StreamPart.Sealed sealed -> {
        OutgoingBlock block = open.get(sealed.block());
        if (block != null) {
          block.seal(sealed.seal());
        }
      }
      case StreamPart.BlockEnded told -> close(told.block());
      case StreamPart.Counted counted -> usage = counted.usage();
      case StreamPart.Finished told -> {
        finish = told.reason();
        extras = told.extras();
      }
      case StreamPart.Ended ignored -> end();
      case StreamPart.Broken broken -> fail(broken.kind(), broken.message());
      case StreamPart.Alive ignored -> {}
    }
  }

  /** The first piece of a call waits for a proof that may follow it. */
  private boolean isHeld(StreamPart part) {
    HeldCall waiting = held;
    if (waiting == null || part instanceof StreamPart.Alive) {
      return false;
    }
    if (part instanceof StreamPart.Delta delta
        && delta.block() == waiting.number
        && waiting.piece == null) {
      waiting.piece = delta.piece();
      return true;
    }
    held = null;
    boolean proof = part instanceof StreamPart.Sealed told && told.block() == waiting.number;
    if (proof) {
      proven(waiting.number, ((StreamPart.Sealed) part).seal());
    }
    open(waiting.number, waiting.call);
    if (waiting.piece != null) {
      take(new StreamPart.Delta(waiting.number, waiting.piece));
    }
    return proof;
  }

  /** A proof of a call stands before it as reasoning without words, which clients send back. */
  private void proven(int number, @Nullable Seal proof) {
    if (proof == null) {
      return;
    }
    endMessage("completed");
    output.add(null);
    OutgoingBlock item =
        new OutgoingBlock.Reasoning(events, output.size() - 1, id("rs_", number), proof);
    item.begin();
    done(output.size() - 1, Objects.requireNonNull(item.end()));
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    events.write("response.created", this::inProgress);
    events.write("response.in_progress", this::inProgress);
  }

  private void inProgress(JsonBytes event) {
    shell.write(event.beginObject("response"), "in_progress", null, null, List.of(), null, null);
  }

  private void open(int number, Content opening) {
    OutgoingBlock block =
        switch (opening) {
          case Content.Text text -> words(number, text.extras(), false);
          case Content.Declined refusal -> words(number, refusal.extras(), true);
          case Content.ToolCall call -> {
            String id = (call.freeform() ? "ctc_" : "fc_") + reply.requestId() + "_" + number;
            yield new OutgoingBlock.Call(
                events, () -> place(number), proof -> prove(number, proof), id, call);
          }
          case Content.Reasoning reasoning ->
              new OutgoingBlock.Reasoning(
                  events, place(number), id("rs_", number), reasoning.seal());
          case Content.Media media -> whole(number, OutputItems.picture(media, id("ig_", number)));
          case Content.Native given ->
              whole(
                  number,
                  given.dialect() == Own.DIALECT && given.raw() instanceof ObjectNode item
                      ? item
                      : null);
          case Content.ToolResult ignored -> null;
        };
    if (block == null) {
      return;
    }
    open.put(number, block);
    block.begin();
    String text =
        switch (opening) {
          case Content.Text given -> given.text();
          case Content.Declined given -> given.text();
          case Content.Reasoning given -> given.text();
          case Content.ToolCall given -> given.arguments();
          case Content.Media ignored -> "";
          case Content.Native ignored -> "";
          case Content.ToolResult ignored -> "";
        };
    if (!text.isEmpty()) {
      block.grow(text);
    }
    if (opening instanceof Content.Text given) {
      given.citations().forEach(block::cite);
    }
  }

  private String id(String prefix, int number) {
    return prefix + reply.requestId() + "_" + number;
  }

  /** An item of a proof alone. */
  private void prove(int number, Seal proof) {
    int index = place(number);
    OutgoingBlock item = new OutgoingBlock.Reasoning(events, index, id("rs_", number), proof);
    item.begin();
    ObjectNode whole = item.end();
    if (whole != null) {
      done(index, whole);
    }
  }

  /** The next place in the output, which ends a message that no more words can follow. */
  private int place(int number) {
    endMessage("completed");
    return reserve(number);
  }

  private int reserve(int number) {
    output.add(null);
    places.put(number, output.size() - 1);
    return output.size() - 1;
  }

  private OutgoingBlock words(int number, Extras extrasOfWords, boolean refusal) {
    declined |= refusal;
    JsonNode phase = extrasOfWords.of(Own.DIALECT).get("phase");
    OutgoingMessage current = message;
    if (current == null || !current.takes(phase) || current.index() != output.size() - 1) {
      endMessage("completed");
      current = new OutgoingMessage(reserve(number), id("msg_", number), phase);
      message = current;
      added(current);
    }
    messages.put(number, current);
    return new OutgoingBlock.Words(events, current, refusal);
  }

  private void added(OutgoingMessage begun) {
    events.write(
        "response.output_item.added",
        event -> event.put("output_index", begun.index()).set("item", begun.item("in_progress")));
  }

  private @Nullable OutgoingBlock whole(int number, @Nullable ObjectNode item) {
    return item == null ? null : new OutgoingBlock.Whole(events, place(number), item);
  }

  private void close(int number) {
    OutgoingBlock block = open.remove(number);
    if (block == null) {
      return;
    }
    ObjectNode item = block.end();
    if (item != null) {
      done(places.getOrDefault(number, 0), item);
      if (block instanceof OutgoingBlock.Call call) {
        // A proof that came when the call was already on its way.
        call.prove();
      }
      return;
    }
    OutgoingMessage owner = messages.get(number);
    if (owner != null && owner != message && owner.isAtRest()) {
      done(owner.index(), owner.item("completed"));
    }
  }

  /** A message whose words are still coming is ended when they have come. */
  private void endMessage(String status) {
    OutgoingMessage current = message;
    message = null;
    if (current != null && current.isAtRest()) {
      done(current.index(), current.item(status));
    }
  }

  private void done(int index, ObjectNode item) {
    output.set(index, item);
    events.write(
        "response.output_item.done", event -> event.put("output_index", index).set("item", item));
  }

  private void end() {
    begin();
    List.copyOf(open.keySet()).forEach(this::close);
    Ending ending = Ending.of(finish, extras, declined);
    endMessage(ending.status().equals("incomplete") ? "incomplete" : "completed");
    finish(ending.status(), ending.error(), ending.details());
  }

  private void finish(String status, @Nullable JsonNode error, @Nullable JsonNode details) {
    over = true;
    JsonNode tier = extras.of(Own.DIALECT).get("service_tier");
    JsonBytes response = alone;
    if (response != null) {
      shell.write(response.beginObject(), status, error, details, output, usage, tier);
    }
    boolean named = status.equals("incomplete") || status.equals("failed");
    events.write(
        "response." + (named ? status : "completed"),
        event ->
            shell.write(
                event.beginObject("response"), status, error, details, output, usage, tier));
  }

  @Override
  public void failure(Refusal refusal, String requestId, ByteArrayOutputStream out) {
    events.into(out);
    fail(refusal.kind(), refusal.getMessage());
  }

  private void fail(ErrorKind kind, String message) {
    if (!over) {
      held = null;
      finish("failed", Ending.error(kind, message), null);
    }
  }
}
