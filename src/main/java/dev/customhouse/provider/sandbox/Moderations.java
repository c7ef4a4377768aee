package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** Moderations: a text is flagged for each category that it names. */
final class Moderations {
  private static final int MAX_INPUTS = 1_000;
  private static final double FLAGGED_SCORE = 0.99;
  private static final double CLEAN_SCORE = 0.0001;
  private static final List<String> CATEGORIES =
      List.of(
          "harassment",
          "harassment/threatening",
          "hate",
          "hate/threatening",
          "illicit",
          "illicit/violent",
          "self-harm",
          "self-harm/intent",
          "self-harm/instructions",
          "sexual",
          "sexual/minors",
          "violence",
          "violence/graphic");

  private Moderations() {}

  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = body.has("model") ? Models.of(body, Models.MODERATE) : Models.MODERATE;
    JsonNode input = body.path("input");
    // Parts (texts and images) are one input together; texts are one each.
    List<String> texts =
        input.path(0).isObject() ? List.of(ChatAsk.textOf(input)) : Json.strings(input);
    if (texts.isEmpty() || texts.size() > MAX_INPUTS) {
      throw FaultException.invalid(
          "'input' must be a text, parts, or an array of 1 to " + MAX_INPUTS + " texts", "input");
    }
    if (model.equals(Models.ERROR)) {
      return Script.fail(texts.getFirst());
    }
    ArrayNode results = Json.array();
    texts.forEach(text -> results.add(result(text)));
    ObjectNode answer = Json.object().put("id", call.names().id("modr-")).put("model", model);
    answer.set("results", results);
    return Spoken.json(answer);
  }

  private static ObjectNode result(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    ObjectNode categories = Json.object();
    ObjectNode scores = Json.object();
    ObjectNode types = Json.object();
    boolean any = false;
    for (String category : CATEGORIES) {
      boolean flagged = lower.contains(category);
      any |= flagged;
      categories.put(category, flagged);
      scores.put(category, flagged ? FLAGGED_SCORE : CLEAN_SCORE);
      types.putArray(category).add("text");
    }
    ObjectNode result = Json.object().put("flagged", any);
    result.set("categories", categories);
    result.set("category_scores", scores);
    result.set("category_applied_input_types", types);
    return result;
  }
}
