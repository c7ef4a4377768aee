package dev.customhouse.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.customhouse.canonical.ErrorKind;
import dev.customhouse.canonical.Headers;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.wire.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request without a socket; it keeps the answer. */
final class FakeExchange implements Exchange {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final String method;
  private final String target;
  private final Headers headers;
  private final byte[] body;
  private final String remoteAddress;
  boolean leaves;
  boolean aborted;
  int status;
  Headers answered = Headers.EMPTY;
  String text = "";

  FakeExchange(String method, String target, Headers headers, String body, String remoteAddress) {
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.body = body.getBytes(StandardCharsets.UTF_8);
    this.remoteAddress = remoteAddress;
  }

  /** The answer as JSON. */
  JsonNode json() {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  /** The message of the error that the answer is. */
  String message() {
    return json().path("error").path("message").asText();
  }

  /** The code of the error that the answer is. */
  String code() {
    return json().path("error").path("code").asText();
  }

  @Override
  public String id() {
    return "req_test";
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }

  @Override
  public @Nullable String rawQuery() {
    int question = target.indexOf('?');
    return question < 0 ? null : target.substring(question + 1);
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public String remoteAddress() {
    return remoteAddress;
  }

  @Override
  public boolean fromLoopback() {
    return remoteAddress.startsWith("127.");
  }

  @Override
  public long arrivedNanos() {
    return 0;
  }

  @Override
  public byte[] body(int maxBytes) throws InterruptedException {
    if (leaves) {
      throw new InterruptedException();
    }
    if (body.length > maxBytes) {
      throw new Refusal(
          ErrorKind.TOO_LARGE, "request_too_large", "The limit is " + maxBytes + " bytes.");
    }
    return body;
  }

  @Override
  public void keepAlive(Duration interval, Headers fields, byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean answer(int answerStatus, Headers fields, byte[] bytes) {
    if (begun()) {
      return false;
    }
    status = answerStatus;
    answered = fields;
    text = new String(bytes, StandardCharsets.UTF_8);
    return true;
  }

  @Override
  public void begin(int answerStatus, Headers fields) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean begun() {
    return status != 0;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void patience(long untilNanos) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void end() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void abort() {
    aborted = true;
  }
}
