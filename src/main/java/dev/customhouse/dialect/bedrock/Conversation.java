package dev.customhouse.dialect.bedrock;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Citation;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Seal;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Turns;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a request as Converse takes them: without what it cannot carry, which is told to
 * the losses, without empty texts, which it refuses, and by turns.
 */
final class Conversation {
  /** The first words of a conversation that begins with the model's. */
  private static final String OPENING = "(The conversation begins with an answer.)";

  /** The words of a turn that is documents alone, which Converse refuses. */
  private static final String DOCUMENT = "(See the document.)";

  private static final String FAILED = "Error: ";

  private final Target target;
  private final Family family;
  private final Losses losses;

  private Conversation(Target target, Family family, Losses losses) {
    this.target = target;
    this.family = family;
    this.losses = losses;
  }

  /**
   * The turns.
   *
   * @param lateInstructions true when instructions may stand between turns
   */
  static Turns of(
      List<Message> messages,
      Target target,
      Family family,
      boolean lateInstructions,
      Losses losses) {
    Conversation conversation = new Conversation(target, family, losses);
    List<Message> carried = new ArrayList<>(messages.size());
    for (Message message : messages) {
      Message kept = conversation.carried(message);
      if (!kept.content().isEmpty()) {
        carried.add(kept);
      }
    }
    return begun(Turns.of(carried, lateInstructions));
  }

  /** A conversation must begin with the user. Where there is none, the instructions are one. */
  private static Turns begun(Turns turns) {
    List<Message> all = new ArrayList<>();
    if (turns.turns().isEmpty() && !turns.instructions().isEmpty()) {
      List<Content> words = new ArrayList<>();
      turns.instructions().forEach(message -> words.addAll(message.content()));
      return new Turns(List.of(), List.of(new Message(Message.Role.USER, words, Extras.NONE)));
    }
    if (!turns.turns().isEmpty() && turns.turns().getFirst().role() == Message.Role.ASSISTANT) {
      all.add(Message.of(Message.Role.USER, Content.Text.of(OPENING)));
    }
    for (Message turn : turns.turns()) {
      all.add(worded(turn));
    }
    trimEnd(all);
    return new Turns(turns.instructions(), all);
  }

  private static Message worded(Message turn) {
    boolean documents = false;
    boolean words = false;
    for (Content content : turn.content()) {
      documents |=
          content instanceof Content.Media media
              && media.kind() == Content.Media.Kind.DOCUMENT
              && !media.extras().of(DialectId.BEDROCK).containsKey("searchResult");
      words |= content instanceof Content.Text;
    }
    if (!documents || words) {
      return turn;
    }
    List<Content> all = new ArrayList<>(turn.content());
    all.add(Content.Text.of(DOCUMENT));
    return turn.with(all);
  }

  /** Claude refuses a last turn of its own that ends with white space. */
  private static void trimEnd(List<Message> turns) {
    if (turns.isEmpty() || turns.getLast().role() != Message.Role.ASSISTANT) {
      return;
    }
    Message last = turns.getLast();
    if (last.content().getLast() instanceof Content.Text text
        && !text.text().equals(text.text().stripTrailing())) {
      List<Content> contents = new ArrayList<>(last.content());
      contents.set(
          contents.size() - 1,
          new Content.Text(text.text().stripTrailing(), text.citations(), text.extras()));
      turns.set(turns.size() - 1, last.with(contents));
    }
  }

  private Message carried(Message message) {
    List<Content> kept = new ArrayList<>();
    for (Content content : message.content()) {
      int before = kept.size();
      add(content, kept);
      Extras.CacheMark mark = content.extras().cache();
      if (kept.size() == before && mark != null && before > 0) {
        kept.set(before - 1, Marks.with(kept.get(before - 1), mark));
      }
    }
    Extras.CacheMark mark = message.extras().cache();
    if (mark != null && !kept.isEmpty() && kept.getLast().extras().cache() == null) {
      kept.set(kept.size() - 1, Marks.with(kept.getLast(), mark));
    }
    return new Message(message.role(), kept, message.extras().with(null));
  }

  private void add(Content content, List<Content> kept) {
    switch (content) {
      case Content.Text text -> {
        if (!text.text().isBlank() || text.extras().of(DialectId.BEDROCK).containsKey("json")) {
          kept.add(carried(text));
        }
      }
      case Content.Declined declined -> {
        if (!declined.text().isBlank()) {
          kept.add(new Content.Text(declined.text(), List.of(), declined.extras()));
        }
      }
      case Content.Media media -> {
        Feature lost = loss(media);
        if (lost == null) {
          kept.add(media);
        } else {
          losses.lost(lost);
        }
      }
      case Content.Reasoning reasoning -> {
        if (isWanted(reasoning)) {
          kept.add(reasoning);
        }
      }
      case Content.ToolCall call -> {
        if (call.seal() != null) {
          losses.lost(Feature.FOREIGN_SEAL);
        }
        kept.add(call);
      }
      case Content.ToolResult result -> addResult(result, kept);
      case Content.Native own -> {
        if (own.dialect() == DialectId.BEDROCK) {
          kept.add(own);
        } else {
          losses.lost(Feature.NATIVE_CONTENT, own.type());
        }
      }
    }
  }

  /** Citations of other dialects say nothing to a model here. */
  private Content.Text carried(Content.Text text) {
    List<Citation> own = new ArrayList<>();
    for (Citation citation : text.citations()) {
      if (citation.extras().dialect() == DialectId.BEDROCK) {
        own.add(citation);
      }
    }
    if (own.size() == text.citations().size()) {
      return text;
    }
    losses.lost(Feature.CITATION);
    return new Content.Text(text.text(), own, text.extras());
  }

  /** What is lost of the media; null when it is carried. */
  private static @Nullable Feature loss(Content.Media media) {
    if (media.extras().of(DialectId.BEDROCK).containsKey("searchResult")) {
      return null;
    }
    return switch (media.source()) {
      case Content.Source.FileId ignored -> Feature.FILE_ID;
      case Content.Source.Url url ->
          Blocks.isAtAmazon(url.url()) && Blocks.format(media) != null
              ? null
              : switch (media.kind()) {
                case IMAGE -> Feature.IMAGE_URL;
                case DOCUMENT -> Feature.DOCUMENT_URL;
                case AUDIO -> Feature.AUDIO_URL;
                case VIDEO -> Feature.VIDEO_URL;
              };
      case Content.Source.Inline ignored -> inline(media);
      case Content.Source.Words ignored -> inline(media);
    };
  }

  private static @Nullable Feature inline(Content.Media media) {
    if (Blocks.format(media) != null) {
      return null;
    }
    return switch (media.kind()) {
      case IMAGE -> Feature.IMAGE_INLINE;
      case DOCUMENT -> Feature.DOCUMENT_INLINE;
      case AUDIO -> Feature.AUDIO_INLINE;
      case VIDEO -> Feature.VIDEO_INLINE;
    };
  }

  private boolean isWanted(Content.Reasoning reasoning) {
    Seal seal = reasoning.seal();
    if (seal == null) {
      if (!reasoning.text().isBlank()) {
        losses.lost(Feature.REASONING_TEXT);
      }
      return false;
    }
    if (!seal.isFor(DialectId.BEDROCK, target)) {
      losses.lost(Feature.FOREIGN_SEAL);
      return false;
    }
    return !seal.data().isEmpty() || !reasoning.text().isBlank();
  }

  /** Sounds stand behind the result: there is no place for them in it. */
  private void addResult(Content.ToolResult result, List<Content> kept) {
    List<Content> inside = new ArrayList<>();
    List<Content> behind = new ArrayList<>();
    for (Content content : result.content()) {
      boolean sound =
          content instanceof Content.Media media && media.kind() == Content.Media.Kind.AUDIO;
      add(content, sound ? behind : inside);
    }
    boolean failed = result.failed();
    if (failed && !family.knowsFailedResults()) {
      failed = false;
      prefix(inside);
    }
    kept.add(
        new Content.ToolResult(result.callId(), result.name(), inside, failed, result.extras()));
    kept.addAll(behind);
  }

  private static void prefix(List<Content> contents) {
    for (int i = 0; i < contents.size(); i++) {
      if (contents.get(i) instanceof Content.Text text
          && !text.extras().of(DialectId.BEDROCK).containsKey("json")) {
        contents.set(i, new Content.Text(FAILED + text.text(), text.citations(), text.extras()));
        return;
      }
    }
    contents.addFirst(Content.Text.of(FAILED.strip()));
  }
}
