package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the gateway is, for {@code /admin/v1/status}.
 *
 * @param requestsUnderWay model requests that have not ended
 * @param configurationSource the file's path, or a word for where else the settings come from
 * @param lastReload null: the configuration was never read again
 * @param lostUsageRows rows of usage that could not be written since the start
 */
public record GatewayStatus(
    String version,
    Duration uptime,
    int requestsUnderWay,
    String configurationSource,
    @Nullable Reload lastReload,
    long lostUsageRows) {

  /**
   * What came of reading a changed configuration.
   *
   * @param problems why it was not applied; empty when it was
   */
  public record Reload(Instant at, List<String> problems) {
    /** Copies the problems. */
    public Reload {
      problems = List.copyOf(problems);
    }
  }

  ObjectNode view() {
    ObjectNode node =
        AdminJson.object()
            .put("version", version)
            .put("uptime_seconds", uptime.toSeconds())
            .put("requests_under_way", requestsUnderWay)
            .put("lost_usage_rows", lostUsageRows);
    ObjectNode configuration = node.putObject("configuration").put("source", configurationSource);
    if (lastReload == null) {
      configuration.putNull("last_reload");
    } else {
      ObjectNode reload = configuration.putObject("last_reload");
      Times.put(reload, "at", lastReload.at());
      reload.put("applied", lastReload.problems().isEmpty());
      ArrayNode problems = reload.putArray("problems");
      lastReload.problems().forEach(problems::add);
    }
    return node;
  }
}
