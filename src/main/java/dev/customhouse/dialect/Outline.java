package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request without what anybody said in it: its members, numbers and words of the dialect stay, of
 * every text only its length. It is made when it is asked for, so that a request does not wait for
 * it.
 */
public final class Outline {
  /** Members whose values are words of a dialect or names of the configuration. */
  private static final Set<String> TOLD =
      Set.of(
          "type",
          "role",
          "model",
          "effort",
          "mode",
          "status",
          "ttl",
          "display",
          "detail",
          "media_type",
          "mimeType",
          "format",
          "service_tier",
          "thinkingLevel",
          "responseMimeType",
          "summary",
          "reasoning_effort",
          "tool_choice",
          "toolChoice",
          "anthropic_version",
          "truncation");

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_./:@-]{1,64}");

  /** Elements of a list that are shown; of the others the number. */
  private static final int SHOWN = 24;

  private static final int DEPTH = 12;

  private final String path;
  private final byte[] body;

  /** Of longer requests only the size is told: they would lie in memory until it is written. */
  private static final int BODY_BYTES = 64 * 1024;

  Outline(String path, byte[] body) {
    this.path = path;
    this.body = body.length <= BODY_BYTES ? body : Json.write(node(body.length + " bytes"));
  }

  /** Where the request went. */
  public String path() {
    return path;
  }

  /** The outline, as JSON. */
  public String json() {
    return new String(Json.write(outline(null, Json.read(body), DEPTH)), StandardCharsets.UTF_8);
  }

  private static JsonNode outline(@Nullable String name, JsonNode node, int depth) {
    if (node.isTextual()) {
      String text = node.textValue();
      if (name == null) {
        return node;
      }
      boolean told = TOLD.contains(name) && WORD.matcher(text).matches();
      return told ? node : node(text.length() + " chars");
    }
    if (node.isContainerNode() && depth == 0) {
      return node(node.size() + (node.isArray() ? " elements" : " members"));
    }
    if (node.isArray()) {
      ArrayNode list = Json.object().arrayNode();
      for (int i = 0; i < Math.min(SHOWN, node.size()); i++) {
        list.add(outline(name, node.get(i), depth - 1));
      }
      if (node.size() > SHOWN) {
        list.add(node.size() - SHOWN + " more");
      }
      return list;
    }
    if (node.isObject()) {
      // Names inside of schemas and arguments are the client's.
      boolean theirs =
          name != null && Set.of("input", "args", "properties", "arguments").contains(name);
      if (theirs) {
        return node(node.size() + " members");
      }
      ObjectNode members = Json.object();
      for (var member : node.properties()) {
        members.set(member.getKey(), outline(member.getKey(), member.getValue(), depth - 1));
      }
      return members;
    }
    return node;
  }

  private static JsonNode node(String text) {
    return Json.object().textNode("<" + text + ">");
  }

  /** Without any of it. */
  @Override
  public String toString() {
    return "Outline[" + path + ", " + body.length + " bytes]";
  }
}
