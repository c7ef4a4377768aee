package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, where, and in which words: {@code line:column: path: message}. */
class SettingsProblemsTest {
  private static final String NOT_YET =
      " is not supported by this version yet; the gateway refuses to start rather than ignore it";
  private static final String LITERAL =
      "is a literal secret (not shown here), expected a reference: ${env:NAME} or ${file:/path};"
          + " for development only, gateway.allow_literal_secrets: true accepts it";
  private static final String SECRET = "Zq9-very-private-7";

  private final SettingsReader reader = new SettingsReader();

  @Test
  void anUnknownKeyIsToldWithTheNearestKnownOne() {
    assertProblems(
        """
        gateway:
          listen:
            prot: 8080
        """,
        "3:5: gateway.listen: unknown key \"prot\" (did you mean \"port\"?), expected one of"
            + " address, port, tls");
  }

  @Test
  void anUnknownKeyWithNothingNearIsToldWithTheKnownOnes() {
    assertProblems(
        "routing: {}\n",
        "1:1: unknown key \"routing\", expected one of gateway, providers, models, keys, policies,"
            + " redaction, audit");
  }

  @Test
  void allProblemsOfAFileAreToldTogetherInFileOrder() {
    assertProblems(
        """
        gateway:
          listen: { port: 99999 }
          sandbox: maybe
        models:
          gpt: { provider: opnai }
        providers:
          openai: { max_concurrent: 0 }
        """,
        "2:19: gateway.listen.port: is the number 99999, expected an integer from 0 to 65535",
        "3:12: gateway.sandbox: is the text \"maybe\", expected true or false",
        "5:20: models.gpt.provider: is \"opnai\", which is no provider of this file (did you mean"
            + " \"openai\"?), expected one of openai",
        "7:29: providers.openai.max_concurrent: is the number 0, expected an integer from 1 to"
            + " 1000000");
  }

  @Test
  void aDuplicateKeyIsToldWithItsFirstLine() {
    assertProblems(
        """
        gateway:
          listen:
            port: 1
            address: a
            port: 2
        """,
        "5:5: gateway.listen.port: the key \"port\" stands twice, first in line 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60           | the number 60",
        "'\"60\"'     | the text \"60\"",
        "60 s         | the text \"60 s\"",
        "-1s          | the text \"-1s\"",
        "0ms          | the text \"0ms\"",
        "25h          | the text \"25h\"",
        "1.5s         | the text \"1.5s\"",
        "1.5          | the number 1.5",
        "true         | true",
        "[1s]         | a list",
        "{a: 1s}      | a mapping",
        "''           | empty",
        "~            | empty",
        "!x 60s       | a value with a tag (!) that is not supported",
        "!!int 60s    | a value with a tag (!) that is not supported"
      })
  void aDurationIsANumberAndAUnitWithinItsBounds(String value, String shown) {
    assertProblems(
        "gateway:\n  limits:\n    idle_timeout: " + value + "\n",
        (value.isEmpty() ? "3:18" : "3:19")
            + ": gateway.limits.idle_timeout: is "
            + shown
            + ", expected a duration from 1ms to 24h, such as 200ms, 60s, 15m or 1h");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1023                                 | the number 1023",
        "2147483648                           | the number 2147483648",
        "1B                                   | the text \"1B\"",
        "2GiB                                 | the text \"2GiB\"",
        "32MB                                 | the text \"32MB\"",
        "-5                                   | the number -5",
        "99999999999999999999999999999999999999999999 |"
            + " the number 99999999999999999999999999999999999999999999"
      })
  void aSizeIsANumberOfBytesOrANumberAndAUnitWithinItsBounds(String value, String shown) {
    assertProblems(
        "gateway: {limits: {body_bytes: " + value + "}}\n",
        "1:32: gateway.limits.body_bytes: is "
            + shown
            + ", expected a number of bytes from 1024 to 2147483647, or a size such as 32MiB");
  }

  @Test
  void aNumberInQuotesIsAText() {
    assertProblems(
        "gateway: {listen: {port: \"8080\"}}\n",
        "1:26: gateway.listen.port: is the text \"8080\", expected an integer from 0 to 65535");
  }

  @Test
  void aTextThatLooksLikeANumberNeedsQuotes() {
    assertProblems(
        "keys: [{name: 7, key: \"${env:A}\"}]\n",
        "1:15: keys[0].name: is the number 7, expected a name of at most 64 letters, digits, dots,"
            + " underscores and hyphens");
  }

  @Test
  void aMistypedWordOfAListIsToldWithTheNearest() {
    assertProblems(
        "providers: {openai: {}}\nmodels: {a: {provider: openai, strategy: orderd}}\n",
        "2:42: models.a.strategy: is the text \"orderd\" (did you mean \"ordered\"?), expected one"
            + " of weighted, ordered, least_latency");
  }

  @Test
  void aMissingKeyIsToldAtItsSection() {
    assertProblems(
        """
        gateway:
          listen:
            tls:
              cert_file: a.pem
        keys:
          - name: ci
        models:
          a:
            fallbacks: []
          b: { provider: sandbox, targets: [{ provider: sandbox }] }
          c: { targets: [] }
          d: { targets: [{ weight: 1 }] }
        """,
        "3:5: gateway.listen.tls: the key \"key_file\" is missing, expected a path",
        "6:5: keys[0]: the key \"key\" is missing, expected a secret reference: ${env:NAME} or"
            + " ${file:/path}",
        "8:3: models.a: none of the keys \"provider\" and \"targets\" is given, expected exactly"
            + " one of them",
        "10:3: models.b: more than one of the keys \"provider\" and \"targets\" is given, expected"
            + " exactly one of them",
        "11:17: models.c.targets: has 0 items, expected at least 1",
        "12:18: models.d.targets[0]: the key \"provider\" is missing, expected a name of at most"
            + " 200 characters without spaces");
  }

  @Test
  void aListThatHoldsAnItemTwiceIsRefused() {
    assertProblems(
        "gateway: {cors: {allowed_origins: [\"*\", \"*\"]}}\n",
        "1:41: gateway.cors.allowed_origins[1]: is \"*\", which stands twice in the list");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"app.example.com", "https://app.example.com/", "ftp://a", "https://*.example.com"})
  void anOriginHasNoPathAndNoWildcard(String origin) {
    assertProblems(
        "gateway: {cors: {allowed_origins: [\"" + origin + "\"]}}\n",
        "1:36: gateway.cors.allowed_origins[0]: is the text \""
            + origin
            + "\", expected an origin such as https://app.example.com (no path), or \"*\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api.openai.com/v1",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "https://host/v1?key=1",
        "https://host/v1#x",
        "https://a b/",
        "https://host:99999/"
      })
  void aBaseUrlIsAnHttpUrl(String url) {
    assertProblems(
        "providers:\n  openai:\n    base_url: " + "\"" + url + "\"\n",
        "3:15: providers.openai.base_url: is the text \""
            + url
            + "\", expected an http or https URL with a host and without user, query and fragment");
  }

  @Test
  void aUrlWithAPasswordIsRefusedAndNotShown() {
    assertProblems(
        "providers: {openai: {base_url: \"https://me:" + SECRET + "@host/v1\"}}\n",
        "1:32: providers.openai.base_url: is a value that is not shown here, expected an http or"
            + " https URL with a host and without user, query and fragment");
  }

  @Test
  void anIdOfAProviderIsAPlainWord() {
    assertProblems(
        "providers: {\"my host\": {type: openai}}\n",
        "1:13: providers: the key \"my host\" is not allowed, expected an id of at most 64 letters,"
            + " digits, dots, underscores and hyphens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt 5", "gpt?", "gpt-[45]", "{a,b}", "a\\\\b"})
  void onlyTheStarIsAWildcardInAModelName(String name) {
    assertProblems(
        "models: {\"" + name + "\": {provider: sandbox}}\n",
        "1:10: models: the key \""
            + name.replace("\\\\", "\\")
            + "\" is not allowed, expected a model name of at most 200 characters without spaces"
            + " and quotes, in which * is the only wildcard");
  }

  @Test
  void twoStarsInARowAreRefused() {
    assertProblems(
        """
        models: {gpt-**: {provider: sandbox}}
        keys: [{name: a, key: "${env:A}", models: ["a**"]}]
        """,
        "1:10: models.gpt-**: has two * in a row, expected one",
        "2:44: keys[0].models[0]: has two * in a row, expected one");
  }

  @Test
  void aProviderThatIsWellKnownButNotDeclaredIsToldHowToDeclareIt() {
    assertProblems(
        "providers: {openai: {}}\nmodels: {a: {provider: mistral}}\n",
        "2:24: models.a.provider: is \"mistral\", which is well-known but not declared, expected"
            + " the line \"mistral: {}\" under providers");
  }

  @Test
  void theSandboxIsAProviderUnlessItIsSwitchedOff() {
    assertThat(reader.read("models: {a: {provider: sandbox}}", "f").models()).containsKey("a");
    assertProblems(
        "gateway: {sandbox: false}\nmodels: {a: {provider: sandbox}}\n",
        "2:24: models.a.provider: is \"sandbox\", which gateway.sandbox: false has switched off");
    assertProblems(
        "providers: {sandbox: {type: openai}}\n",
        "1:29: providers.sandbox.type: is \"openai\", but the id sandbox belongs to the built-in"
            + " provider; expected another id");
  }

  @Test
  void aProviderWithoutATypeNeedsAWellKnownId() {
    String problem = problems("providers: {opnai: {}}\n").getFirst();
    assertThat(problem)
        .startsWith(
            "1:13: providers.opnai: the id is no well-known provider (did you mean \"openai\"?) and"
                + " the key \"type\" is missing, expected one of openai, anthropic, gemini,")
        .endsWith("compatible, sandbox");
  }

  @Test
  void eachTypeOfProviderHasItsKeys() {
    assertProblems(
        """
        providers:
          a: { type: compatible }
          b: { type: openai-compatible }
          c: { type: azure.ai.openai }
          d: { type: openai, dialect: gemini, api_version: "1" }
        """,
        "2:3: providers.a: the key \"base_url\" is missing, which the type compatible needs",
        "2:3: providers.a: the key \"dialect\" is missing, which the type compatible needs, expected"
            + " one of openai-chat, openai-responses, anthropic-messages, gemini",
        "3:3: providers.b: the key \"base_url\" is missing, which the type openai-compatible needs",
        "4:3: providers.c: the key \"base_url\" is missing, which the type azure.ai.openai needs",
        "5:31: providers.d.dialect: is given for the type openai, expected only for the type"
            + " compatible",
        "5:52: providers.d.api_version: is given for the type openai, expected only for the type"
            + " azure.ai.openai");
  }

  @Test
  void weightsAreNotNegativeAndNotAllZero() {
    assertProblems(
        """
        providers:
          openai:
            api_keys: [{ key: "${env:A}", weight: 0 }, { key: "${env:B}", weight: 0 }]
        models:
          a: { targets: [{ provider: openai, weight: -1 }] }
          b: { targets: [{ provider: openai, weight: 0 }] }
          c: { targets: [{ provider: openai, weight: 0 }, { provider: sandbox }] }
        """,
        "3:15: providers.openai.api_keys: has the weight 0 everywhere, expected at least one weight"
            + " above 0",
        "5:46: models.a.targets[0].weight: is the number -1, expected an integer from 0 to 1000000",
        "6:17: models.b.targets: has the weight 0 everywhere, expected at least one weight above 0");
  }

  @Test
  void aStarForTheUpstreamModelNeedsOneInTheName() {
    assertProblems(
        """
        models:
          a: { provider: sandbox, model: "*" }
          b-*-*: { provider: sandbox, model: "*" }
          c-*: { targets: [{ provider: sandbox, model: "x-*" }] }
          d-*: { provider: sandbox, model: "*" }
          e: { targets: [{ provider: sandbox }], model: x }
        """,
        "2:34: models.a.model: is \"*\", which stands for what the * of the model's name matches,"
            + " but the name \"a\" has 0 of them, expected one",
        "3:38: models.b-*-*.model: is \"*\", which stands for what the * of the model's name"
            + " matches, but the name \"b-*-*\" has 2 of them, expected one",
        "4:48: models.c-*.targets[0].model: is \"x-*\", expected a name without *, or \"*\" alone",
        "6:49: models.e.model: stands beside \"targets\", expected within each target");
  }

  @Test
  void aFallbackIsAModelThatIsServed() {
    assertProblems(
        """
        models:
          smart: { provider: sandbox, fallbacks: [claude-9, smrt, "claude-*", sandbox/echo] }
          claude-*: { provider: sandbox }
        """,
        "2:53: models.smart.fallbacks[1]: is \"smrt\", which no model of this file serves (did you"
            + " mean \"smart\"?), expected the name of a model",
        "2:59: models.smart.fallbacks[2]: is \"claude-*\", expected a model's name without *");
  }

  @Test
  void aFallbackToTheSandboxNeedsTheSandbox() {
    assertProblems(
        """
        gateway: { sandbox: false }
        providers: { openai: }
        models: { a: { provider: openai, fallbacks: [sandbox/echo] } }
        """,
        "3:46: models.a.fallbacks[0]: is \"sandbox/echo\", which no model of this file serves,"
            + " expected the name of a model");
  }

  @Test
  void fallbacksDoNotLeadInCircles() {
    assertProblems(
        """
        models:
          a: { provider: sandbox, fallbacks: [b] }
          b: { provider: sandbox, fallbacks: [c-1] }
          c-*: { provider: sandbox, fallbacks: [end, a] }
          d: { provider: sandbox, fallbacks: [d] }
          e: { provider: sandbox, fallbacks: [a, end] }
          end: { provider: sandbox }
        """,
        "4:46: models.c-*.fallbacks[1]: is \"a\", which leads in a circle (a -> b -> c-* -> a),"
            + " expected fallbacks that end",
        "5:39: models.d.fallbacks[0]: is \"d\", which leads in a circle (d -> d), expected"
            + " fallbacks that end");
  }

  @Test
  void aLongChainOfFallbacksIsNoProblem() {
    StringBuilder yaml = new StringBuilder("models:\n");
    for (int i = 0; i < 5_000; i++) {
      yaml.append("  m%d: { provider: sandbox, fallbacks: [m%d] }\n".formatted(i, i + 1));
    }
    yaml.append("  m5000: { provider: sandbox }\n");
    assertThat(reader.read(yaml.toString(), "f").models()).hasSize(5_001);
  }

  @Test
  void aShadowIsAnotherModelWithAShareInPercent() {
    assertProblems(
        """
        models:
          a: { provider: sandbox, shadow: { model: a, percent: 101 } }
          b: { provider: sandbox, shadow: { model: x, percent: -1 } }
          c: { provider: sandbox, shadow: { model: a } }
        """,
        "2:44: models.a.shadow.model: is \"a\", the model itself, expected another model",
        "2:56: models.a.shadow.percent: is the number 101, expected an integer from 0 to 100",
        "3:44: models.b.shadow.model: is \"x\", which no model of this file serves (did you mean"
            + " \"a\"?), expected the name of a model",
        "3:56: models.b.shadow.percent: is the number -1, expected an integer from 0 to 100",
        "4:27: models.c.shadow: the key \"percent\" is missing, expected an integer from 0 to 100");
  }

  @Test
  void keysHaveNamesAndSecretsOfTheirOwn() {
    assertProblems(
        """
        keys:
          - { name: ci, key: "${env:A}" }
          - { name: ci, key: "${env:B}" }
          - { name: cd, key: "${env:A}" }
        """,
        "3:13: keys[1].name: is \"ci\", the name of the key in line 2, expected a name of its own",
        "4:22: keys[2].key: is the secret of the key in line 2, expected one of its own");
  }

  @Test
  void aListenerThatAsksForCertificatesNeedsTheirAuthorities() {
    assertProblems(
        """
        gateway:
          listen:
            tls: { cert_file: a, key_file: b, client_auth: require }
        """,
        "3:52: gateway.listen.tls.client_auth: is \"require\", which needs the key"
            + " \"client_ca_file\" beside it");
  }

  @Test
  void theAdminListenerHasAPortOfItsOwn() {
    assertProblems(
        "gateway: {admin: {listen: {port: 8080}}}\n",
        "1:34: gateway.admin.listen.port: is 8080, the port of gateway.listen; expected another"
            + " port");
    assertProblems(
        "gateway:\n  listen: {port: 8081}\n  admin: {listen: {}}\n",
        "3:11: gateway.admin.listen.port: is 8081, the port of gateway.listen; expected another"
            + " port");
  }

  @Test
  void theShortFormOfOpenaiDoesNotStandBesideTheLongOne() {
    assertProblems(
        "gateway: {downstream: {}}\nproviders: {openai: {}}\n",
        "1:11: gateway.downstream: is the short form of providers.openai, which is given as well;"
            + " expected one of the two");
  }

  @Test
  void aKeyInPlaceOfTheNameOfAVariableIsRefusedAndNotShown() {
    assertProblems(
        "gateway: {downstream: {openai_api_key_env: " + SECRET + "}}\n",
        "1:44: gateway.downstream.openai_api_key_env: is a value that is not shown here, expected"
            + " the name of an environment variable, such as OPENAI_API_KEY");
  }

  @Test
  void aLiteralSecretIsRefusedAndNeverShown() {
    assertProblems(
        """
        gateway:
          telemetry: { otlp_headers: { Authorization: "Basic Zq9-very-private-7" } }
        providers:
          openai:
            api_keys: [Zq9-very-private-7, { key: Zq9-very-private-7 }, 12345, [Zq9-very-private-7]]
            headers: { x-api-key: Zq9-very-private-7, x-team: research }
        keys:
          - { name: ci, key: Zq9-very-private-7 }
        """,
        "2:47: gateway.telemetry.otlp_headers.Authorization: " + LITERAL,
        "5:16: providers.openai.api_keys[0]: " + LITERAL,
        "5:43: providers.openai.api_keys[1].key: " + LITERAL,
        "5:65: providers.openai.api_keys[2]: is a value that is not shown here, expected a secret"
            + " reference: ${env:NAME} or ${file:/path}, or a mapping of key and weight",
        "5:72: providers.openai.api_keys[3]: is a list, expected a secret reference: ${env:NAME} or"
            + " ${file:/path}, or a mapping of key and weight",
        "6:27: providers.openai.headers.x-api-key: " + LITERAL,
        "8:22: keys[0].key: " + LITERAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "providers: {openai: {api_keys: Zq9-very-private-7}}",
        "providers: {openai: {api_key: Zq9-very-private-7}}",
        "providers: {openai: Zq9-very-private-7, b: sk-Zq9-very-private-7}",
        "providers: {openai: {api_keys: [*Zq9-very-private-7]}}",
        "providers: {openai: {api_keys: [!Zq9-very-private-7 x]}}",
        "providers: {openai: {api_keys: [!Zq9-very-private-7!x y]}}",
        "providers: {openai: {api_keys: [\"${env:Zq9-very-private-7}\"]}}",
        "providers: {openai: {api_keys: [\"${Zq9-very-private-7}\"]}}",
        "providers: {openai: {api_keys: [\"a\\Zq9-very-private-7\"]}}",
        "providers: {openai: {api_keys: [\"Zq9-very-private-7]}}",
        "keys: [{name: a, key: Zq9-very-private-7: x}]",
        "keys: [{name: a, key: \"%Zq9-very-private-7\"}]",
        "keys:\n- name: a\n  key: @Zq9-very-private-7",
        "keys:\n- name: a\n  key: Zq9-very-private-7: b",
        "keys:\n- name: a\n  key: \"${env:A} Zq9-very-private-7\"",
        "keys: {a: Zq9-very-private-7}",
        "keys: [Zq9-very-private-7]",
        "keys: Zq9-very-private-7",
        "providers: {openai: {headers: Zq9-very-private-7}}",
        "gateway: {telemetry: {otlp_headers: {a: \"Zq9-very-private-7\\n\"}}}"
      })
  void noErrorShowsASecret(String yaml) {
    assertThatThrownBy(() -> reader.read(yaml, "f"))
        .isInstanceOf(SettingsException.class)
        .hasMessageNotContaining("private");
  }

  @Test
  void aReferenceIsCheckedForItsForm() {
    assertProblems(
        """
        keys:
          - { name: a, key: "${vault:kv/llm#a}" }
          - { name: b, key: "${NAME}" }
          - { name: c, key: "${ftp:x}" }
          - { name: d, key: "x${env:A}" }
          - { name: e, key: "${env:A" }
        """,
        "2:21: keys[0].key: ${vault:kv/llm#a} refers to HashiCorp Vault, which this version does"
            + " not support yet; supported are ${env:NAME} and ${file:/path}",
        "3:21: keys[1].key: a reference has no kind, expected ${env:NAME} and ${file:/path}",
        "4:21: keys[2].key: a reference is of the unknown kind \"ftp\", expected ${env:NAME} and"
            + " ${file:/path}",
        "5:21: keys[3].key: has text around the reference, expected one reference and nothing else",
        "6:21: keys[4].key: a reference is not closed or is nested, expected ${env:NAME} and"
            + " ${file:/path}");
  }

  @Test
  void headerFieldsOfTheConnectionAreNotForTheFile() {
    assertProblems(
        """
        providers:
          openai:
            headers: { Host: a, x-a: b, X-A: c, "x y": d, x-long: 7 }
        """,
        "3:16: providers.openai.headers.Host: is a header field that the gateway writes itself",
        "3:33: providers.openai.headers.X-A: is a header field that stands twice, case apart",
        "3:41: providers.openai.headers: the key \"x y\" is not allowed, expected the name of a"
            + " header field",
        "3:59: providers.openai.headers.x-long: is a value that is not shown here, expected a"
            + " header value of printable ASCII characters");
  }

  @Test
  void whatThisVersionCannotDoIsRefusedNotIgnored() {
    assertProblems(
        """
        gateway:
          database: "postgresql://db/x"
          shared_limits: ""
        providers:
          gw: { type: compatible, dialect: bedrock-converse, base_url: "http://h" }
          openai: { prices: {input: 0, output: 0} }
        models:
          a: { provider: openai, strategy: least_cost }
        keys:
          - { name: a, key: "${env:A}", limits: { tpm: 1, budget: {usd: 20, per: day} } }
        policies: [{ name: all, match: {}, action: ALLOW }]
        redaction: { enabled: true }
        audit: { mode: hash_only }
        """,
        "2:3: gateway.database: an external database" + NOT_YET,
        "3:3: gateway.shared_limits: limits shared by several machines" + NOT_YET,
        "5:36: providers.gw.dialect: \"bedrock-converse\"" + NOT_YET,
        "6:13: providers.openai.prices: prices of a provider" + NOT_YET,
        "8:36: models.a.strategy: \"least_cost\"" + NOT_YET,
        "10:43: keys[0].limits.tpm: the limit tpm (tokens per minute)" + NOT_YET,
        "10:51: keys[0].limits.budget: the budget of a key" + NOT_YET,
        "11:1: policies: policies" + NOT_YET,
        "12:1: redaction: redaction" + NOT_YET,
        "13:1: audit: the audit section" + NOT_YET);
  }

  @Test
  void keysOfTheCloudsBelongToTheirTypes() {
    assertProblems(
        """
        providers:
          openai: { region: eu-central-1, project: p, location: global, credentials: "${env:A}" }
          vertex: { location: us-east5 }
          bedrock: { region: "EU 1", api_keys: ["${env:A}:${env:B}:${env:C}:${env:D}"] }
          b2: { type: bedrock, api_keys: ["${env:A}"], credentials: "${env:A}:${env:B}" }
          v2: { type: vertex, project: p, credentials: "${env:A}:${env:B}" }
        """,
        "2:21: providers.openai.region: is given for the type openai, expected only for the type"
            + " bedrock",
        "2:44: providers.openai.project: is given for the type openai, expected only for the type"
            + " vertex",
        "2:57: providers.openai.location: is given for the type openai, expected only for the type"
            + " vertex",
        "2:78: providers.openai.credentials: is given for the type openai, expected only for the"
            + " type bedrock or vertex",
        "3:3: providers.vertex: the key \"project\" is missing, which the type vertex needs",
        "4:22: providers.bedrock.region: is the text \"EU 1\", expected a region such as"
            + " eu-central-1",
        "4:41: providers.bedrock.api_keys[0]: has text around the reference, expected one"
            + " reference and nothing else",
        "5:61: providers.b2.credentials: stands beside \"api_keys\"; expected one of the two",
        "6:48: providers.v2.credentials: has text around the reference, expected one reference and"
            + " nothing else");
  }

  @Test
  void theWrongKindOfNothingIsStillWrong() {
    assertProblems(
        "policies: {}\nredaction: []\n",
        "1:1: policies: policies" + NOT_YET,
        "2:1: redaction: redaction" + NOT_YET);
  }

  @Test
  void textThatIsNotYamlIsToldWithItsPlace() {
    assertThat(problems("gateway:\n\tlisten: {}\n"))
        .singleElement()
        .asString()
        .startsWith("2:1: not YAML: ");
    assertThat(problems("a: [b\n")).singleElement().asString().startsWith("2:1: not YAML: ");
    assertProblems(
        "keys: [{name: a, key: ${env:A}}]\n",
        "1:24: not YAML: expected ',' or '}', but got {; within [ ]"
            + " and { } a text that holds { or } needs quotes");
    assertProblems(
        "keys: *none\n",
        "1:7: not YAML: an alias (*) names no anchor; a text that begins with * needs quotes");
  }

  @Test
  void aFileHasOneDocumentAndItIsAMapping() {
    assertThat(problems("gateway: {}\n---\nkeys: []\n"))
        .singleElement()
        .asString()
        .startsWith("2:1: not YAML: ");
    assertProblems("- gateway\n", "1:1: is a list, expected a mapping");
    assertProblems("gateway\n", "1:1: is the text \"gateway\", expected a mapping");
    assertProblems("{[a]: b}\n", "1:2: a key is not a text, expected a text");
  }

  @Test
  void aMergeKeyNeedsAMapping() {
    assertProblems(
        "models:\n  a: { <<: 5, provider: sandbox }\n",
        "2:12: not YAML: a merge key (<<) has no mapping to merge, expected an alias of a mapping");
    assertThat(problems("models:\n  x: &x 5\n  a: { <<: *x, provider: sandbox }\n"))
        .singleElement()
        .asString()
        .endsWith("a merge key (<<) has no mapping to merge, expected an alias of a mapping");
  }

  @Test
  void nestingAliasesAndValuesAreBounded() {
    assertProblems(
        "a: " + "[".repeat(40) + "]".repeat(40) + "\n", "1:35: nested deeper than 32 levels");
    assertProblems("[".repeat(1_000_000) + "\n", "1:33: nested deeper than 32 levels");
    assertProblems("a: &x 1\nb: [" + "*x, ".repeat(101) + "]\n", "2:405: more than 100 aliases");
    StringBuilder bomb = new StringBuilder("models:\n  m: &m { targets: [");
    bomb.append("{ provider: sandbox }, ".repeat(1_000)).append("] }\n");
    for (int i = 0; i < 99; i++) {
      bomb.append("  m").append(i).append(": *m\n");
    }
    assertThat(problems(bomb.toString()))
        .contains("2:20: models.m.targets: has 1000 items, expected at most 100")
        .anyMatch(problem -> problem.endsWith("more than 200000 values, aliases included"));
  }

  @Test
  void anAliasThatHoldsItselfEnds() {
    assertThat(problems("models: &m { a: *m }\n")).isNotEmpty();
    assertThat(problems("keys: &k [*k]\n")).isNotEmpty();
  }

  @Test
  void beyondTwoHundredTheProblemsAreCounted() {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < 250; i++) {
      yaml.append("unknown").append(i).append(": 1\n");
    }
    assertThat(problems(yaml.toString())).hasSize(201).last().isEqualTo("and 50 more problems");
  }

  @Test
  void aLongValueIsShownInPart() {
    assertThat(problems("gateway: {sandbox: " + "x".repeat(500) + "}\n"))
        .containsExactly(
            "1:20: gateway.sandbox: is the text \""
                + "x".repeat(80)
                + "...\", expected true or false");
  }

  @Test
  void aFileThatCannotBeReadIsToldByName(@TempDir Path directory) throws IOException {
    Path absent = directory.resolve("absent.yaml");
    assertThatThrownBy(() -> reader.read(absent)).hasMessage(absent + ": there is no such file");
    assertThatThrownBy(() -> reader.read(directory))
        .hasMessage(directory + ": the file cannot be read (IOException)");
    Path binary = directory.resolve("binary.yaml");
    Files.write(binary, new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> reader.read(binary))
        .hasMessage(binary + ": the file is not UTF-8 text");
    Path large = directory.resolve("large.yaml");
    Files.write(large, new byte[YamlFile.FILE_BYTES + 1]);
    assertThatThrownBy(() -> reader.read(large))
        .hasMessage(
            large + ": is larger than a configuration file may be, expected at most 4194304 bytes");
    Path wrong = Files.writeString(directory.resolve("wrong.yaml"), "x: 1\n");
    assertThatThrownBy(() -> reader.read(wrong))
        .hasMessageStartingWith(wrong + ":1:1: unknown key");
  }

  private void assertProblems(String yaml, String... expected) {
    assertThat(problems(yaml)).containsExactly(expected);
  }

  /** The problems without the file's name. */
  private List<String> problems(String yaml) {
    SettingsException refusal =
        catchThrowableOfType(SettingsException.class, () -> reader.read(yaml, "f"));
    assertThat(refusal).as("the file was accepted").isNotNull();
    return refusal.problems().stream()
        .map(problem -> problem.toString().replaceFirst("^f: ?|^f:(?=[0-9])", ""))
        .toList();
  }
}
