package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Needs;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;

/** Converse and ConverseStream, in both directions. */
public final class ConverseCodec implements Codec {
  @Override
  public DialectId id() {
    return DialectId.BEDROCK;
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
    return Needs.COMMON;
  }

  @Override
  public boolean wantsFetched(Content.Media media, Target target) {
    return media.source() instanceof Content.Source.Url url && !Blocks.isAtAmazon(url.url());
  }

  @Override
  public Written writeRequest(ChatRequest request, Target target, Losses losses) {
    return RequestWriter.write(request, target, losses);
  }

  @Override
  public TokenCount counting() {
    return new InputTokens();
  }

  @Override
  public ChatAnswer readAnswer(JsonNode body, String maker) {
    return AnswerReader.read(body, maker);
  }

  @Override
  public byte[] writeAnswer(ChatAnswer answer, Reply reply) {
    return AnswerWriter.write(answer);
  }

  @Override
  public String streamType() {
    return "application/vnd.amazon.eventstream";
  }

  @Override
  public PartReader partReader(String maker) {
    return new FrameReader(maker);
  }

  @Override
  public PartWriter partWriter(Reply reply) {
    return new FrameWriter();
  }
}
