package dev.customhouse.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.provider.anthropic.AnthropicHost;
import dev.customhouse.provider.azure.AzureOpenAiHost;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.provider.gemini.GeminiHost;
import dev.customhouse.provider.openai.OpenAiHost;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where each host is asked, and in which field it is shown the key. */
class AddressesTest {
  /** The hosts' own addresses as their vendors document them. */
  private static final String TABLE =
      """
      openai openai-chat https://api.openai.com/v1/chat/completions authorization: Bearer KEY
      openai openai-responses https://api.openai.com/v1/responses authorization: Bearer KEY
      anthropic anthropic-messages https://api.anthropic.com/v1/messages x-api-key: KEY
      gemini openai-chat https://generativelanguage.googleapis.com/v1beta/openai/chat/completions authorization: Bearer KEY
      gemini gemini https://generativelanguage.googleapis.com/v1beta/models/MODEL:generateContent x-goog-api-key: KEY
      gemini gemini https://generativelanguage.googleapis.com/v1beta/models/MODEL:streamGenerateContent?alt=sse x-goog-api-key: KEY
      mistral openai-chat https://api.mistral.ai/v1/chat/completions authorization: Bearer KEY
      groq openai-chat https://api.groq.com/openai/v1/chat/completions authorization: Bearer KEY
      groq openai-responses https://api.groq.com/openai/v1/responses authorization: Bearer KEY
      deepseek openai-chat https://api.deepseek.com/v1/chat/completions authorization: Bearer KEY
      deepseek anthropic-messages https://api.deepseek.com/anthropic/v1/messages authorization: Bearer KEY
      xai openai-chat https://api.x.ai/v1/chat/completions authorization: Bearer KEY
      xai openai-responses https://api.x.ai/v1/responses authorization: Bearer KEY
      xai anthropic-messages https://api.x.ai/v1/messages authorization: Bearer KEY
      openrouter openai-chat https://openrouter.ai/api/v1/chat/completions authorization: Bearer KEY
      openrouter openai-responses https://openrouter.ai/api/v1/responses authorization: Bearer KEY
      openrouter anthropic-messages https://openrouter.ai/api/v1/messages authorization: Bearer KEY
      together openai-chat https://api.together.xyz/v1/chat/completions authorization: Bearer KEY
      fireworks openai-chat https://api.fireworks.ai/inference/v1/chat/completions authorization: Bearer KEY
      fireworks openai-responses https://api.fireworks.ai/inference/v1/responses authorization: Bearer KEY
      cohere openai-chat https://api.cohere.ai/compatibility/v1/chat/completions authorization: Bearer KEY
      perplexity openai-chat https://api.perplexity.ai/chat/completions authorization: Bearer KEY
      cerebras openai-chat https://api.cerebras.ai/v1/chat/completions authorization: Bearer KEY
      moonshot openai-chat https://api.moonshot.ai/v1/chat/completions authorization: Bearer KEY
      moonshot anthropic-messages https://api.moonshot.ai/anthropic/v1/messages authorization: Bearer KEY
      zai openai-chat https://api.z.ai/api/paas/v4/chat/completions authorization: Bearer KEY
      zai anthropic-messages https://api.z.ai/api/anthropic/v1/messages authorization: Bearer KEY
      dashscope openai-chat https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions authorization: Bearer KEY
      dashscope openai-responses https://dashscope-intl.aliyuncs.com/compatible-mode/v1/responses authorization: Bearer KEY
      nvidia openai-chat https://integrate.api.nvidia.com/v1/chat/completions authorization: Bearer KEY
      sambanova openai-chat https://api.sambanova.ai/v1/chat/completions authorization: Bearer KEY
      huggingface openai-chat https://router.huggingface.co/v1/chat/completions authorization: Bearer KEY
      huggingface openai-responses https://router.huggingface.co/v1/responses authorization: Bearer KEY
      github-models openai-chat https://models.github.ai/inference/chat/completions authorization: Bearer KEY
      ollama openai-chat http://localhost:11434/v1/chat/completions authorization: Bearer KEY
      ollama openai-responses http://localhost:11434/v1/responses authorization: Bearer KEY
      ollama anthropic-messages http://localhost:11434/v1/messages authorization: Bearer KEY
      vllm openai-chat http://localhost:8000/v1/chat/completions authorization: Bearer KEY
      vllm openai-responses http://localhost:8000/v1/responses authorization: Bearer KEY
      vllm anthropic-messages http://localhost:8000/v1/messages authorization: Bearer KEY
      lmstudio openai-chat http://localhost:1234/v1/chat/completions authorization: Bearer KEY
      lmstudio openai-responses http://localhost:1234/v1/responses authorization: Bearer KEY
      lmstudio anthropic-messages http://localhost:1234/v1/messages authorization: Bearer KEY
      llama-cpp openai-chat http://localhost:8080/v1/chat/completions authorization: Bearer KEY
      llama-cpp openai-responses http://localhost:8080/v1/responses authorization: Bearer KEY
      llama-cpp anthropic-messages http://localhost:8080/v1/messages authorization: Bearer KEY
      localai openai-chat http://localhost:8080/v1/chat/completions authorization: Bearer KEY
      localai openai-responses http://localhost:8080/v1/responses authorization: Bearer KEY
      localai anthropic-messages http://localhost:8080/v1/messages authorization: Bearer KEY
      """;

  private static List<Host> hosts() {
    List<Host> hosts =
        new ArrayList<>(List.of(new OpenAiHost(), new AnthropicHost(), new GeminiHost()));
    hosts.addAll(CompatibleHosts.table());
    return hosts;
  }

  private static Host host(String type) {
    return hosts().stream().filter(host -> host.type().equals(type)).findFirst().orElseThrow();
  }

  private static Call call(DialectId dialect, boolean stream) {
    String path =
        switch (dialect) {
          case OPENAI_CHAT -> "/v1/chat/completions";
          case OPENAI_RESPONSES -> "/v1/responses";
          case ANTHROPIC_MESSAGES -> "/v1/messages";
          case GEMINI ->
              "/v1beta/models/asked:" + (stream ? "streamGenerateContent" : "generateContent");
          case BEDROCK -> "/model/asked/" + (stream ? "converse-stream" : "converse");
        };
    return call(dialect, path, dialect == DialectId.GEMINI && stream ? "alt=sse" : null);
  }

  private static Call call(DialectId dialect, String path, @Nullable String query) {
    return new Call(
        "r",
        Operation.CHAT,
        dialect,
        "POST",
        path,
        query,
        Headers.EMPTY,
        new byte[0],
        "asked",
        null,
        false,
        false,
        Call.Marks.NONE,
        null,
        null);
  }

  private static String line(Host host, URI base, DialectId dialect, boolean stream) {
    Headers.Builder headers = Headers.builder();
    host.authorise(headers, dialect, "KEY");
    Headers field = headers.build();
    assertThat(field.size()).isEqualTo(1);
    return "%s %s %s %s: %s"
        .formatted(
            host.type(),
            dialect.label(),
            host.uri(base, call(dialect, stream), "MODEL"),
            field.nameAt(0),
            field.valueAt(0));
  }

  @Test
  void eachHostIsAskedAtItsOwnAddressInEachDialectItSpeaks() {
    List<String> lines = new ArrayList<>();
    for (Host host : hosts()) {
      URI base = host.baseUrl();
      for (DialectId dialect : DialectId.values()) {
        if (base != null && host.serves(dialect, Operation.CHAT)) {
          lines.add(line(host, base, dialect, false));
          if (dialect == DialectId.GEMINI) {
            lines.add(line(host, base, dialect, true));
          }
        }
      }
    }
    assertThat(lines).containsExactlyInAnyOrderElementsOf(TABLE.lines().toList());
  }

  @Test
  void aBaseUrlMayHaveOrLackItsVersionAndASlash() {
    for (Host host : hosts()) {
      URI base = host.baseUrl();
      if (base == null) {
        continue;
      }
      String text = base.toString();
      List<String> forms = new ArrayList<>(List.of(text, text + "/", text + "//"));
      String bare = text.replaceFirst("/v\\d+$", "");
      forms.addAll(List.of(bare, bare + "/"));
      for (DialectId dialect : DialectId.values()) {
        for (String form : forms) {
          if (host.serves(dialect, Operation.CHAT)) {
            assertThat(line(host, URI.create(form), dialect, true))
                .isEqualTo(line(host, base, dialect, true));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai-compatible, http://h:8000,           http://h:8000/v1/chat/completions",
    "openai-compatible, http://h:8000/,          http://h:8000/v1/chat/completions",
    "openai-compatible, http://h:8000/v1,        http://h:8000/v1/chat/completions",
    "openai-compatible, http://h:8000/v1/,       http://h:8000/v1/chat/completions",
    "openai-compatible, http://[::1]:8000,       http://[::1]:8000/v1/chat/completions",
    "openai-compatible, https://h/api/openai,    https://h/api/openai/chat/completions",
    "openai-compatible, https://h/paas/v4,       https://h/paas/v4/chat/completions",
    "openai,            https://proxy,           https://proxy/v1/chat/completions",
    "openai,            https://proxy/v1/,       https://proxy/v1/chat/completions",
    "deepseek,          https://proxy/deep/v1,   https://proxy/deep/v1/chat/completions",
    "gemini,            https://proxy/v1beta/,   https://proxy/v1beta/openai/chat/completions",
    "gemini,            https://proxy,           https://proxy/v1beta/openai/chat/completions",
    "perplexity,        https://proxy/,          https://proxy/chat/completions"
  })
  void aConfiguredBaseUrlIsTheUsualRoot(String type, String base, String expected) {
    assertThat(host(type).uri(URI.create(base), call(DialectId.OPENAI_CHAT, false), "m"))
        .hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "anthropic,            https://proxy,             https://proxy/v1/messages",
    "anthropic,            https://proxy/v1,          https://proxy/v1/messages",
    "anthropic,            https://proxy/anthropic/,  https://proxy/anthropic/v1/messages",
    "anthropic-compatible, http://h:1/x/v1/,          http://h:1/x/v1/messages",
    "deepseek,             https://proxy/deep,        https://proxy/deep/v1/messages",
    "deepseek,             https://api.deepseek.com,  https://api.deepseek.com/anthropic/v1/messages",
    "zai,                  https://api.z.ai/api/paas, https://api.z.ai/api/anthropic/v1/messages"
  })
  void inAnthropicsDialectTheVersionIsPutInWhereItIsMissing(
      String type, String base, String expected) {
    assertThat(host(type).uri(URI.create(base), call(DialectId.ANTHROPIC_MESSAGES, false), "m"))
        .hasToString(expected);
  }

  @Test
  void aCompatibleHostOfEachDialectShowsItsKeyAsTheDialectDoes() {
    Map<DialectId, String> expected =
        Map.of(
            DialectId.OPENAI_CHAT,
            "compatible openai-chat http://h/v1/chat/completions authorization: Bearer KEY",
            DialectId.OPENAI_RESPONSES,
            "compatible openai-responses http://h/v1/responses authorization: Bearer KEY",
            DialectId.ANTHROPIC_MESSAGES,
            "compatible anthropic-messages http://h/v1/messages x-api-key: KEY",
            DialectId.GEMINI,
            "compatible gemini http://h/v1beta/models/MODEL:generateContent x-goog-api-key: KEY");
    expected.forEach((dialect, line) -> {
      Host host = CompatibleHosts.speaking(dialect);
      assertThat(line(host, URI.create("http://h"), dialect, false)).isEqualTo(line);
      for (DialectId other : DialectId.values()) {
        assertThat(host.serves(other, Operation.CHAT)).isEqualTo(other == dialect);
      }
    });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://r.openai.azure.com",
        "https://r.openai.azure.com/",
        "https://r.openai.azure.com/openai",
        "https://r.openai.azure.com/openai/v1",
        "https://r.openai.azure.com/openai/v1/"
      })
  void azureNamesTheDeploymentInThePathOrSpeaksItsFirstVersion(String base) {
    Host dated = new AzureOpenAiHost("2024-10-21");
    Host current = new AzureOpenAiHost(null);
    URI root = URI.create(base);
    Call chat = call(DialectId.OPENAI_CHAT, false);
    Call responses = call(DialectId.OPENAI_RESPONSES, false);

    assertThat(dated.uri(root, chat, "my dep"))
        .hasToString(
            "https://r.openai.azure.com/openai/deployments/my%20dep/chat/completions"
                + "?api-version=2024-10-21");
    assertThat(dated.uri(root, responses, "d"))
        .hasToString("https://r.openai.azure.com/openai/responses?api-version=2024-10-21");
    assertThat(current.uri(root, chat, "d"))
        .hasToString("https://r.openai.azure.com/openai/v1/chat/completions");
    assertThat(current.uri(root, responses, "d"))
        .hasToString("https://r.openai.azure.com/openai/v1/responses");
    assertThat(line(current, root, DialectId.OPENAI_CHAT, false)).endsWith(" api-key: KEY");
  }

  @Test
  void otherPathsAndQueriesPassThrough() {
    Call embeddings = call(DialectId.OPENAI_CHAT, "/v1/embeddings", "x=1&y=%20");
    Call stored = call(DialectId.OPENAI_RESPONSES, "/v1/responses/resp_1/input_items", "limit=2");

    assertThat(host("openai").uri(URI.create("https://h"), embeddings, "m"))
        .hasToString("https://h/v1/embeddings?x=1&y=%20");
    assertThat(host("groq").uri(URI.create("https://h/v1"), stored, "m"))
        .hasToString("https://h/v1/responses/resp_1/input_items?limit=2");
    assertThat(new AzureOpenAiHost("v").uri(URI.create("https://h"), embeddings, "d"))
        .hasToString("https://h/openai/deployments/d/embeddings?api-version=v&x=1&y=%20");
  }

  @Test
  void aModelsNameStaysInItsPlaceOfThePath() {
    Call call = call(DialectId.GEMINI, "/v1/models/asked:countTokens", null);
    Host gemini = host("gemini");
    URI base = URI.create("https://h");

    assertThat(gemini.uri(base, call, "tuned/a b:c@d#e?f%2e"))
        .hasToString("https://h/v1/models/tuned/a%20b:c@d%23e%3Ff%252e:countTokens");
    for (String model : List.of("../x", "x/..", "a/./b", "/x", "a//b")) {
      assertThatThrownBy(() -> gemini.uri(base, call, model)).isInstanceOf(Refusal.class);
      Call chat = call(DialectId.OPENAI_CHAT, false);
      assertThatThrownBy(() -> new AzureOpenAiHost("v").uri(base, chat, model))
          .isInstanceOf(Refusal.class);
    }
  }

  @Test
  void theKeyTakesThePlaceOfAConfiguredFieldOfItsName() {
    Headers.Builder headers = Headers.builder().add("Authorization", "Bearer other");
    host("openai").authorise(headers, DialectId.OPENAI_CHAT, "KEY");

    assertThat(headers.build().all("authorization")).containsExactly("Bearer KEY");
  }
}
