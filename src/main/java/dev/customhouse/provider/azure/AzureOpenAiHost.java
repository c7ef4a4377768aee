package dev.customhouse.provider.azure;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Azure OpenAI. With an {@code api-version} the deployment stands in the path; without one the v1
 * API is spoken, where it stands in the body like any model
 * (learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle).
 */
public final class AzureOpenAiHost implements Host {
  private final @Nullable String apiVersion;

  /** A host that is spoken to in this version; null: the v1 API. */
  public AzureOpenAiHost(@Nullable String apiVersion) {
    this.apiVersion = apiVersion;
  }

  @Override
  public String type() {
    return "azure.ai.openai";
  }

  @Override
  public String providerName() {
    return "azure.ai.openai";
  }

  @Override
  public @Nullable URI baseUrl() {
    return null;
  }

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return operation != Operation.RERANK
        && (dialect == DialectId.OPENAI_CHAT || dialect == DialectId.OPENAI_RESPONSES);
  }

  /** Responses keep the reasoning of one turn for the next. */
  @Override
  public List<DialectId> preferred() {
    return List.of(DialectId.OPENAI_RESPONSES, DialectId.OPENAI_CHAT);
  }

  @Override
  public List<DialectId> counting(String model) {
    return List.of(DialectId.OPENAI_RESPONSES);
  }

  @Override
  public URI uri(URI baseUrl, Call call, String model) {
    String root = baseUrl.toString().replaceAll("(/openai(/v1)?)?/*$", "") + "/openai";
    String path = call.path().substring("/v1".length());
    String query = call.query();
    String version = apiVersion;
    if (version == null) {
      return URI.create(root + "/v1" + path + (query == null ? "" : "?" + query));
    }
    String versioned = "?api-version=" + version + (query == null ? "" : "&" + query);
    boolean deployed = call.dialect() == DialectId.OPENAI_CHAT;
    return URI.create(
        root + (deployed ? "/deployments/" + Urls.segment(model) : "") + path + versioned);
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    headers.set("api-key", key);
  }
}
