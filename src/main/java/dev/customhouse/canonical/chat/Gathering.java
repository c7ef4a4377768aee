package dev.customhouse.canonical.chat;

import dev.customhouse.canonical.FinishReason;
import dev.customhouse.canonical.Usage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts the parts of a stream together into the answer they make, and takes an answer apart. */
public final class Gathering implements Consumer<StreamPart> {
  private final Map<Integer, Block> blocks = new LinkedHashMap<>();
  private @Nullable String id;
  private @Nullable String model;
  private @Nullable FinishReason finish;
  private @Nullable String stopSequence;
  private @Nullable Usage usage;
  private Extras extras = Extras.NONE;
  private boolean ended;

  /** A block that grows. */
  private static final class Block {
    private final Content opening;
    private final StringBuilder text = new StringBuilder();
    private final List<Citation> citations = new ArrayList<>();
    private @Nullable Seal seal;

    Block(Content opening) {
      this.opening = opening;
    }

    Content content() {
      return switch (opening) {
        case Content.Text begun -> {
          List<Citation> all = new ArrayList<>(begun.citations());
          all.addAll(citations);
          yield new Content.Text(begun.text() + text, all, begun.extras());
        }
        case Content.Reasoning begun ->
            new Content.Reasoning(
                begun.text() + text, seal == null ? begun.seal() : seal, begun.extras());
        case Content.ToolCall begun ->
            new Content.ToolCall(
                begun.id(),
                begun.name(),
                begun.namespace(),
                begun.freeform(),
                begun.arguments() + text,
                seal == null ? begun.seal() : seal,
                begun.extras());
        case Content.Declined begun -> new Content.Declined(begun.text() + text, begun.extras());
        case Content.Media whole -> whole;
        case Content.ToolResult whole -> whole;
        case Content.Native whole -> whole;
      };
    }
  }

  @Override
  public void accept(StreamPart part) {
    switch (part) {
      case StreamPart.Begun begun -> {
        id = begun.id();
        model = begun.model();
        usage = begun.usage();
      }
      case StreamPart.BlockBegun begun -> blocks.put(begun.block(), new Block(begun.opening()));
      case StreamPart.Delta delta -> {
        Block block = blocks.get(delta.block());
        if (block != null) {
          block.text.append(delta.piece());
        }
      }
      case StreamPart.Cited cited -> {
        Block block = blocks.get(cited.block());
        if (block != null) {
          block.citations.add(cited.citation());
        }
      }
      case StreamPart.Sealed sealed -> {
        Block block = blocks.get(sealed.block());
        if (block != null) {
          block.seal = sealed.seal();
        }
      }
      case StreamPart.Counted counted -> usage = counted.usage();
      case StreamPart.Finished finished -> {
        finish = finished.reason();
        stopSequence = finished.stopSequence();
        extras = finished.extras();
      }
      case StreamPart.Ended ignored -> ended = true;
      case StreamPart.BlockEnded ignored -> {}
      case StreamPart.Alive ignored -> {}
      case StreamPart.Broken ignored -> {}
    }
  }

  /** True when the answer came to its end. */
  public boolean isWhole() {
    return ended;
  }

  /** What there is by now. */
  public ChatAnswer answer() {
    List<Content> content = blocks.values().stream().map(Block::content).toList();
    return new ChatAnswer(id, model, content, finish, stopSequence, usage, extras);
  }

  /** The parts of an answer, as a stream would have told them. */
  public static void takeApart(ChatAnswer answer, Consumer<StreamPart> parts) {
    parts.accept(new StreamPart.Begun(answer.id(), answer.model(), answer.usage()));
    int block = 0;
    for (Content content : answer.content()) {
      takeApart(block++, content, parts);
    }
    Usage usage = answer.usage();
    if (usage != null) {
      parts.accept(new StreamPart.Counted(usage));
    }
    FinishReason finish = answer.finish();
    parts.accept(
        new StreamPart.Finished(
            finish == null ? FinishReason.OTHER : finish, answer.stopSequence(), answer.extras()));
    parts.accept(new StreamPart.Ended());
  }

  private static void takeApart(int block, Content content, Consumer<StreamPart> parts) {
    switch (content) {
      case Content.Text text -> {
        parts.accept(
            new StreamPart.BlockBegun(block, new Content.Text("", List.of(), text.extras())));
        delta(block, text.text(), parts);
        text.citations().forEach(citation -> parts.accept(new StreamPart.Cited(block, citation)));
      }
      case Content.Reasoning reasoning -> {
        parts.accept(
            new StreamPart.BlockBegun(block, new Content.Reasoning("", null, reasoning.extras())));
        delta(block, reasoning.text(), parts);
        sealed(block, reasoning.seal(), parts);
      }
      case Content.ToolCall call -> {
        parts.accept(
            new StreamPart.BlockBegun(
                block,
                new Content.ToolCall(
                    call.id(),
                    call.name(),
                    call.namespace(),
                    call.freeform(),
                    "",
                    null,
                    call.extras())));
        delta(block, call.arguments(), parts);
        sealed(block, call.seal(), parts);
      }
      case Content.Declined declined -> {
        parts.accept(new StreamPart.BlockBegun(block, new Content.Declined("", declined.extras())));
        delta(block, declined.text(), parts);
      }
      case Content.Media whole -> parts.accept(new StreamPart.BlockBegun(block, whole));
      case Content.ToolResult whole -> parts.accept(new StreamPart.BlockBegun(block, whole));
      case Content.Native whole -> parts.accept(new StreamPart.BlockBegun(block, whole));
    }
    parts.accept(new StreamPart.BlockEnded(block));
  }

  private static void delta(int block, String text, Consumer<StreamPart> parts) {
    if (!text.isEmpty()) {
      parts.accept(new StreamPart.Delta(block, text));
    }
  }

  private static void sealed(int block, @Nullable Seal seal, Consumer<StreamPart> parts) {
    if (seal != null) {
      parts.accept(new StreamPart.Sealed(block, seal));
    }
  }
}
