package dev.customhouse.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Amazon's description of Bedrock's runtime: which members each shape has. */
final class BedrockServiceModel {
  private final JsonNode shapes;

  private BedrockServiceModel(JsonNode shapes) {
    this.shapes = shapes;
  }

  /** The description among the shared data; empty when it is absent. */
  static Optional<BedrockServiceModel> load() throws IOException {
    String root = System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");
    Path file = Path.of(root, "specs", "bedrock-runtime-service-2.json");
    return Files.exists(file)
        ? Optional.of(
            new BedrockServiceModel(new ObjectMapper().readTree(file.toFile()).path("shapes")))
        : Optional.empty();
  }

  /** What of the value the shape does not know, or lacks; places separated by dots. */
  List<String> strangers(String shape, JsonNode value) {
    List<String> strangers = new ArrayList<>();
    collect(shape, value, shape, strangers);
    return strangers;
  }

  private void collect(String name, JsonNode value, String place, List<String> strangers) {
    JsonNode shape = shapes.path(name);
    switch (shape.path("type").asText()) {
      case "structure" -> {
        if (name.equals("Document") || shape.path("document").asBoolean()) {
          return;
        }
        structure(shape, value, place, strangers);
      }
      case "list" -> {
        for (int i = 0; i < value.size(); i++) {
          String member = shape.path("member").path("shape").asText();
          collect(member, value.get(i), place + "[" + i + "]", strangers);
        }
      }
      case "string" -> string(shape, value, place, strangers);
      default -> {}
    }
  }

  private void structure(JsonNode shape, JsonNode value, String place, List<String> strangers) {
    JsonNode members = shape.path("members");
    for (var member : value.properties()) {
      JsonNode known = members.path(member.getKey());
      String at = place + "." + member.getKey();
      if (known.isMissingNode() || known.has("location")) {
        strangers.add(at);
      } else {
        collect(known.path("shape").asText(), member.getValue(), at, strangers);
      }
    }
    for (JsonNode required : shape.path("required")) {
      boolean elsewhere = members.path(required.asText()).has("location");
      if (!elsewhere && !value.has(required.asText())) {
        strangers.add(place + " lacks " + required.asText());
      }
    }
  }

  private static void string(JsonNode shape, JsonNode value, String place, List<String> strangers) {
    if (!value.isTextual()) {
      strangers.add(place + " is no string");
      return;
    }
    boolean listed = shape.path("enum").isEmpty();
    for (JsonNode word : shape.path("enum")) {
      listed |= word.asText().equals(value.asText());
    }
    if (!listed) {
      strangers.add(place + " = " + value.asText());
    }
  }
}
