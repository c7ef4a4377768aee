package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.OwnAnswers;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Forms that answers of providers are known to take, in words of our own, reach clients of every
 * other dialect with all that they say. Each line of the file is one answer: its name, its dialect,
 * what it says in the normal form, and its body as it comes.
 */
class AnswerVariantsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int LEAST_VARIANTS = 230;

  private static List<Recording> variants() throws IOException {
    List<Recording> variants = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(AnswerVariantsTest.class.getResourceAsStream("variants.jsonl"))) {
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        JsonNode variant = MAPPER.readTree(line);
        String dialect = variant.path("dialect").asText();
        ObjectNode meta = MAPPER.createObjectNode();
        meta.set("facts", variant.path("facts"));
        meta.put(
            "facts_dialect",
            switch (dialect) {
              case "gemini" -> "gemini-generate";
              case "bedrock" -> "bedrock-converse";
              default -> dialect;
            });
        JsonNode body = variant.path("body");
        byte[] bytes =
            !body.isTextual()
                ? MAPPER.writeValueAsBytes(body)
                : dialect.equals("bedrock")
                    ? OwnAnswers.frames(body.asText())
                    : body.asText().getBytes(UTF_8);
        String name = dialect + "/" + variant.path("name").asText();
        variants.add(new Recording(name, meta, bytes, body.isTextual(), null));
      }
    }
    return variants;
  }

  @Test
  void everyVariantReachesClientsOfEveryOtherDialectWithAllThatItSays() throws IOException {
    List<String> faults = new ArrayList<>();
    List<Recording> variants = variants();
    for (Recording variant : variants) {
      for (Way way : Way.from(variant.dialect())) {
        if (variant.events()) {
          compare(variant, way, way.stream(variant.body()), "", faults);
        } else {
          compare(variant, way, way.whole(variant.body()), "", faults);
          compare(variant, way, way.takenApart(variant.body()), " as a stream", faults);
        }
      }
    }
    assertThat(variants).hasSizeGreaterThan(LEAST_VARIANTS);
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static void compare(
      Recording variant, Way way, Heard heard, String how, List<String> faults) {
    Comparison comparison = new Comparison(variant, way.client().dialect());
    comparison.answer(heard);
    for (String fault : comparison.faults()) {
      faults.add("%s to %s%s: %s".formatted(variant, way.client().dialect().label(), how, fault));
    }
  }

  /** The reasons of providers that gave up, in the order of their dialects. */
  private static final List<String> GIVEN_UP =
      List.of(
          "{'candidates':[{'finishReason':'MALFORMED_FUNCTION_CALL'}]}",
          "{'candidates':[{'finishReason':'OTHER','content':{'parts':[{'text':'ha'}]}}]}",
          "{'candidates':[{'finishReason':'NO_IMAGE'}]}");

  @Test
  void anAnswerThatItsProviderGaveUpIsAnErrorToClientsOfChatCompletions() throws IOException {
    for (String answer : GIVEN_UP) {
      byte[] body = answer.replace('\'', '"').getBytes(UTF_8);
      for (Way way : Way.from(DialectId.GEMINI)) {
        DialectId client = way.client().dialect();
        if (client == DialectId.OPENAI_CHAT) {
          assertThat(refused(way, body)).as(answer).isEqualTo(ErrorKind.BAD_GATEWAY);
        } else {
          Set<String> reasons = Set.of("error", "stop");
          assertThat(way.whole(body).finish).as(answer + way).isIn(reasons);
        }
      }
    }
    byte[] failed =
        "{\"id\":\"r\",\"object\":\"response\",\"status\":\"failed\",\"output\":[],\"error\":{\"code\":\"server_error\",\"message\":\"boom\"}}"
            .getBytes(UTF_8);
    for (Way way : Way.from(DialectId.OPENAI_RESPONSES)) {
      assertThat(refused(way, failed)).as(way.toString()).isEqualTo(ErrorKind.BAD_GATEWAY);
    }
  }

  private static ErrorKind refused(Way way, byte[] body) throws IOException {
    try {
      byte[] answer = way.translation(false).answer(body);
      throw new AssertionError("answered with " + new String(answer, UTF_8));
    } catch (Refusal refusal) {
      return refusal.kind();
    }
  }
}
