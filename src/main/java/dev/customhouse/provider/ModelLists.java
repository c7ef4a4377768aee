package dev.customhouse.provider;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.Call;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Operation;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Json;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks a provider which models it has. */
public final class ModelLists {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LIST_BYTES = 8 * 1024 * 1024;
  private static final int MODELS = 2_000;
  private static final int NAME_CHARS = 256;

  private ModelLists() {}

  /** The provider's own names of its models; empty when it does not tell. */
  public static List<String> of(Provider provider) throws InterruptedException {
    if (!provider.host().listsModels()) {
      return List.of();
    }
    DialectId dialect =
        provider.host().serves(DialectId.OPENAI_CHAT, Operation.CHAT)
            ? DialectId.OPENAI_CHAT
            : DialectId.ANTHROPIC_MESSAGES;
    Headers.Builder headers = provider.headers().toBuilder();
    headers.add("accept", "application/json");
    if (dialect == DialectId.ANTHROPIC_MESSAGES) {
      headers.add("anthropic-version", "2023-06-01");
    }
    Call call = listing(dialect);
    UpstreamRequest request =
        new UpstreamRequest("GET", provider.uri(call, ""), headers.build(), new byte[0], PATIENCE);
    try (UpstreamAnswer answer = provider.send(request, dialect, provider.keys().getFirst())) {
      return answer.status() == 200 ? names(body(answer)) : List.of();
    } catch (TransportException | Refusal e) {
      return List.of();
    }
  }

  private static Call listing(DialectId dialect) {
    return new Call(
        "models",
        Operation.LIST_MODELS,
        dialect,
        "GET",
        "/v1/models",
        dialect == DialectId.ANTHROPIC_MESSAGES ? "limit=1000" : null,
        Headers.EMPTY,
        new byte[0],
        "",
        null,
        false,
        false,
        Call.Marks.NONE,
        null,
        null);
  }

  private static byte[] body(UpstreamAnswer answer)
      throws TransportException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte @Nullable [] piece = answer.next(PATIENCE);
    while (piece != null && body.size() < LIST_BYTES) {
      body.writeBytes(piece);
      piece = answer.next(PATIENCE);
    }
    return body.toByteArray();
  }

  /** Both {@code {"data":[{"id"}]}} and a bare array of such objects are met. */
  private static List<String> names(byte[] body) {
    JsonNode root = Json.read(body);
    List<String> names = new ArrayList<>();
    for (JsonNode entry : root.isArray() ? root : root.path("data")) {
      String name = entry.path("id").asText("");
      if (name.startsWith("models/")) {
        name = name.substring("models/".length());
      }
      if (!name.isBlank() && name.length() <= NAME_CHARS && names.size() < MODELS) {
        names.add(name);
      }
    }
    return names;
  }
}
