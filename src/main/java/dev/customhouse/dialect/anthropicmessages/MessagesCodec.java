package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Needs;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.regex.Pattern;

/** Anthropic Messages to and from the hub. */
public final class MessagesCodec implements Codec {
  /** Anthropic's own limits; ids have none, but must end somewhere. */
  private static final Needs CLAUDE =
      new Needs(
          Pattern.compile("[a-zA-Z0-9_-]+"),
          128,
          CallIds.VALID,
          CallIds.CHARACTERS_MAX,
          false,
          false,
          false);

  @Override
  public DialectId id() {
    return DialectId.ANTHROPIC_MESSAGES;
  }

  @Override
  public boolean holdsToSchemas() {
    return true;
  }

  @Override
  public ChatRequest readRequest(Call call) {
    return RequestReader.read(call);
  }

  @Override
  public Needs needs(Target target) {
    return RequestWriter.isClaude(target) ? CLAUDE : Needs.COMMON;
  }

  @Override
  public Written writeRequest(ChatRequest request, Target target, Losses losses) {
    return RequestWriter.write(request, target, losses);
  }

  @Override
  public TokenCount counting() {
    return new MessagesCount();
  }

  @Override
  public ChatAnswer readAnswer(JsonNode body, String maker) {
    return AnswerReader.read(body, maker);
  }

  @Override
  public byte[] writeAnswer(ChatAnswer answer, Reply reply) {
    return AnswerWriter.write(answer, reply);
  }

  @Override
  public PartReader partReader(String maker) {
    return new EventReader(maker);
  }

  @Override
  public PartWriter partWriter(Reply reply) {
    return new EventWriter(reply);
  }
}
