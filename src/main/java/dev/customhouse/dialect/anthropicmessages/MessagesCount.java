package dev.customhouse.dialect.anthropicmessages;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.Set;

/** {@code POST /v1/messages/count_tokens}: what shapes the prompt, and nothing else. */
final class MessagesCount implements TokenCount {
  private static final Set<String> COUNTED =
      Set.of(
          "model",
          "messages",
          "system",
          "tools",
          "tool_choice",
          "thinking",
          "output_config",
          "cache_control",
          "context_management",
          "mcp_servers");

  @Override
  public Written question(Written chat, Target target) {
    ObjectNode body = (ObjectNode) Json.read(chat.body());
    body.retain(COUNTED);
    return new Written(chat.path() + "/count_tokens", null, chat.headers(), Json.write(body));
  }

  @Override
  public long read(byte[] answer) {
    return TokenCount.read(answer, "input_tokens");
  }

  @Override
  public byte[] answer(long tokens) {
    return Json.write(Json.object().put("input_tokens", tokens));
  }
}
