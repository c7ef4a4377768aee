package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.config.Settings.ClientAuth;
import dev.customhouse.config.Settings.Provider;
import dev.customhouse.config.Settings.Retry;
import dev.customhouse.config.Settings.RetryOn;
import dev.customhouse.config.Settings.SecretRef;
import dev.customhouse.config.Settings.Shadow;
import dev.customhouse.config.Settings.Strategy;
import dev.customhouse.config.Settings.Target;
import dev.customhouse.config.Settings.Tls;
import dev.customhouse.config.Settings.UpstreamKey;
import dev.customhouse.secret.SecretResolver;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted, and what becomes of it. */
class SettingsReaderTest {
  private static final Retry DEFAULT_RETRY =
      new Retry(2, Set.of(RetryOn.values()), Duration.ofMillis(200));

  private final SettingsReader reader = new SettingsReader();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "---\n",
        "{}",
        "gateway:\nproviders:\nmodels:\nkeys:\npolicies:\nredaction:\naudit:\n",
        "gateway: {}\nproviders: {}\nmodels: {}\nkeys: []\npolicies: []\nredaction: {}\naudit: {}\n"
      })
  void anEmptyFileGivesTheDefaults(String yaml) {
    Settings settings = read(yaml);
    assertThat(settings)
        .isEqualTo(
            new Settings(
                new Settings.Gateway(
                    new Settings.Listen("0.0.0.0", 8080, null),
                    null,
                    new Settings.Limits(
                        33_554_432,
                        67_108_864,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(120),
                        Duration.ofMinutes(15),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(30),
                        200,
                        20_000,
                        1_000),
                    new Settings.State(true, Duration.ofDays(30), 4L << 30),
                    new Settings.Egress(
                        true, 20 << 20, 50 << 20, Duration.ofSeconds(20), List.of(), List.of()),
                    new Settings.Cors(List.of()),
                    new Settings.Telemetry(null, Map.of()),
                    Path.of("./data"),
                    true),
                Map.of(),
                Map.of(),
                List.of()));
  }

  @Test
  void theCloudsAreConfiguredByTheirPlaceAndTheirCredentials() {
    Settings settings =
        new SettingsReader()
            .read(
                """
                providers:
                  bedrock: { region: eu-central-1, credentials: "${env:A}:${env:B}:${env:C}" }
                  vertex: { project: my-project, credentials: "${file:/run/sa.json}" }
                  nowhere: { type: bedrock }
                """,
                "c.yaml");
    Settings.Provider bedrock = Objects.requireNonNull(settings.providers().get("bedrock"));
    Settings.Provider vertex = Objects.requireNonNull(settings.providers().get("vertex"));
    Settings.Provider nowhere = Objects.requireNonNull(settings.providers().get("nowhere"));

    assertThat(bedrock.region()).isEqualTo("eu-central-1");
    assertThat(bedrock.apiKeys().getFirst().secret().reference())
        .isEqualTo("${env:A}:${env:B}:${env:C}");
    assertThat(vertex.project()).isEqualTo("my-project");
    assertThat(vertex.location()).isEqualTo("global");
    assertThat(nowhere.apiKeys().getFirst().secret().reference())
        .isEqualTo("${env:AWS_BEARER_TOKEN_BEDROCK}");
  }

  @Test
  void bedrocksKeyInTheEnvironmentCountsOnlyWithARegion() {
    Map<String, String> key = Map.of("AWS_BEARER_TOKEN_BEDROCK", "k");
    Map<String, String> placed = Map.of("AWS_BEARER_TOKEN_BEDROCK", "k", "AWS_REGION", "r");
    assertThat(new SettingsReader().fromEnvironment(key).providers()).isEmpty();
    assertThat(new SettingsReader().fromEnvironment(placed).providers()).containsKey("bedrock");
  }

  @Test
  void theExampleOfTheDocumentationIsReadWhole() {
    Settings settings = reader.read(Path.of("docs/examples/customhouse.yaml"));
    assertThat(settings.gateway().listen())
        .isEqualTo(
            new Settings.Listen(
                "0.0.0.0",
                8443,
                new Tls(
                    Path.of("/etc/customhouse/tls.crt"),
                    Path.of("/etc/customhouse/tls.key"),
                    ClientAuth.REQUEST,
                    Path.of("/etc/customhouse/clients.pem"))));
    assertThat(settings.gateway().adminListen())
        .isEqualTo(new Settings.Listen("127.0.0.1", 8081, null));
    assertThat(settings.gateway().limits().bodyBytes()).isEqualTo(33_554_432);
    assertThat(settings.gateway().state())
        .isEqualTo(new Settings.State(true, Duration.ofDays(30), 4L << 30));
    assertThat(settings.gateway().cors().allowedOrigins())
        .containsExactly("https://app.example.com");
    assertThat(settings.gateway().telemetry())
        .isEqualTo(
            new Settings.Telemetry(
                URI.create("http://127.0.0.1:4318/v1/traces"),
                Map.of("authorization", new SecretRef("Bearer ${env:OTLP_TOKEN}"))));
    assertThat(settings.providers().keySet())
        .containsExactly("anthropic", "openai", "azure-eu", "my-vllm", "my-host");
    assertThat(settings.providers().get("anthropic"))
        .isEqualTo(provider("anthropic", "anthropic", null, keys("${env:ANTHROPIC_API_KEY}")));
    assertThat(settings.providers().get("openai"))
        .isEqualTo(
            new Provider(
                "openai",
                "openai",
                null,
                null,
                List.of(
                    new UpstreamKey(new SecretRef("${env:OPENAI_API_KEY}"), 1),
                    new UpstreamKey(new SecretRef("${file:/run/secrets/openai_2}"), 3)),
                null,
                null,
                Map.of(),
                512));
    assertThat(settings.providers().get("azure-eu"))
        .isEqualTo(
            new Provider(
                "azure-eu",
                "azure.ai.openai",
                URI.create("https://example.openai.azure.com"),
                null,
                keys("${env:AZURE_KEY}"),
                "2024-10-21",
                null,
                Map.of(),
                1024));
    assertThat(settings.providers().get("my-vllm"))
        .isEqualTo(
            new Provider(
                "my-vllm",
                "openai-compatible",
                URI.create("http://10.0.0.5:8000/v1"),
                null,
                List.of(),
                null,
                null,
                Map.of(
                    "x-team",
                    new SecretRef("literal:research"),
                    "x-proxy-token",
                    new SecretRef("${env:PROXY_TOKEN}")),
                1024));
    assertThat(settings.providers().get("my-host"))
        .extracting(Provider::type, Provider::dialect)
        .containsExactly("compatible", DialectId.OPENAI_RESPONSES);
    assertThat(settings.models().keySet())
        .containsExactly("gpt-5.5", "fast", "smart", "candidate", "claude-*", "vllm/*");
    assertThat(settings.models().get("gpt-5.5"))
        .isEqualTo(model("gpt-5.5", new Target("openai", null, 1)));
    assertThat(settings.models().get("fast"))
        .isEqualTo(model("fast", new Target("my-vllm", "llama-3.3-8b", 1)));
    assertThat(settings.models().get("vllm/*"))
        .isEqualTo(model("vllm/*", new Target("my-vllm", "*", 1)));
    assertThat(settings.models().get("smart"))
        .isEqualTo(
            new Settings.Model(
                "smart",
                List.of(
                    new Target("openai", "gpt-5.5", 90),
                    new Target("azure-eu", "my-deployment", 10)),
                List.of("claude-sonnet-5-5"),
                Strategy.WEIGHTED,
                new Retry(
                    2,
                    Set.of(
                        RetryOn.RATE_LIMITED, RetryOn.OVERLOADED, RetryOn.TIMEOUT, RetryOn.NETWORK),
                    Duration.ofMillis(200)),
                new Shadow("candidate", 5),
                OnUnsupported.DROP));
    assertThat(settings.keys())
        .containsExactly(
            new Settings.Key(
                "ci",
                new SecretRef("${env:CI_GATEWAY_KEY}"),
                "build",
                List.of("gpt-*", "smart"),
                60,
                20,
                OnUnsupported.ERROR));
  }

  @Test
  void thePublishedShortFormIsTheProviderOpenai() {
    Settings settings =
        read(
            """
            gateway:
              listen:
                address: "0.0.0.0"
                port: 8443
                tls:
                  cert_file: "/etc/gateway/tls.crt"
                  key_file: "/etc/gateway/tls.key"
                  client_auth: "require"
                  client_ca_file: "/etc/gateway/ca.crt"
              downstream:
                openai_api_key_env: "MY_OPENAI_KEY"
                openai_base_url: "https://api.openai.com/v1"
                timeout_seconds: 60
            """);
    assertThat(settings.providers())
        .containsExactly(
            Map.entry(
                "openai",
                new Provider(
                    "openai",
                    "openai",
                    URI.create("https://api.openai.com/v1"),
                    null,
                    keys("${env:MY_OPENAI_KEY}"),
                    null,
                    null,
                    Map.of(),
                    1024,
                    Duration.ofSeconds(60))));
    assertThat(settings.models()).containsKeys("gpt-*", "text-embedding-*", "openai/*");
    assertThat(settings.gateway().listen().tls()).isNotNull();
  }

  @Test
  void theShortFormNeedsNothing() {
    assertThat(read("gateway: {downstream: {}}\nmodels: {a: {provider: openai}}\n").providers())
        .containsExactly(
            Map.entry("openai", provider("openai", "openai", null, keys("${env:OPENAI_API_KEY}"))));
  }

  @Test
  void theShapesOfTheDesignAreRead() {
    Settings settings =
        read(
            """
            gateway:
              listen:
                address: "0.0.0.0"
                port: 8080
                tls: { cert_file: a.crt, key_file: a.key, client_auth: "none", client_ca_file: ca.pem }
              admin:
                listen: { address: "127.0.0.1", port: 8081 }
              limits: { body_bytes: 33554432, first_byte_timeout: 60s, idle_timeout: 120s, total_timeout: 15m, concurrent_streams_per_key: 200 }
              data_dir: "./data"
            providers:
              openai:     { api_keys: ["${env:OPENAI_API_KEY}", "${file:/run/secrets/openai_2}"] }
              anthropic:  { api_keys: ["${env:ANTHROPIC_API_KEY}"] }
              azure-eu:   { type: azure.ai.openai, base_url: "https://eu.example.com", api_version: "v1", api_keys: ["${env:AZURE_KEY}"] }
              my-vllm:    { type: openai-compatible, base_url: "http://10.0.0.5:8000/v1" }
              my-host:    { type: compatible, dialect: anthropic-messages, base_url: "http://10.0.0.6/v1", api_keys: ["${env:MY_KEY}"] }
            models:
              gpt-5.5: { provider: openai }
              candidate: { provider: my-vllm }
              smart:
                targets:
                  - { provider: openai,    model: gpt-5.5,          weight: 90 }
                  - { provider: azure-eu,  model: my-deployment,    weight: 10 }
                fallbacks: [claude-sonnet-5-5]
                strategy: least_latency
                retry: { attempts: 2, on: [rate_limited, overloaded, timeout, network], backoff: 200ms }
                shadow: { model: candidate, percent: 5 }
              "claude-*": { provider: anthropic }
            keys:
              - { name: ci, key: "${env:CI_GATEWAY_KEY}", project: build, models: ["gpt-*"], limits: { rpm: 60 } }
            policies: []
            redaction: {}
            audit: {}
            """);
    assertThat(settings.providers()).hasSize(5);
    assertThat(settings.models()).hasSize(4);
    assertThat(Objects.requireNonNull(settings.models().get("smart")).strategy())
        .isEqualTo(Strategy.LEAST_LATENCY);
  }

  @Test
  void withTlsTheDefaultPortIs8443() {
    assertThat(read("gateway: {listen: {tls: {cert_file: a, key_file: b}}}").gateway().listen())
        .isEqualTo(
            new Settings.Listen(
                "0.0.0.0", 8443, new Tls(Path.of("a"), Path.of("b"), ClientAuth.NONE, null)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openai",
        "anthropic",
        "gemini",
        "mistral",
        "groq",
        "deepseek",
        "xai",
        "openrouter",
        "together",
        "fireworks",
        "cohere",
        "perplexity",
        "cerebras",
        "moonshot",
        "zai",
        "dashscope",
        "nvidia",
        "sambanova",
        "huggingface",
        "github-models",
        "ollama",
        "vllm",
        "lmstudio",
        "llama-cpp",
        "localai",
        "sandbox"
      })
  void theIdOfAWellKnownProviderIsEnough(String id) {
    Provider provider = read("providers: {" + id + ": {}}").providers().get(id);
    assertThat(provider).isNotNull().extracting(Provider::type).isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource({
    "openai-compatible,",
    "anthropic-compatible,",
    "azure.ai.openai,",
    "compatible, openai-chat",
    "compatible, openai-responses",
    "compatible, anthropic-messages",
    "compatible, gemini"
  })
  void aHostOfAnyNameHasATypeAndAUrl(String type, @Nullable String dialect) {
    String more = dialect == null ? "" : ", dialect: " + dialect;
    Provider provider =
        read("providers: {host: {type: " + type + ", base_url: \"http://h/v1\"" + more + "}}")
            .providers()
            .get("host");
    assertThat(provider).isNotNull();
    assertThat(provider.apiKeys()).isEmpty();
    assertThat(provider.dialect() == null ? null : provider.dialect().label()).isEqualTo(dialect);
  }

  @Test
  void theUsualKeyIsNotSentToAnotherHostUnasked() {
    Map<String, Provider> providers =
        read("""
        providers:
          openai: { base_url: "http://127.0.0.1:9000/v1" }
          anthropic: { api_keys: [] }
          second: { type: openai }
        """)
            .providers();
    assertThat(Objects.requireNonNull(providers.get("openai")).apiKeys()).isEmpty();
    assertThat(Objects.requireNonNull(providers.get("anthropic")).apiKeys()).isEmpty();
    assertThat(Objects.requireNonNull(providers.get("second")).apiKeys())
        .isEqualTo(keys("${env:OPENAI_API_KEY}"));
  }

  @Test
  void withoutModelsEveryProviderServesItsUsualNames() {
    Settings settings = read("providers: {mine: {type: anthropic}, ollama: }\n");
    assertThat(settings.models())
        .containsExactly(
            Map.entry("claude-*", model("claude-*", new Target("mine", null, 1))),
            Map.entry("mine/*", model("mine/*", new Target("mine", "*", 1))),
            Map.entry("ollama/*", model("ollama/*", new Target("ollama", "*", 1))));
    assertThat(read("providers: {openai: }\nmodels: {}\n").models()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"200ms,200", "60s,60000", "15m,900000", "1h,3600000", "'\"1s\"',1000"})
  void aDurationIsReadInItsUnit(String text, long millis) {
    assertThat(
            read("gateway: {limits: {idle_timeout: " + text + "}}")
                .gateway()
                .limits()
                .idleTimeout())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "1024,1024",
    "4096B,4096",
    "32KiB,32768",
    "32MiB,33554432",
    "1GiB,1073741824",
    "0x400,1024",
    "0o2000,1024",
    "+2048,2048"
  })
  void aSizeIsReadInItsUnit(String text, int bytes) {
    assertThat(read("gateway: {limits: {body_bytes: " + text + "}}").gateway().limits().bodyBytes())
        .isEqualTo(bytes);
  }

  @Test
  void withTheDevelopmentSwitchALiteralSecretIsTakenAndStillNotPrinted() {
    Settings settings =
        read(
            """
            gateway: { allow_literal_secrets: true }
            providers: { openai: { api_keys: [Zq9-private], headers: { x-api-key: Zq9-private } } }
            keys: [{ name: a, key: Zq9-private }]
            """);
    SecretRef literal = settings.keys().getFirst().key();
    assertThat(literal.reference()).isEqualTo("literal:Zq9-private");
    assertThat(new SecretResolver(Map.of()).resolve(literal.reference()).reveal())
        .isEqualTo("Zq9-private");
    assertThat(settings.toString()).doesNotContain("Zq9").contains("SecretRef[literal, hidden]");
    assertThat(new SecretRef("${env:A}")).hasToString("SecretRef[${env:A}]");
  }

  @Test
  void aTextThatBeginsLikeALiteralIsNoWayAroundTheSwitch() {
    assertThat(catchThrowable(() -> read("keys: [{name: a, key: \"literal:x\"}]")))
        .isInstanceOf(SettingsException.class);
  }

  @Test
  void anchorsAliasesAndMergeKeysWork() {
    Settings settings =
        read(
            """
            models:
              a: &a { provider: sandbox, strategy: ordered }
              b: *a
              c: { <<: *a, strategy: least_latency }
            """);
    assertThat(settings.models().values())
        .extracting(Settings.Model::strategy)
        .containsExactly(Strategy.ORDERED, Strategy.ORDERED, Strategy.LEAST_LATENCY);
  }

  @Test
  void settingsCannotBeChanged() {
    Settings settings = read("providers: {openai: }");
    assertThat(settings.providers()).isUnmodifiable();
    assertThat(settings.models()).isUnmodifiable();
    assertThat(settings.keys()).isUnmodifiable();
  }

  @ParameterizedTest
  @CsvSource({
    "OPENAI_API_KEY,openai",
    "ANTHROPIC_API_KEY,anthropic",
    "GEMINI_API_KEY,gemini",
    "GOOGLE_API_KEY,gemini",
    "MISTRAL_API_KEY,mistral",
    "GROQ_API_KEY,groq",
    "DEEPSEEK_API_KEY,deepseek",
    "XAI_API_KEY,xai",
    "OPENROUTER_API_KEY,openrouter",
    "TOGETHER_API_KEY,together",
    "FIREWORKS_API_KEY,fireworks",
    "COHERE_API_KEY,cohere",
    "PERPLEXITY_API_KEY,perplexity",
    "CEREBRAS_API_KEY,cerebras",
    "MOONSHOT_API_KEY,moonshot",
    "ZAI_API_KEY,zai",
    "DASHSCOPE_API_KEY,dashscope",
    "NVIDIA_API_KEY,nvidia",
    "SAMBANOVA_API_KEY,sambanova",
    "HF_TOKEN,huggingface",
    "GITHUB_MODELS_TOKEN,github-models"
  })
  void aKeyInTheEnvironmentConfiguresItsProvider(String variable, String id) {
    Settings settings = reader.fromEnvironment(Map.of(variable, "x", "PATH", "/bin"));
    assertThat(settings.providers())
        .containsExactly(Map.entry(id, provider(id, id, null, keys("${env:" + variable + "}"))));
    assertThat(settings.models())
        .contains(Map.entry(id + "/*", model(id + "/*", new Target(id, "*", 1))));
    assertThat(settings.gateway()).isEqualTo(read("").gateway());
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-5.5,openai",
    "o1-pro,openai",
    "o4-mini,openai",
    "text-embedding-3-small,openai",
    "dall-e-3,openai",
    "whisper-1,openai",
    "tts-1,openai",
    "gpt-image-1,openai",
    "claude-sonnet-5-5,anthropic",
    "gemini-3-pro,gemini",
    "groq/llama-3.3-70b,groq"
  })
  void modelsAreServedByTheirProvider(String asked, String id) {
    Settings settings =
        reader.fromEnvironment(
            Map.of(
                "OPENAI_API_KEY", "x",
                "ANTHROPIC_API_KEY", "x",
                "GEMINI_API_KEY", "x",
                "GROQ_API_KEY", "x"));
    String name = settings.modelNames().find(asked).orElseThrow().name();
    assertThat(Objects.requireNonNull(settings.models().get(name)).targets())
        .extracting(Target::provider)
        .containsExactly(id);
  }

  @Test
  void blankVariablesCountAsNotSet() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("OPENAI_API_KEY", " ");
    environment.put("GEMINI_API_KEY", "");
    environment.put("GOOGLE_API_KEY", "x");
    assertThat(reader.fromEnvironment(environment).providers().keySet()).containsExactly("gemini");
    assertThat(reader.fromEnvironment(Map.of()).providers()).isEmpty();
  }

  @Test
  void everyKeywordOfTheSchemaIsUnderstood() {
    List<String> unknown = new ArrayList<>();
    collectUnknown(SettingsSchema.load().root(), unknown);
    assertThat(unknown).isEmpty();
    assertThat(reader.schema()).contains("\"$schema\"");
  }

  @Test
  void everyKeyOfTheSchemaIsDescribedAndHasAnExample() {
    List<String> lacking = new ArrayList<>();
    collectLacking("", SettingsSchema.load().root(), lacking);
    assertThat(lacking).isEmpty();
  }

  private static void collectLacking(String path, JsonNode schema, List<String> lacking) {
    schema
        .path("properties")
        .properties()
        .forEach(key -> {
          JsonNode child = key.getValue();
          String below = Place.join(path, key.getKey());
          boolean described = child.has("title") && child.has("description");
          if (!described || !(child.has("examples") || child.has("not"))) {
            lacking.add(below);
          }
          collectLacking(below, child, lacking);
          collectLacking(below + "[]", child.path("items"), lacking);
          collectLacking(below + ".*", child.path("additionalProperties"), lacking);
        });
  }

  private static void collectUnknown(JsonNode schema, List<String> unknown) {
    schema
        .properties()
        .forEach(keyword -> {
          JsonNode value = keyword.getValue();
          if (!SchemaCheck.keywords().contains(keyword.getKey())) {
            unknown.add(keyword.getKey());
          }
          switch (keyword.getKey()) {
            case "properties" ->
                value.properties().forEach(p -> collectUnknown(p.getValue(), unknown));
            case "items", "additionalProperties", "propertyNames" -> collectUnknown(value, unknown);
            case "oneOf" -> value.forEach(branch -> collectUnknown(branch, unknown));
            default -> {}
          }
        });
  }

  private Settings read(String yaml) {
    return reader.read(yaml, "customhouse.yaml");
  }

  private static Settings.Model model(String name, Target... targets) {
    return new Settings.Model(
        name,
        List.of(targets),
        List.of(),
        Strategy.WEIGHTED,
        DEFAULT_RETRY,
        null,
        OnUnsupported.LISTED);
  }

  private static List<UpstreamKey> keys(String reference) {
    return List.of(new UpstreamKey(new SecretRef(reference), 1));
  }

  private static Provider provider(
      String id, String type, @Nullable URI url, List<UpstreamKey> keys) {
    return new Provider(id, type, url, null, keys, null, null, Map.of(), 1024);
  }
}
