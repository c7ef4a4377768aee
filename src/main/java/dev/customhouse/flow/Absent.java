package dev.customhouse.flow;

import dev.customhouse.audit.Trace;
import dev.customhouse.canonical.Headers;
import dev.customhouse.flow.api.Answered;
import dev.customhouse.wire.AnswerWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client of an answer that is made in the background: it has been told all it can be told
 * beside the answer. Used by one thread.
 */
record Absent(AnswerWriter transcript, Trace trace) implements Answered {
  @Override
  public void keepOpen() {}

  @Override
  public void went(String model, String provider, int attempts) {}

  @Override
  public void changed(List<String> dropped, @Nullable String form) {}

  @Override
  public boolean answer(int status, Headers headers, byte[] body) {
    trace.sent(body.length);
    return transcript.answer(status, headers, body);
  }

  @Override
  public void begin(int status, Headers headers) {
    transcript.begin(status, headers);
  }

  @Override
  public boolean begun() {
    return transcript.begun();
  }

  @Override
  public void patience(long untilNanos) {
    transcript.patience(untilNanos);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws InterruptedException {
    trace.firstByte();
    trace.sent(length);
    transcript.write(bytes, offset, length);
  }

  @Override
  public void end() {
    transcript.end();
  }

  @Override
  public void abort() {
    transcript.abort();
  }
}
