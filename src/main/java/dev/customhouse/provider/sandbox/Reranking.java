package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reranking as Cohere and Jina shape it: a document's score is the part of the query's words that
 * it has.
 */
final class Reranking {
  private static final int MAX_DOCUMENTS = 1_000;
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  private Reranking() {}

  private record Ranked(int index, String text, double score) {}

  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = Models.of(body, Models.RERANK);
    String query = Json.text(body, "query", "");
    if (model.equals(Models.ERROR)) {
      return Script.fail(query);
    }
    JsonNode documents = body.path("documents");
    if (query.isEmpty()) {
      throw FaultException.invalid("'query' must be a text", "query");
    }
    if (!documents.isArray() || documents.isEmpty() || documents.size() > MAX_DOCUMENTS) {
      throw FaultException.invalid(
          "'documents' must be an array of 1 to " + MAX_DOCUMENTS, "documents");
    }
    Set<String> wanted = words(query);
    List<Ranked> ranking = new ArrayList<>();
    long tokens = Tokens.of(query);
    for (JsonNode document : documents) {
      String text = document.isTextual() ? document.textValue() : Json.text(document, "text", "");
      tokens += Tokens.of(text);
      ranking.add(new Ranked(ranking.size(), text, score(wanted, text)));
    }
    ranking.sort(Comparator.comparingDouble(Ranked::score).reversed());
    Integer top = Json.integer(body, "top_n", 1, Integer.MAX_VALUE);
    boolean withTexts = body.path("return_documents").asBoolean();
    ArrayNode results = Json.array();
    for (Ranked ranked :
        ranking.subList(0, Math.min(ranking.size(), top == null ? ranking.size() : top))) {
      ObjectNode result =
          Json.object().put("index", ranked.index()).put("relevance_score", ranked.score());
      if (withTexts) {
        result.set("document", Json.object().put("text", ranked.text()));
      }
      results.add(result);
    }
    ObjectNode answer = Json.object().put("id", call.names().id("rerank-")).put("model", model);
    answer.set("results", results);
    answer.set("usage", Json.object().put("prompt_tokens", tokens).put("total_tokens", tokens));
    ObjectNode meta = Json.object();
    meta.set("api_version", Json.object().put("version", "1"));
    meta.set("billed_units", Json.object().put("search_units", 1));
    answer.set("meta", meta);
    return Spoken.json(answer);
  }

  private static double score(Set<String> wanted, String text) {
    if (wanted.isEmpty()) {
      return 0;
    }
    Set<String> shared = words(text);
    shared.retainAll(wanted);
    return (double) shared.size() / wanted.size();
  }

  private static Set<String> words(String text) {
    Set<String> words = new HashSet<>(Arrays.asList(NO_WORD.split(text.toLowerCase(Locale.ROOT))));
    words.remove("");
    return words;
  }
}
