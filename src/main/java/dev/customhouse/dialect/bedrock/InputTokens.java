package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.Set;

/** {@code POST /model/ID/count-tokens} (the service model's {@code ConverseTokensRequest}). */
final class InputTokens implements TokenCount {
  private static final Set<String> COUNTED =
      Set.of("messages", "system", "toolConfig", "additionalModelRequestFields");

  @Override
  public Written question(Written chat, Target target) {
    ObjectNode request = (ObjectNode) Json.read(chat.body());
    request.retain(COUNTED);
    ObjectNode body = Json.object();
    body.putObject("input").set("converse", request);
    String path = chat.path().substring(0, chat.path().lastIndexOf('/')) + "/count-tokens";
    return new Written(path, null, Headers.EMPTY, Json.write(body));
  }

  @Override
  public long read(byte[] answer) {
    return TokenCount.read(answer, "inputTokens");
  }

  @Override
  public byte[] answer(long tokens) {
    return Json.write(Json.object().put("inputTokens", tokens));
  }
}
