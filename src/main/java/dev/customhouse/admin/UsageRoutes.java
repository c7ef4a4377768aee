package dev.customhouse.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.store.Page;
import dev.customhouse.store.UsageFilter;
import dev.customhouse.store.UsageLog;
import dev.customhouse.store.UsageRow;
import dev.customhouse.store.UsageTotal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /admin/v1/requests} and {@code /admin/v1/usage}. */
final class UsageRoutes {
  /** The longest time that is summed: it reads every row of it. */
  static final Duration SUMMED_MAX = Duration.ofDays(366);

  /** The time that is summed unless asked otherwise. */
  private static final Duration SUMMED = Duration.ofDays(30);

  private static final Pattern CURSOR = Pattern.compile("[0-9]{1,18}\\.[0-9]{1,7}");

  private final UsageLog usage;
  private final KeyService keys;
  private final Clock clock;

  UsageRoutes(UsageLog usage, KeyService keys, Clock clock) {
    this.usage = usage;
    this.keys = keys;
    this.clock = clock;
  }

  Answer list(Ask ask) {
    Query query = ask.query("limit", "cursor", "from", "to", "key_id");
    int limit = query.limit();
    Instant from = query.time("from");
    Instant to = query.time("to");
    checkOrder(from, to);
    String cursor = query.text("cursor");
    if (cursor != null && !CURSOR.matcher(cursor).matches()) {
      throw Query.invalid("cursor", "is %s; expected a page's next".formatted(Quoted.of(cursor)));
    }
    Page<UsageRow> page =
        usage.list(new UsageFilter(from, to, query.text("key_id")), limit, cursor);
    return KeyRoutes.page(page.rows().stream().map(this::view).toList(), page.next());
  }

  Answer get(Ask ask) {
    ask.query();
    UsageRow row =
        usage.find(ask.id()).orElseThrow(() -> ask.notFound("request_not_found", "No request"));
    return Answer.json(200, view(row));
  }

  Answer explain(Ask ask) {
    ask.query();
    Optional<UsageRow> row = usage.find(ask.id());
    Optional<String> decision = usage.decision(ask.id());
    if (row.isEmpty() || decision.isEmpty()) {
      throw ask.notFound("request_not_found", "No request with an explanation");
    }
    return Answer.json(200, Explanation.of(row.get(), decision.get()));
  }

  Answer totals(Ask ask) {
    Query query = ask.query("from", "to", "group_by");
    Instant to = Objects.requireNonNullElseGet(query.time("to"), clock::instant);
    Instant from = Objects.requireNonNullElseGet(query.time("from"), () -> to.minus(SUMMED));
    checkOrder(from, to);
    if (Duration.between(from, to).compareTo(SUMMED_MAX) > 0) {
      throw Query.invalid(
          "from", "is %s; expected at most %d days before to".formatted(from, SUMMED_MAX.toDays()));
    }
    Set<UsageTotal.Group> groups = groups(query.text("group_by"));
    List<UsageTotal> totals = usage.totals(from, to, groups);
    ObjectNode node = AdminJson.object();
    Times.put(node, "from", from);
    Times.put(node, "to", to);
    ArrayNode by = node.putArray("group_by");
    groups.forEach(group -> by.add(label(group)));
    ArrayNode data = node.putArray("data");
    totals.forEach(total -> data.add(view(total)));
    node.put("truncated", totals.size() == UsageLog.TOTALS);
    return Answer.json(200, node);
  }

  private static void checkOrder(@Nullable Instant from, @Nullable Instant to) {
    if (from != null && to != null && !from.isBefore(to)) {
      throw Query.invalid("from", "is %s; expected a time before to, %s".formatted(from, to));
    }
  }

  private static Set<UsageTotal.Group> groups(@Nullable String text) {
    Set<UsageTotal.Group> groups = EnumSet.noneOf(UsageTotal.Group.class);
    for (String word : text == null ? new String[0] : text.split(",", -1)) {
      UsageTotal.Group group =
          Arrays.stream(UsageTotal.Group.values())
              .filter(candidate -> label(candidate).equals(word))
              .findFirst()
              .orElseThrow(() ->
                  Query.invalid(
                      "group_by",
                      "has %s; expected model, provider and key, between commas"
                          .formatted(Quoted.of(word))));
      if (!groups.add(group)) {
        throw Query.invalid("group_by", "has %s twice; expected it once".formatted(word));
      }
    }
    return groups;
  }

  private static String label(UsageTotal.Group group) {
    return group.name().toLowerCase(Locale.ROOT);
  }

  private @Nullable String nameOf(@Nullable String keyId) {
    return keyId == null ? null : keys.nameOf(keyId);
  }

  private ObjectNode view(UsageRow row) {
    ObjectNode node =
        AdminJson.object()
            .put("id", row.requestId())
            .put("at", row.at().toString())
            .put("key_id", row.keyId())
            .put("key_name", nameOf(row.keyId()))
            .put("project", row.project())
            .put("operation", row.operation().label())
            .put("dialect", row.clientDialect() == null ? null : row.clientDialect().label())
            .put("requested_model", row.requestedModel())
            .put("upstream_model", row.upstreamModel())
            .put("response_model", row.responseModel())
            .put("provider", row.provider())
            .put("path", row.path())
            .put("status", row.status())
            .put("error", row.error() == null ? null : row.error().label())
            .put("finish", row.finish() == null ? null : row.finish().label())
            .put("stream", row.stream())
            .put("client_gone", row.clientGone())
            .put("attempts", row.attempts());
    Views.putUsage(node, row.usage());
    Times.putMillis(node, "first_byte_ms", row.firstByteMicros());
    Times.putMillis(node, "duration_ms", row.durationMicros());
    return node;
  }

  private ObjectNode view(UsageTotal total) {
    return AdminJson.object()
        .put("model", total.model())
        .put("provider", total.provider())
        .put("key_id", total.keyId())
        .put("key_name", nameOf(total.keyId()))
        .put("requests", total.requests())
        .put("errors", total.errors())
        .put("input_tokens", total.inputTokens())
        .put("output_tokens", total.outputTokens())
        .put("cache_read_tokens", total.cacheReadTokens())
        .put("cache_write_tokens", total.cacheWriteTokens())
        .put("reasoning_tokens", total.reasoningTokens());
  }
}
