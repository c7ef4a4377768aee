package dev.customhouse.dialect.openaichat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.dialect.Json;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes what a provider's answer must look like. */
final class FormatWriter {
  private static final Pattern NOT_IN_NAMES = Pattern.compile("[^a-zA-Z0-9_-]");
  private static final int NAME_CHARS = 64;
  private static final String JSON = "json";

  private final ChatHost host;

  FormatWriter(ChatHost host) {
    this.host = host;
  }

  /** Writes the format; what the model must be told beside it, or null. */
  @Nullable String write(ChatRequest request, ObjectNode body) {
    return switch (request.outputFormat()) {
      case null -> null;
      case OutputFormat.JsonObject ignored -> {
        body.putObject("response_format").put("type", "json_object");
        yield saysJson(request) ? null : "Answer with a JSON object.";
      }
      case OutputFormat.JsonSchema schema -> {
        if (host.takesSchema()) {
          schema(schema, body);
          yield null;
        }
        body.putObject("response_format").put("type", "json_object");
        yield "Answer with a JSON object that fits this JSON Schema:\n"
            + new String(Json.write(schema.schema()), StandardCharsets.UTF_8);
      }
    };
  }

  private void schema(OutputFormat.JsonSchema format, ObjectNode body) {
    ObjectNode node = body.putObject("response_format").put("type", "json_schema");
    ObjectNode inner = node.putObject("json_schema").put("name", name(format.name()));
    if (format.description() != null) {
      inner.put("description", format.description());
    }
    inner.set("schema", format.schema());
    if (format.strict() != null) {
      inner.put("strict", format.strict());
    }
    format.extras().of(DialectId.OPENAI_CHAT).forEach(inner::set);
  }

  private static String name(@Nullable String name) {
    String given = name == null || name.isEmpty() ? "answer" : name;
    String clean = NOT_IN_NAMES.matcher(given).replaceAll("_");
    return clean.substring(0, Math.min(clean.length(), NAME_CHARS));
  }

  /**
   * OpenAI refuses this format unless the word stands in a message. Only the beginning of the
   * conversation counts, so that a later turn does not change what is said in the first.
   */
  private static boolean saysJson(ChatRequest request) {
    for (Message message : request.messages()) {
      for (Content content : message.content()) {
        if (content instanceof Content.Text text
            && text.text().toLowerCase(Locale.ROOT).contains(JSON)) {
          return true;
        }
      }
      if (!message.role().instructs()) {
        return false;
      }
    }
    return false;
  }
}
