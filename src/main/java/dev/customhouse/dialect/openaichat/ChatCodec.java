package dev.customhouse.dialect.openaichat;

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
import dev.customhouse.dialect.Written;
import java.util.regex.Pattern;

/** Chats of this dialect, for clients that speak it and for OpenAI and the compatible hosts. */
public final class ChatCodec implements Codec {
  private static final Pattern ANY_ID = Pattern.compile("[\\x21-\\x7e]+");

  /** OpenAI: "Expected a string with maximum length 40". */
  private static final int ID_CHARS = 40;

  /** "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9." */
  private static final Pattern MISTRAL_ID = Pattern.compile("[a-zA-Z0-9]{9}");

  private static final int MISTRAL_ID_CHARS = 9;

  @Override
  public DialectId id() {
    return DialectId.OPENAI_CHAT;
  }

  @Override
  public ChatRequest readRequest(Call call) {
    return RequestReader.read(call);
  }

  @Override
  public Needs needs(Target target) {
    boolean mistral = target.hostType().equals("mistral");
    boolean openAi = ChatHost.of(target).isOpenAi();
    return new Needs(
        Needs.COMMON.toolName(),
        Needs.COMMON.toolNameChars(),
        mistral ? MISTRAL_ID : ANY_ID,
        mistral ? MISTRAL_ID_CHARS : ID_CHARS,
        openAi,
        false,
        openAi);
  }

  @Override
  public boolean wantsFetched(Content.Media media, Target target) {
    ChatHost host = ChatHost.of(target);
    return switch (media.kind()) {
      case IMAGE -> !host.fetchesImages();
      case DOCUMENT -> !host.fetchesFiles();
      case AUDIO -> true;
      // A host that shows films to its models takes their addresses.
      case VIDEO -> false;
    };
  }

  @Override
  public Written writeRequest(ChatRequest request, Target target, Losses losses) {
    return new RequestWriter(request, target, losses).write();
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
    return new ChunkReader(maker);
  }

  @Override
  public PartWriter partWriter(Reply reply) {
    return new ChunkWriter(reply);
  }
}
