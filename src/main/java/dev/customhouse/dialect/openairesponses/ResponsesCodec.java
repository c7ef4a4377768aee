package dev.customhouse.dialect.openairesponses;

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

/** Chats of OpenAI Responses, to the hub's form and back. */
public final class ResponsesCodec implements Codec {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]+");
  private static final Pattern CALL_ID = Pattern.compile(".+");

  /** The API description allows tools' names of 128 characters; the service has refused them. */
  private static final int NAME_CHARS = 64;

  private static final int CALL_ID_CHARS = 64;

  /** The codec. */
  public ResponsesCodec() {}

  @Override
  public DialectId id() {
    return Own.DIALECT;
  }

  @Override
  public ChatRequest readRequest(Call call) {
    return RequestReader.read(call);
  }

  @Override
  public Needs needs(Target target) {
    boolean home = Own.isHome(target);
    return new Needs(NAME, NAME_CHARS, CALL_ID, CALL_ID_CHARS, home, home, true);
  }

  @Override
  public Written writeRequest(ChatRequest request, Target target, Losses losses) {
    return new RequestWriter(request, target, losses).write();
  }

  @Override
  public TokenCount counting() {
    return new InputCount();
  }

  @Override
  public ChatAnswer readAnswer(JsonNode body, String maker) {
    return AnswerReader.read(body, maker);
  }

  @Override
  public byte[] writeAnswer(ChatAnswer answer, Reply reply) {
    return EventWriter.whole(answer, reply);
  }

  @Override
  public byte[] queued(Reply reply) {
    return new ResponseShell(reply).queued();
  }

  @Override
  public PartReader partReader(String maker) {
    return new EventReader(maker);
  }

  @Override
  public PartWriter partWriter(Reply reply) {
    return EventWriter.streaming(reply);
  }
}
