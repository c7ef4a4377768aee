package dev.customhouse.recorded;

/** Chunks of a chat stream, as OpenAI writes them. */
final class Chunks {
  static final String ROLE = choice("{\"role\":\"assistant\",\"content\":\"\"}", "null");
  static final String FINISH = choice("{}", "\"stop\"");
  static final String USAGE =
      chunk(
          "[]",
          ",\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5,\"total_tokens\":16,"
              + "\"prompt_tokens_details\":{\"cached_tokens\":4},"
              + "\"completion_tokens_details\":{\"reasoning_tokens\":2}}");
  static final String DONE = "data: [DONE]\n\n";

  private Chunks() {}

  static String text(String text) {
    return choice("{\"content\":\"" + text + "\"}", "null");
  }

  static String choice(String delta, String finish) {
    return chunk("[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]".formatted(delta, finish), "");
  }

  static String chunk(String choices, String more) {
    return ("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
            + "\"model\":\"real-gpt-1\",\"choices\":%s%s}\n\n")
        .formatted(choices, more);
  }
}
