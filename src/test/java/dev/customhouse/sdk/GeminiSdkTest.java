package dev.customhouse.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.genai.Client;
import com.google.genai.ResponseStream;
import com.google.genai.errors.ApiException;
import com.google.genai.errors.ClientException;
import com.google.genai.errors.ServerException;
import com.google.genai.types.Content;
import com.google.genai.types.EmbedContentConfig;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.ListModelsConfig;
import com.google.genai.types.Model;
import com.google.genai.types.Part;
import com.google.genai.types.Schema;
import com.google.genai.types.Tool;
import dev.customhouse.House;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** google-genai with the gateway's base URL and key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GeminiSdkTest {
  private static final String TEXT = "Grüße from the customs house, twice two is four.";
  private static final GenerateContentConfig KIND =
      GenerateContentConfig.builder()
          .systemInstruction(Content.fromParts(Part.fromText("Be kind.")))
          .build();

  private House house;
  private Client gemini;

  @BeforeAll
  void open() {
    house = House.sandbox();
    gemini = client(house, House.KEY);
  }

  @AfterAll
  void close() {
    gemini.close();
    house.close();
  }

  private static Client client(House house, String key) {
    return Client.builder()
        .apiKey(key)
        .httpOptions(
            HttpOptions.builder()
                .baseUrl(house.root())
                .retryOptions(HttpRetryOptions.builder().attempts(1).build())
                .build())
        .build();
  }

  @Test
  void contentAndItsStreamSayTheSameAndAreCountedBeforehand() {
    GenerateContentResponse whole = gemini.models.generateContent("sandbox/echo", TEXT, KIND);
    StringBuilder text = new StringBuilder();
    List<GenerateContentResponse> chunks = new ArrayList<>();
    try (ResponseStream<GenerateContentResponse> stream =
        gemini.models.generateContentStream("sandbox/echo", TEXT, KIND)) {
      for (GenerateContentResponse chunk : stream) {
        chunks.add(chunk);
        text.append(chunk.text());
      }
    }

    assertThat(whole.text()).isEqualTo(TEXT);
    assertThat(text).hasToString(TEXT);
    assertThat(chunks.size()).isGreaterThan(3);
    assertThat(chunks.getLast().usageMetadata()).isEqualTo(whole.usageMetadata());
    assertThat(gemini.models.countTokens("sandbox/echo", TEXT, null).totalTokens().orElseThrow())
        .isPositive();
  }

  @Test
  void aLoopOverToolsComesToItsEnd() {
    GenerateContentConfig config =
        GenerateContentConfig.builder()
            .tools(
                Tool.builder()
                    .functionDeclarations(
                        FunctionDeclaration.builder()
                            .name("weather")
                            .parameters(
                                Schema.builder()
                                    .type("OBJECT")
                                    .properties(
                                        Map.of("city", Schema.builder().type("STRING").build()))
                                    .required("city")
                                    .build())
                            .build())
                    .build())
            .build();
    Content question = Content.builder().role("user").parts(Part.fromText(TEXT)).build();

    GenerateContentResponse asked =
        gemini.models.generateContent("sandbox/tools", List.of(question), config);
    Content call = asked.candidates().orElseThrow().getFirst().content().orElseThrow();
    Content result =
        Content.builder()
            .role("user")
            .parts(Part.fromFunctionResponse("weather", Map.of("degrees", 22)))
            .build();
    GenerateContentResponse answered =
        gemini.models.generateContent("sandbox/tools", List.of(question, call, result), config);

    assertThat(asked.functionCalls())
        .singleElement()
        .satisfies(used -> assertThat(used.name()).contains("weather"));
    assertThat(answered.text()).contains("The tools answered", "22");
  }

  @Test
  void textsAreEmbedded() {
    var embeddings =
        gemini
            .models
            .embedContent(
                "sandbox/embed",
                List.of(TEXT, "another"),
                EmbedContentConfig.builder().outputDimensionality(8).build())
            .embeddings()
            .orElseThrow();

    assertThat(embeddings).hasSize(2);
    assertThat(embeddings.getFirst().values().orElseThrow()).hasSize(8);
  }

  @Test
  void modelsAreListedAndLookedUp() {
    List<String> names = new ArrayList<>();
    for (Model model : gemini.models.list(ListModelsConfig.builder().build())) {
      names.add(model.name().orElseThrow());
    }

    assertThat(names).contains("models/sandbox/echo", "models/sandbox/tools");
    assertThat(gemini.models.get("sandbox/echo", null).name()).contains("models/sandbox/echo");
  }

  private static void refused(
      String key, String model, String text, Class<? extends ApiException> type, int code) {
    try (House own = House.sandbox()) {
      Client client = client(own, key);
      assertThatThrownBy(() -> client.models.generateContent(model, text, null))
          .isInstanceOfSatisfying(type, refusal -> assertThat(refusal.code()).isEqualTo(code));
      client.close();
    }
  }

  @Test
  void errorsAreOfTheClassesThatTheSdkHasForThem() {
    refused("sk-wrong", "sandbox/echo", TEXT, ClientException.class, 401);
    refused(House.KEY, "sandbox/ehco", TEXT, ClientException.class, 404);
    refused(House.KEY, "sandbox/error", "429", ClientException.class, 429);
    refused(House.KEY, "sandbox/error", "503", ServerException.class, 503);
  }
}
