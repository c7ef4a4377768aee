package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.Headers;
import dev.customhouse.wire.TransportException;
import dev.customhouse.wire.UpstreamAnswer;
import dev.customhouse.wire.UpstreamRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Talks to a sandbox whose clock stands still and whose pauses are only written down. */
final class Talk {
  static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  static final ObjectMapper MAPPER = new ObjectMapper();

  final List<Duration> pauses = new ArrayList<>();
  final Sandbox sandbox = new Sandbox(InstantSource.fixed(NOW), pauses::add);

  /** An answer read to its end. */
  record Told(int status, Headers headers, List<byte[]> chunks, boolean cut) {
    byte[] bytes() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      chunks.forEach(all::writeBytes);
      return all.toByteArray();
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    JsonNode json() throws IOException {
      return MAPPER.readTree(bytes());
    }

    /** The data of the events, the closing {@code [DONE]} left out. */
    List<JsonNode> events() throws IOException {
      List<JsonNode> events = new ArrayList<>();
      for (byte[] chunk : chunks) {
        String event = new String(chunk, StandardCharsets.UTF_8);
        String data = event.substring(event.indexOf("data: ") + "data: ".length()).strip();
        if (!data.equals("[DONE]")) {
          events.add(MAPPER.readTree(data));
        }
      }
      return events;
    }

    Stream<String> eventNames() {
      return chunks.stream()
          .map(chunk -> new String(chunk, StandardCharsets.UTF_8))
          .map(event -> event.substring("event: ".length(), event.indexOf('\n')));
    }
  }

  Told post(String path, String json, String... headers) throws IOException, InterruptedException {
    return read(open("POST", path, json, headers));
  }

  Told call(String method, String path, String... headers)
      throws IOException, InterruptedException {
    return read(open(method, path, "", headers));
  }

  UpstreamAnswer open(String method, String path, String json, String... headers)
      throws IOException, InterruptedException {
    String[] fields = Arrays.copyOf(headers, headers.length + 2);
    fields[headers.length] = "content-type";
    fields[headers.length + 1] = "application/json";
    return sandbox.send(
        request(method, path, Headers.of(fields), json.getBytes(StandardCharsets.UTF_8)));
  }

  static UpstreamRequest request(String method, String path, Headers headers, byte[] body) {
    return new UpstreamRequest(
        method, URI.create("http://sandbox.invalid" + path), headers, body, Duration.ofSeconds(30));
  }

  static Told read(UpstreamAnswer answer) throws IOException, InterruptedException {
    List<byte[]> chunks = new ArrayList<>();
    boolean cut = false;
    try (answer) {
      for (byte[] chunk = answer.next(PATIENCE); chunk != null; chunk = answer.next(PATIENCE)) {
        chunks.add(chunk);
      }
    } catch (TransportException broken) {
      cut = broken.reason() == TransportException.Reason.CUT;
    }
    return new Told(answer.status(), answer.headers(), chunks, cut);
  }
}
