package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Gathering;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Codec;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.Needs;
import dev.customhouse.dialect.PartReader;
import dev.customhouse.dialect.PartWriter;
import dev.customhouse.dialect.Reply;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.List;
import java.util.regex.Pattern;

/** Chats in Google's generateContent, read and written. */
public final class GeminiCodec implements Codec {
  /** Letters and lengths that every version of the API takes; ids may be anything. */
  private static final Needs NEEDS =
      new Needs(
          Pattern.compile("[a-zA-Z_][a-zA-Z0-9_.:-]*"),
          64,
          Pattern.compile(".+", Pattern.DOTALL),
          512,
          false,
          false,
          false);

  @Override
  public DialectId id() {
    return DialectId.GEMINI;
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
    return NEEDS;
  }

  @Override
  public boolean wantsFetched(Content.Media media, Target target) {
    return !MediaPart.isRead(media);
  }

  @Override
  public Written writeRequest(ChatRequest request, Target target, Losses losses) {
    return new RequestWriter(request, target, losses).write();
  }

  @Override
  public TokenCount counting() {
    return new TotalTokens();
  }

  @Override
  public ChatAnswer readAnswer(JsonNode body, String maker) {
    JsonNode told = body.path("response").isObject() ? body.path("response") : body;
    boolean answers =
        told.isArray() && !told.isEmpty()
            || told.has("candidates")
            || told.has("promptFeedback")
            || told.has("usageMetadata");
    if (!answers) {
      throw notAnAnswer();
    }
    ChunkReader reader = new ChunkReader(maker, true);
    Gathering gathering = new Gathering();
    boolean[] broken = {false};
    for (JsonNode chunk : told.isArray() ? told : List.of(told)) {
      reader.chunk(
          chunk,
          part -> {
            broken[0] |= part instanceof StreamPart.Broken;
            gathering.accept(part);
          });
    }
    if (broken[0]) {
      throw notAnAnswer();
    }
    reader.end(gathering);
    return gathering.answer();
  }

  private static Refusal notAnAnswer() {
    return new Refusal(
        ErrorKind.BAD_GATEWAY,
        "upstream_invalid_answer",
        "The provider's answer is not what generateContent answers.");
  }

  @Override
  public byte[] writeAnswer(ChatAnswer answer, Reply reply) {
    ArrayNode parts = Json.object().arrayNode();
    AnswerParts written = new AnswerParts(true, ChunkWriter.shows(reply), parts::add);
    Gathering.takeApart(answer, part -> take(part, written));
    ObjectNode body = Json.object();
    ObjectNode candidate = body.putArray("candidates").addObject();
    ObjectNode content = candidate.putObject("content");
    if (parts.isEmpty()) {
      parts.addObject().put("text", "");
    }
    content.set("parts", parts);
    content.put("role", "model");
    written.close(candidate);
    candidate.put("index", 0);
    ChunkWriter.envelope(body, written.usage(), answer.id(), reply);
    return Json.write(body);
  }

  private static void take(StreamPart part, AnswerParts answer) {
    switch (part) {
      case StreamPart.BlockBegun begun -> answer.begin(begun.block(), begun.opening());
      case StreamPart.Delta delta -> answer.delta(delta.block(), delta.piece());
      case StreamPart.Cited cited -> answer.cite(cited);
      case StreamPart.Sealed sealed -> answer.seal(sealed);
      case StreamPart.BlockEnded ended -> answer.end(ended.block());
      case StreamPart.Counted counted -> answer.count(counted.usage());
      case StreamPart.Finished finished -> answer.finish(finished.reason());
      case StreamPart.Begun ignored -> {}
      case StreamPart.Alive ignored -> {}
      case StreamPart.Ended ignored -> {}
      case StreamPart.Broken ignored -> {}
    }
  }

  @Override
  public PartReader partReader(String maker) {
    return new ChunkReader(maker, false);
  }

  @Override
  public PartWriter partWriter(Reply reply) {
    return new ChunkWriter(reply);
  }
}
