package dev.customhouse.provider;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.LossTable;
import dev.customhouse.dialect.Losses;
import dev.customhouse.provider.anthropic.AnthropicHost;
import dev.customhouse.provider.azure.AzureOpenAiHost;
import dev.customhouse.provider.bedrock.BedrockHost;
import dev.customhouse.provider.compatible.CompatibleHosts;
import dev.customhouse.provider.gemini.GeminiHost;
import dev.customhouse.provider.openai.OpenAiHost;
import dev.customhouse.provider.sandbox.SandboxHost;
import dev.customhouse.provider.vertex.VertexHost;
import dev.customhouse.wire.Transport;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What a host leaves out of a request in its own dialect is listed and told: every member of a body
 * and every beta is found in what is sent, or among the losses.
 */
class RehostedRequestsTest {
  private static final LossTable TABLE = LossTable.load();
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-21T10:11:12Z"));
  private static final Transport NO_TRANSPORT =
      request -> {
        throw new TransportException(TransportException.Reason.CONNECT, "nothing is asked here");
      };

  /** Members of bodies as the vendors document them, and one that nobody knows. */
  private static final Map<DialectId, String> MEMBERS =
      Map.of(
          DialectId.OPENAI_CHAT,
          "model messages stream stream_options store metadata service_tier user seed logprobs n"
              + " safety_identifier prompt_cache_key verbosity prediction x_new",
          DialectId.OPENAI_RESPONSES,
          "model input stream store metadata service_tier include reasoning text truncation user"
              + " conversation background prompt prompt_cache_key x_new",
          DialectId.ANTHROPIC_MESSAGES,
          "model messages max_tokens stream metadata service_tier inference_geo container"
              + " context_management mcp_servers output_config speed thinking tools cache_control"
              + " top_k stop_sequences anthropic_beta anthropic_version x_new",
          DialectId.GEMINI,
          "contents systemInstruction generationConfig safetySettings cachedContent labels store"
              + " serviceTier x_new",
          DialectId.BEDROCK,
          "messages system inferenceConfig toolConfig guardrailConfig requestMetadata"
              + " performanceConfig serviceTier additionalModelRequestFields x_new");

  /** What Messages have in the body and other hosts in the path, or in another form. */
  private static final Set<String> MOVED = Set.of("model", "stream", "anthropic_version");

  private static List<Host> hosts() {
    List<Host> hosts = new ArrayList<>(CompatibleHosts.table());
    for (DialectId dialect : DialectId.values()) {
      if (dialect != DialectId.BEDROCK) {
        hosts.add(CompatibleHosts.speaking(dialect));
      }
    }
    hosts.add(new OpenAiHost());
    hosts.add(new AnthropicHost());
    hosts.add(new GeminiHost());
    hosts.add(new AzureOpenAiHost(null));
    hosts.add(new SandboxHost());
    hosts.add(new BedrockHost("us-west-2", CLOCK));
    hosts.add(new VertexHost("p", "global", NO_TRANSPORT, CLOCK, VertexHost.METADATA));
    return hosts;
  }

  private static ObjectNode body(DialectId dialect) {
    ObjectNode body = Json.object();
    for (String member : Objects.requireNonNull(MEMBERS.get(dialect)).split(" ", -1)) {
      switch (member) {
        case "model", "anthropic_version" -> body.put(member, "m");
        case "stream" -> body.put(member, true);
        case "anthropic_beta" -> body.putArray(member).add("in-the-body");
        default -> body.putObject(member).put("a", 1);
      }
    }
    return body;
  }

  private static UpstreamRequest request(ObjectNode body) {
    return new UpstreamRequest(
        "POST",
        URI.create("http://h/model/m/invoke"),
        Headers.of("anthropic-beta", "context-1m-2025-08-07, never-heard-of"),
        Json.write(body),
        Duration.ofSeconds(1));
  }

  @Test
  void nothingIsLeftOutThatIsNotListedAndTold() {
    List<String> faults = new ArrayList<>();
    Set<String> told = new TreeSet<>();
    int ways = 0;
    for (Host host : hosts()) {
      for (DialectId dialect : DialectId.values()) {
        if (!host.serves(dialect, Operation.CHAT)) {
          continue;
        }
        ways++;
        ObjectNode body = body(dialect);
        Losses losses =
            new Losses(
                TABLE, dialect, dialect, new Target("p", host.type(), "m"), OnUnsupported.DROP);
        UpstreamRequest sent = host.rehosted(request(body), dialect, losses);
        JsonNode after = Json.read(sent.body());
        List<String> lost = new ArrayList<>();
        for (var member : body.properties()) {
          String name = member.getKey();
          boolean there = after.path(name).equals(member.getValue());
          boolean grown = name.equals("anthropic_beta") && after.path(name).size() >= 1;
          if (!there && !grown && !MOVED.contains(name)) {
            lost.add(name);
          }
        }
        String all = sent.headers().all("anthropic-beta") + new String(sent.body(), UTF_8);
        for (String beta : List.of("context-1m-2025-08-07", "never-heard-of")) {
          if (!all.contains(beta)) {
            lost.add("anthropic-beta " + beta);
          }
        }
        String way = host.type() + " " + dialect.label();
        if (!Set.copyOf(lost).equals(Set.copyOf(losses.dropped()))) {
          faults.add("%s lost %s and told %s".formatted(way, lost, losses.dropped()));
        }
        losses.unlisted().forEach(each -> faults.add(way + " does not list " + each));
        losses.dropped().forEach(each -> told.add(dialect + " " + each.split(" ", -1)[0]));
      }
    }
    assertThat(ways).isGreaterThan(30);
    assertThat(String.join("\n", faults)).isEmpty();
    assertThat(told).isEqualTo(listed());
  }

  /** Fields that the table says some host of their own dialect does not take. */
  private static Set<String> listed() {
    Set<String> listed = new TreeSet<>();
    for (LossTable.FieldRow row : TABLE.fields()) {
      if (row.from() != null && row.to().containsKey(row.from())) {
        listed.add(row.from() + " " + row.field());
      }
    }
    return listed;
  }
}
