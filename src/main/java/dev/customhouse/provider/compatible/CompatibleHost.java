package dev.customhouse.provider.compatible;

import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.provider.Host;
import dev.customhouse.provider.Urls;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A host of the table.
 *
 * @param anthropicBaseUrl where the host serves Anthropic's dialect, when that is another address;
 *     null: below the base URL
 * @param bearer true: {@code Authorization: Bearer}; false: {@code x-api-key} (Anthropic's own)
 * @param chatVersion the version segment that a bare base URL lacks; empty: none is put in
 */
record CompatibleHost(
    String type,
    String providerName,
    @Nullable URI baseUrl,
    @Nullable URI anthropicBaseUrl,
    Set<DialectId> dialects,
    boolean bearer,
    String chatVersion,
    boolean takesStreamOptions)
    implements Host {

  private static final int VERSION_PREFIX = "/v1".length();

  @Override
  public boolean serves(DialectId dialect, Operation operation) {
    return dialects.contains(dialect);
  }

  @Override
  public URI uri(URI base, Call call, String model) {
    String path = call.path().substring(VERSION_PREFIX);
    if (call.dialect() == DialectId.ANTHROPIC_MESSAGES) {
      URI own = anthropicBaseUrl != null && base.equals(baseUrl) ? anthropicBaseUrl : base;
      return Urls.joinVersioned(own, "v1", path, call.query());
    }
    if (chatVersion.isEmpty()) {
      return URI.create(strip(base) + path + (call.query() == null ? "" : "?" + call.query()));
    }
    return Urls.join(base, chatVersion, path, call.query());
  }

  private static String strip(URI base) {
    String text = base.toString();
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  @Override
  public void authorise(Headers.Builder headers, DialectId dialect, String key) {
    if (bearer) {
      headers.add("authorization", "Bearer " + key);
    } else {
      headers.add("x-api-key", key);
    }
  }
}
