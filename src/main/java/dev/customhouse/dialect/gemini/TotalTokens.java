package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;

/**
 * {@code :countTokens}, with the whole request inside: instructions and tools count too
 * (ai.google.dev/api/tokens).
 */
final class TotalTokens implements TokenCount {
  @Override
  public Written question(Written chat, Target target) {
    ObjectNode body = Json.object();
    ObjectNode request = body.putObject("generateContentRequest");
    request.put("model", "models/" + target.model());
    request.setAll((ObjectNode) Json.read(chat.body()));
    String path = chat.path().substring(0, chat.path().lastIndexOf(':')) + ":countTokens";
    return new Written(path, null, chat.headers(), Json.write(body));
  }

  @Override
  public long read(byte[] answer) {
    return TokenCount.read(answer, "totalTokens");
  }

  @Override
  public byte[] answer(long tokens) {
    return Json.write(Json.object().put("totalTokens", tokens));
  }
}
