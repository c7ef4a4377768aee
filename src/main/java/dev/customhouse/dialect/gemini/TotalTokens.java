package dev.customhouse.dialect.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.Set;

/**
 * {@code :countTokens}, with the whole request inside: instructions and tools count too
 * (ai.google.dev/api/tokens). Vertex AI takes the request's members themselves (its {@code
 * CountTokensRequest}).
 */
final class TotalTokens implements TokenCount {
  private static final Set<String> COUNTED_BY_VERTEX =
      Set.of("contents", "systemInstruction", "tools", "generationConfig");

  @Override
  public Written question(Written chat, Target target) {
    ObjectNode body = (ObjectNode) Json.read(chat.body());
    if (target.hostType().equals("vertex")) {
      body.retain(COUNTED_BY_VERTEX);
    } else {
      ObjectNode request = Json.object().put("model", "models/" + target.model());
      request.setAll(body);
      body = Json.object();
      body.set("generateContentRequest", request);
    }
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
