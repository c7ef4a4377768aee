package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Speech: a sine tone as long as the text would take to say. Always WAV (RIFF, PCM 16 bit, mono),
 * whatever {@code response_format} asks, and always called so.
 */
final class Speech {
  private static final int SAMPLES_A_SECOND = 8_000;
  private static final int CHARACTER_MILLIS = 50;
  private static final int MAX_MILLIS = 10_000;
  private static final int HEADER_BYTES = 44;
  private static final int CHUNK_BYTES = 8_192;
  private static final int LOUDNESS = 8_000;
  private static final int LOWEST_HERTZ = 220;
  private static final int HERTZ_RANGE = 440;

  /** Characters of a text, as OpenAI limits them. */
  private static final int MAX_CHARACTERS = 4_096;

  private Speech() {}

  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = Models.of(body, Models.SPEECH);
    String text = body.path("input").asText();
    if (model.equals(Models.ERROR)) {
      return Script.fail(text);
    }
    if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
      throw FaultException.invalid(
          "'input' must be a text of 1 to " + MAX_CHARACTERS + " characters", "input");
    }
    byte[] wav = wav(text, LOWEST_HERTZ + (call.names().seed()[0] & 0xff) * HERTZ_RANGE / 256);
    List<byte[]> chunks = new ArrayList<>();
    for (int start = 0; start < wav.length; start += CHUNK_BYTES) {
      chunks.add(Arrays.copyOfRange(wav, start, Math.min(wav.length, start + CHUNK_BYTES)));
    }
    return body.path("stream_format").asText().equals("sse")
        ? events(chunks, text)
        : new Spoken(200, "audio/wav", chunks, false);
  }

  private static Spoken events(List<byte[]> chunks, String text) {
    Spoken.Events events = new Spoken.Events();
    for (byte[] chunk : chunks) {
      events.named(
          Json.object()
              .put("type", "speech.audio.delta")
              .put("audio", Base64.getEncoder().encodeToString(chunk)));
    }
    long inputTokens = Tokens.of(text);
    ObjectNode done = Json.object().put("type", "speech.audio.done");
    done.set(
        "usage",
        Json.object()
            .put("input_tokens", inputTokens)
            .put("output_tokens", chunks.size())
            .put("total_tokens", inputTokens + chunks.size()));
    return events.named(done).end(Ending.PROPER);
  }

  private static byte[] wav(String text, int hertz) {
    int millis = Math.min(MAX_MILLIS, text.length() * CHARACTER_MILLIS);
    int samples = millis * SAMPLES_A_SECOND / 1_000;
    int dataBytes = samples * Short.BYTES;
    ByteBuffer wav = ByteBuffer.allocate(HEADER_BYTES + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    wav.put(ascii("RIFF")).putInt(HEADER_BYTES - 8 + dataBytes).put(ascii("WAVE"));
    wav.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 1);
    wav.putInt(SAMPLES_A_SECOND).putInt(SAMPLES_A_SECOND * Short.BYTES);
    wav.putShort((short) Short.BYTES).putShort((short) Short.SIZE);
    wav.put(ascii("data")).putInt(dataBytes);
    for (int i = 0; i < samples; i++) {
      // StrictMath: the same bytes on every machine.
      double wave = StrictMath.sin(2 * StrictMath.PI * hertz * i / SAMPLES_A_SECOND);
      wav.putShort((short) (LOUDNESS * wave));
    }
    return wav.array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
