package dev.customhouse.dialect.anthropicmessages;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.RequestBody;
import dev.customhouse.wire.JsonScan;
import dev.customhouse.wire.Names;
import dev.customhouse.wire.Range;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of Messages as Amazon Bedrock (InvokeModel) and Google Vertex AI (rawPredict) take them:
 * the model and whether to stream are in the path, the version and the betas in the body. All other
 * bytes stay as the client wrote them, because prompt caches and signed thinking depend on them.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html">Bedrock</a>
 * @see <a
 *     href="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude">Vertex
 *     AI</a>
 */
public final class RehostedMessages {
  /** The header field that names betas; in the body of the other hosts an array. */
  public static final String BETA_HEADER = "anthropic-beta";

  private static final String VERSION = "anthropic_version";
  private static final String BETA = "anthropic_beta";
  private static final String STREAM = "stream";

  /** What Bedrock refuses as an extra input. */
  private static final List<String> REFUSED = List.of("metadata", "service_tier", "inference_geo");

  private static final Names MEMBERS =
      Names.of("model", STREAM, VERSION, BETA, "metadata", "service_tier", "inference_geo");

  /** Whose service it is. */
  public enum Service {
    /** Amazon Bedrock. */
    BEDROCK("bedrock-2023-05-31"),
    /** Google Vertex AI, which is told of a stream in the path and in the body. */
    VERTEX("vertex-2023-10-16");

    private final String version;

    Service(String version) {
      this.version = version;
    }

    private List<String> left() {
      List<String> left = new ArrayList<>(List.of("model", VERSION, BETA));
      if (this == BEDROCK) {
        left.add(STREAM);
      }
      left.addAll(refused());
      return left;
    }

    private List<String> refused() {
      return this == BEDROCK ? REFUSED : List.of();
    }

    /** Its only value of {@code anthropic_version}. */
    public String version() {
      return version;
    }
  }

  /**
   * A request as Anthropic takes it.
   *
   * @param headers what was in the body and belongs into header fields: {@code anthropic-beta}
   */
  public record Direct(byte[] body, Headers headers) {
    /** Without the body: it holds what no log may hold. */
    @Override
    public String toString() {
      return "Direct[" + body.length + " bytes]";
    }
  }

  private RehostedMessages() {}

  /**
   * The body for another service of a body for Anthropic. A version that is already in it is
   * replaced; betas in it come first.
   *
   * @param betas the values of {@code anthropic-beta}, each a list with commas; those that the
   *     service refuses were taken out before
   * @param losses are told what the service refuses and is left out
   * @throws Refusal of kind INVALID_REQUEST when the body is no JSON object, or what the service
   *     refuses is not to be left out
   */
  public static byte[] outward(byte[] body, Service service, List<String> betas, Losses losses) {
    JsonScan scan = RequestBody.scan(body, MEMBERS);
    for (String member : service.refused()) {
      if (scan.has(member) && !scan.isNull(member)) {
        losses.lost(DialectId.ANTHROPIC_MESSAGES, member);
      }
    }
    Set<String> all = new LinkedHashSet<>(bodyBetas(body, scan));
    for (String list : betas) {
      for (String beta : list.split(",", -1)) {
        if (!beta.isBlank()) {
          all.add(beta.strip());
        }
      }
    }
    ByteArrayOutputStream first = new ByteArrayOutputStream(128);
    member(first, VERSION, JsonScan.quote(service.version()));
    if (!all.isEmpty()) {
      var list = Json.object().arrayNode();
      all.forEach(list::add);
      first.write(',');
      member(first, BETA, Json.write(list));
    }
    return rewritten(body, scan, service.left(), first.toByteArray());
  }

  /**
   * The body for Anthropic of a body for another service.
   *
   * @param model the name of the model, from the path
   * @param stream whether events are asked for, from the path
   * @throws Refusal of kind INVALID_REQUEST when the body is no JSON object
   */
  public static Direct inward(byte[] body, String model, boolean stream) {
    JsonScan scan = RequestBody.scan(body, MEMBERS);
    List<String> betas = bodyBetas(body, scan);
    ByteArrayOutputStream first = new ByteArrayOutputStream(128);
    member(first, "model", JsonScan.quote(model));
    if (stream) {
      first.write(',');
      member(first, STREAM, "true".getBytes(StandardCharsets.US_ASCII));
    }
    Headers headers =
        betas.isEmpty() ? Headers.EMPTY : Headers.of(BETA_HEADER, String.join(",", betas));
    List<String> left = List.of("model", STREAM, VERSION, BETA);
    return new Direct(rewritten(body, scan, left, first.toByteArray()), headers);
  }

  /**
   * The event in a frame of InvokeModelWithResponseStream, {@code {"bytes":"<base64>"}}, as it
   * stands in Anthropic's own stream; null when the frame holds none.
   */
  public static byte @Nullable [] event(byte[] frame) {
    var read = Json.read(frame);
    String base64 = Json.text(read.path("bytes"));
    if (base64 == null) {
      return null;
    }
    byte[] data;
    try {
      data = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
    String type = Json.read(data).path("type").asText("message");
    ByteArrayOutputStream event = new ByteArrayOutputStream(data.length + 64);
    event.writeBytes(("event: " + type + "\ndata: ").getBytes(StandardCharsets.UTF_8));
    event.writeBytes(data);
    event.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
    return event.toByteArray();
  }

  private static List<String> bodyBetas(byte[] body, JsonScan scan) {
    List<String> betas = new ArrayList<>();
    Range range = scan.range(BETA);
    if (range != null) {
      AnthropicMessages.read(body, range).forEach(beta -> betas.add(beta.asText()));
    }
    return betas;
  }

  private static void member(ByteArrayOutputStream out, String name, byte[] value) {
    out.writeBytes(JsonScan.quote(name));
    out.write(':');
    out.writeBytes(value);
  }

  /** The body without the members that change, and with others in front. */
  private static byte[] rewritten(byte[] body, JsonScan scan, List<String> left, byte[] first) {
    byte[] kept = body;
    List<Range> values = new ArrayList<>();
    for (String name : left) {
      Range range = scan.range(name);
      if (range != null) {
        values.add(range);
      }
    }
    values.sort((one, other) -> Integer.compare(other.start(), one.start()));
    for (Range value : values) {
      kept = without(kept, value);
    }
    return JsonScan.insertMember(kept, JsonScan.of(kept, Names.NONE), first);
  }

  /** Cuts a member out, from its name on, with the comma behind it, or else that before it. */
  private static byte[] without(byte[] body, Range value) {
    int colon = back(body, value.start() - 1);
    int quote = back(body, colon - 1);
    int start = quote - 1;
    while (body[start] != '"') {
      start--;
    }
    int end = ahead(body, value.end());
    if (body[end] == ',') {
      end = ahead(body, end + 1);
    } else {
      int before = back(body, start - 1);
      if (body[before] == ',') {
        start = before;
      }
    }
    return JsonScan.splice(body, start, end, new byte[0]);
  }

  /** The last place at or before this one that is no white space. */
  private static int back(byte[] body, int at) {
    int place = at;
    while (isSpace(body[place])) {
      place--;
    }
    return place;
  }

  private static int ahead(byte[] body, int at) {
    int place = at;
    while (isSpace(body[place])) {
      place++;
    }
    return place;
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }
}
