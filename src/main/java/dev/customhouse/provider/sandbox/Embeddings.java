package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/** Embeddings: unit vectors drawn from a hash of the text, so that equal texts have equal ones. */
final class Embeddings {
  static final int DEFAULT_DIMENSIONS = 256;
  static final int MAX_DIMENSIONS = 4_096;

  /** Inputs of one request, as OpenAI limits them. */
  static final int MAX_INPUTS = 2_048;

  private Embeddings() {}

  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = Models.of(body, Models.EMBED);
    List<String> inputs = inputs(body.path("input"));
    if (model.equals(Models.ERROR)) {
      return Script.fail(inputs.getFirst());
    }
    Integer asked = Json.integer(body, "dimensions", 1, MAX_DIMENSIONS);
    int dimensions = asked == null ? DEFAULT_DIMENSIONS : asked;
    boolean base64 =
        switch (Json.text(body, "encoding_format", "float")) {
          case "float" -> false;
          case "base64" -> true;
          default ->
              throw FaultException.invalid(
                  "'encoding_format' must be float or base64", "encoding_format");
        };
    ArrayNode data = Json.array();
    long tokens = 0;
    for (String input : inputs) {
      tokens += Tokens.of(input);
      ObjectNode embedding = Json.object().put("object", "embedding").put("index", data.size());
      float[] vector = vector(input, dimensions);
      if (base64) {
        embedding.put("embedding", base64(vector));
      } else {
        ArrayNode values = embedding.putArray("embedding");
        for (float value : vector) {
          values.add(value);
        }
      }
      data.add(embedding);
    }
    ObjectNode answer = Json.object().put("object", "list");
    answer.set("data", data);
    answer.put("model", model);
    answer.set("usage", Json.object().put("prompt_tokens", tokens).put("total_tokens", tokens));
    return Spoken.json(answer);
  }

  private static List<String> inputs(JsonNode input) {
    List<String> inputs = new ArrayList<>(Json.strings(input));
    if (inputs.isEmpty()) {
      boolean lists = input.path(0).isArray();
      for (JsonNode tokens : lists ? input : Json.array(input)) {
        inputs.add(TokenInput.words(tokens));
      }
    }
    if (inputs.size() > MAX_INPUTS) {
      throw FaultException.invalid("'input' must have at most " + MAX_INPUTS, "input");
    }
    return inputs;
  }

  /** The vector of the text, of length one. */
  static float[] vector(String text, int dimensions) {
    byte[] hash = Names.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    // The generator's sequence is part of its specification, so it is the same on every machine.
    SplittableRandom random = new SplittableRandom(ByteBuffer.wrap(hash).getLong());
    double[] drawn = new double[dimensions];
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      drawn[i] = 2 * random.nextDouble() - 1;
      squares += drawn[i] * drawn[i];
    }
    double length = Math.sqrt(squares);
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (drawn[i] / length);
    }
    return vector;
  }

  /** The vector's little-endian 32-bit floats, in Base64, as OpenAI sends them. */
  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
