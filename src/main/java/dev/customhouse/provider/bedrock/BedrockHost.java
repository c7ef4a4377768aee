package dev.customhouse.provider.bedrock;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Losses;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Amazon Bedrock in one region. Converse serves all models. Claude is also served in Anthropic's
 * dialect, by InvokeModel, so that what only that dialect has reaches the model and comes back
 * unchanged.
 */
public final class BedrockHost implements Host {
  /** The {@code type} in configuration. */
  public static final String TYPE = "bedrock";

  private static final String SERVICE = "bedrock";
  private static final Pattern REGION =
      Pattern.compile("bedrock-runtime(?:-fips)?[.]([a-z0-9-]+)[.]");

  private final String region;
  private final AwsSignature signature;

  /** A host in this region, whose signatures are dated by the clock. */
  public BedrockHost(String region, InstantSource clock) {
    this.region = region;
    this.signature = new AwsSignature(region, SERVICE, clock);
  }

  /** The region in an address of Amazon's; null when it names none. */
  public static @Nullable String regionOf(URI baseUrl) {
    Matcher region = REGION.matcher(String.valueOf(baseUrl.getHost()) + ".");
    return region.find() ? region.group(1) : null;
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String providerName() {
    return "aws.bedrock";
  }

  @Override
  public URI baseUrl() {
    String domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return URI.create("https://bedrock-runtime.%s.%s".formatted(region, domain));
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return (operation == Operation.CHAT || operation == Operation.COUNT_TOKENS)
        && (dialect == DialectId.BEDROCK || dialect == DialectId.ANTHROPIC_MESSAGES);
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation, String model) {
    return serves(dialect, operation)
        && (dialect == DialectId.BEDROCK || model.toLowerCase(Locale.ROOT).contains("claude"));
  }

  @Override
  public List<DialectId> preferred() {
    return List.of(DialectId.BEDROCK);
  }

  @Override
  public boolean listsModels() {
    return false;
  }

  /** The model is one segment, whatever it holds: ARNs have slashes and colons. */
  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    String action =
        call.dialect() == DialectId.BEDROCK
            ? call.path().substring(call.path().lastIndexOf('/') + 1)
            : InvokeModel.action(call);
    String segment = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
    if (segment.equals(".") || segment.equals("..") || segment.isEmpty()) {
      throw new Refusal(
          ErrorKind.INVALID_REQUEST,
          "invalid_value",
          "'model' is no name that a model can have.",
          "model",
          null);
    }
    return URI.create(Urls.trimmed(baseUrl) + "/model/" + segment + "/" + action);
  }

  /** With a Bedrock API key, which needs no signature. */
  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("authorization", "Bearer " + key);
  }

  @Override
  public UpstreamRequest rehosted(UpstreamRequest request, DialectId dialect, Losses losses) {
    return dialect == DialectId.ANTHROPIC_MESSAGES ? InvokeModel.request(request, losses) : request;
  }

  @Override
  public UpstreamRequest prepared(
      UpstreamRequest request, DialectId dialect, @Nullable String key) {
    return switch (key == null ? null : AwsKey.of(key)) {
      case AwsKey.Access access -> signature.signed(request, access);
      case AwsKey.Bearer bearer -> {
        Headers.Builder headers = request.headers().toBuilder();
        authorise(headers, dialect, bearer.token());
        yield request.with(headers.build());
      }
      case null -> request;
    };
  }

  @Override
  public UpstreamAnswer received(
      UpstreamAnswer answer, UpstreamRequest request, DialectId dialect) {
    return dialect == DialectId.ANTHROPIC_MESSAGES ? InvokeModel.answer(answer, request) : answer;
  }
}
