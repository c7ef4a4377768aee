package dev.customhouse.dialect.openairesponses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.TokenCount;
import dev.customhouse.dialect.Written;
import java.util.Set;

/** {@code POST /v1/responses/input_tokens} (OpenAI's {@code TokenCountsBody}). */
final class InputCount implements TokenCount {
  private static final Set<String> COUNTED =
      Set.of(
          "model",
          "input",
          "instructions",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "reasoning",
          "text",
          "truncation");

  @Override
  public Written question(Written chat, Target target) {
    ObjectNode body = (ObjectNode) Json.read(chat.body());
    body.retain(COUNTED);
    return new Written(chat.path() + "/input_tokens", null, chat.headers(), Json.write(body));
  }

  @Override
  public long read(byte[] answer) {
    return TokenCount.read(answer, "input_tokens");
  }

  @Override
  public byte[] answer(long tokens) {
    return Json.write(
        Json.object().put("object", "response.input_tokens").put("input_tokens", tokens));
  }
}
