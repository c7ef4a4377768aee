package dev.customhouse.faults;

import dev.customhouse.FakeUpstream;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The four dialects as a client and an upstream of a test write them. */
enum Speech {
  CHAT("openai-chat") {
    @Override
    String path(String model, boolean stream) {
      return "/v1/chat/completions";
    }

    @Override
    String request(String model, boolean stream) {
      return """
      {"model":"%s","stream":%s,"messages":[{"role":"user","content":"hello"}]}\
      """
          .formatted(model, stream);
    }

    @Override
    String whole(String text) {
      return """
      {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
      "message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],\
      "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\
      """
          .formatted(text);
    }

    @Override
    List<String> preamble() {
      return List.of(chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
    }

    @Override
    String content(String text) {
      return chunk("{\"content\":\"" + text + "\"}", "null");
    }

    @Override
    List<String> ending() {
      return List.of(chunk("{}", "\"stop\""), "data: [DONE]\n\n");
    }

    @Override
    String error(String code, String message) {
      return """
      data: {"error":{"message":"%s","type":"server_error","param":null,"code":"%s"}}

      """
          .formatted(message, code);
    }

    @Override
    String errorBody(String code, String message) {
      return """
      {"error":{"message":"%s","type":"invalid_request_error","param":null,"code":"%s"}}\
      """
          .formatted(message, code);
    }

    @Override
    boolean endsInError(String body) {
      return lastEvent(body).startsWith("data: {\"error\":{\"message\":");
    }

    private static String chunk(String delta, String finish) {
      return """
      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",\
      "choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

      """
          .formatted(delta, finish);
    }
  },

  RESPONSES("openai-responses") {
    @Override
    String path(String model, boolean stream) {
      return "/v1/responses";
    }

    @Override
    String request(String model, boolean stream) {
      return """
      {"model":"%s","stream":%s,"input":"hello"}\
      """
          .formatted(model, stream);
    }

    @Override
    String whole(String text) {
      return response("completed", text);
    }

    @Override
    List<String> preamble() {
      return List.of(
          event("response.created", "\"response\":" + response("in_progress", null)),
          event("response.in_progress", "\"response\":" + response("in_progress", null)));
    }

    @Override
    String content(String text) {
      return event("response.output_text.delta", "\"delta\":\"%s\"".formatted(text));
    }

    @Override
    List<String> ending() {
      return List.of(event("response.completed", "\"response\":" + response("completed", "x")));
    }

    @Override
    String error(String code, String message) {
      return event("error", "\"code\":\"%s\",\"message\":\"%s\"".formatted(code, message));
    }

    @Override
    String errorBody(String code, String message) {
      return CHAT.errorBody(code, message);
    }

    @Override
    boolean endsInError(String body) {
      String last = lastEvent(body);
      return last.startsWith("event: response.failed\ndata: {\"type\":\"response.failed\"")
          || last.startsWith("event: error\ndata: {\"type\":\"error\"");
    }

    private static String event(String type, String members) {
      return """
      event: %s
      data: {"type":"%s","sequence_number":1,%s}

      """
          .formatted(type, type, members);
    }

    private static String response(String status, @org.jspecify.annotations.Nullable String text) {
      String output =
          text == null
              ? ""
              : """
              {"type":"message","id":"msg_1","status":"completed","role":"assistant",\
              "content":[{"type":"output_text","text":"%s","annotations":[]}]}\
              """
                  .formatted(text);
      String usage =
          text == null ? "null" : "{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}";
      return """
      {"id":"resp_1","object":"response","created_at":1,"status":"%s","error":null,\
      "incomplete_details":null,"model":"m","output":[%s],"usage":%s}\
      """
          .formatted(status, output, usage);
    }
  },

  MESSAGES("anthropic-messages") {
    @Override
    String path(String model, boolean stream) {
      return "/v1/messages";
    }

    @Override
    String request(String model, boolean stream) {
      return """
      {"model":"%s","stream":%s,"max_tokens":9,"messages":[{"role":"user","content":"hello"}]}\
      """
          .formatted(model, stream);
    }

    @Override
    String whole(String text) {
      return """
      {"id":"msg_1","type":"message","role":"assistant","model":"m",\
      "content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn","stop_sequence":null,\
      "usage":{"input_tokens":3,"output_tokens":2}}\
      """
          .formatted(text);
    }

    @Override
    List<String> preamble() {
      return List.of(
          event(
              "message_start",
              """
              "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],\
              "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}\
              """),
          "event: ping\ndata: {\"type\": \"ping\"}\n\n");
    }

    @Override
    String content(String text) {
      return event(
          "content_block_delta",
          "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}".formatted(text));
    }

    @Override
    List<String> ending() {
      return List.of(
          event(
              "message_delta",
              """
              "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}\
              """),
          "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    @Override
    String error(String code, String message) {
      return event(
          "error", "\"error\":{\"type\":\"%s\",\"message\":\"%s\"}".formatted(code, message));
    }

    @Override
    String errorBody(String code, String message) {
      return """
      {"type":"error","error":{"type":"%s","message":"%s"},"request_id":"req_up"}\
      """
          .formatted(code, message);
    }

    @Override
    boolean endsInError(String body) {
      return lastEvent(body).startsWith("event: error\ndata: {\"type\":\"error\",\"error\":{");
    }

    private static String event(String type, String members) {
      return """
      event: %s
      data: {"type":"%s",%s}

      """
          .formatted(type, type, members);
    }
  },

  GEMINI("gemini") {
    @Override
    String path(String model, boolean stream) {
      return stream
          ? "/v1beta/models/%s:streamGenerateContent?alt=sse".formatted(model)
          : "/v1beta/models/%s:generateContent".formatted(model);
    }

    @Override
    String request(String model, boolean stream) {
      return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hello\"}]}]}";
    }

    @Override
    String whole(String text) {
      return candidate("\"" + text + "\"", "\"STOP\"");
    }

    @Override
    List<String> preamble() {
      return List.of(
          "data: {\"responseId\":\"r1\",\"modelVersion\":\"m\",\"usageMetadata\":"
              + "{\"promptTokenCount\":3,\"totalTokenCount\":3}}\r\n\r\n");
    }

    @Override
    String content(String text) {
      return "data: " + candidate("\"" + text + "\"", "null") + "\r\n\r\n";
    }

    @Override
    List<String> ending() {
      return List.of("data: " + candidate("\"\"", "\"STOP\"") + "\r\n\r\n");
    }

    @Override
    String error(String code, String message) {
      return "data: " + errorBody(code, message) + "\r\n\r\n";
    }

    @Override
    String errorBody(String code, String message) {
      return """
      {"error":{"code":503,"message":"%s","status":"%s"}}\
      """
          .formatted(message, code);
    }

    @Override
    boolean endsInError(String body) {
      return lastEvent(body.replace("\r", "")).startsWith("data: {\"error\":{\"code\":");
    }

    private static String candidate(String text, String finish) {
      return """
      {"candidates":[{"content":{"parts":[{"text":%s}],"role":"model"},"finishReason":%s,\
      "index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,\
      "totalTokenCount":5},"modelVersion":"m","responseId":"r1"}\
      """
          .formatted(text, finish);
    }
  };

  private static final Pattern MODEL = Pattern.compile("\"model\":\"([^\"]*)\"");
  private static final Pattern PATH_MODEL = Pattern.compile("/models/(.*):[a-zA-Z]+");

  private final String label;

  Speech(String label) {
    this.label = label;
  }

  /** A provider's settings, on one line. */
  String provider(String id, String root, String... more) {
    return "  %s: { type: compatible, dialect: %s, base_url: \"%s\"%s }\n"
        .formatted(id, label, root, more.length == 0 ? "" : ", " + String.join(", ", more));
  }

  abstract String path(String model, boolean stream);

  abstract String request(String model, boolean stream);

  /** A whole answer. */
  abstract String whole(String text);

  /** What comes before the first content of a stream. */
  abstract List<String> preamble();

  abstract String content(String text);

  /** The end of a stream, last event included. */
  abstract List<String> ending();

  /** An error as an event of a stream. */
  abstract String error(String code, String message);

  /** An error as a body of its own. */
  abstract String errorBody(String code, String message);

  /** True when the last event of the stream is an error of the dialect. */
  abstract boolean endsInError(String body);

  /** A whole stream with one content. */
  String stream(String text) {
    return String.join("", preamble()) + content(text) + String.join("", ending());
  }

  /** Answers the request well, as a stream or whole. */
  void answer(FakeUpstream.Request request, FakeUpstream.Connection connection, String text)
      throws java.io.IOException {
    if (streams(request)) {
      connection.beginEvents();
      connection.chunk(stream(text));
      connection.end();
    } else {
      connection.json(200, whole(text));
    }
  }

  static boolean streams(FakeUpstream.Request request) {
    return request.text().contains("\"stream\":true") || request.target().contains(":stream");
  }

  /** The model that an upstream was asked for. */
  static String model(FakeUpstream.Request request) {
    Matcher path = PATH_MODEL.matcher(request.target());
    if (path.find()) {
      return path.group(1);
    }
    Matcher body = MODEL.matcher(request.text());
    return body.find() ? body.group(1) : "";
  }

  private static String lastEvent(String body) {
    String stripped = body.stripTrailing();
    return stripped.substring(
        stripped.lastIndexOf("\n\n") + 2 - (stripped.contains("\n\n") ? 0 : 1));
  }
}
