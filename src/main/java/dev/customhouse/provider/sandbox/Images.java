package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * Images: a small pattern of squares in PNG, drawn from a hash of the request (PNG specification,
 * third edition, W3C 2025).
 */
final class Images {
  private static final int MAX_IMAGES = 10;

  /** Pictures are small whatever size is asked: nobody looks at them for long. */
  private static final int MAX_PIXELS_A_SIDE = 256;

  private static final int SQUARES_A_SIDE = 8;
  private static final int DEFAULT_PIXELS_A_SIDE = 64;
  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private Images() {}

  /** Answers all three operations; {@code body} holds the fields of the form where it was one. */
  static Spoken answer(Call call) {
    ObjectNode body = call.body();
    String model = body.has("model") ? Models.of(body, Models.IMAGE) : Models.IMAGE;
    String prompt = body.path("prompt").asText();
    if (model.equals(Models.ERROR)) {
      return Script.fail(prompt);
    }
    Integer asked = Json.integer(body, "n", 1, MAX_IMAGES);
    int count = asked == null ? 1 : asked;
    String size = Json.text(body, "size", "auto");
    Matcher sides = SIZE.matcher(size);
    boolean given = sides.matches();
    int width = given ? side(sides.group(1)) : DEFAULT_PIXELS_A_SIDE;
    int height = given ? side(sides.group(2)) : DEFAULT_PIXELS_A_SIDE;
    boolean url = body.path("response_format").asText().equals("url");
    ArrayNode data = Json.array();
    for (int index = 0; index < count; index++) {
      byte[] seed =
          Names.sha256().digest(call.names().id("img", index).getBytes(StandardCharsets.US_ASCII));
      String base64 = Base64.getEncoder().encodeToString(png(width, height, seed));
      data.add(
          url
              ? Json.object().put("url", "data:image/png;base64," + base64)
              : Json.object().put("b64_json", base64));
    }
    long inputTokens = Tokens.of(prompt);
    long outputTokens = (long) count * Tokens.MEDIUM_TOKENS;
    ObjectNode usage =
        Json.object()
            .put("total_tokens", inputTokens + outputTokens)
            .put("input_tokens", inputTokens)
            .put("output_tokens", outputTokens);
    usage.set(
        "input_tokens_details",
        Json.object().put("text_tokens", inputTokens).put("image_tokens", 0));
    ObjectNode answer = Json.object().put("created", call.createdSeconds());
    answer.set("data", data);
    answer.put("output_format", "png");
    answer.set("usage", usage);
    return Spoken.json(answer);
  }

  private static int side(String pixels) {
    return Math.clamp(Integer.parseInt(pixels), 1, MAX_PIXELS_A_SIDE);
  }

  /** A picture of 8 bits a channel, red, green, blue. */
  static byte[] png(int width, int height, byte[] seed) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put(new byte[] {8, 2, 0, 0, 0});
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", deflated(rows(width, height, seed)));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  private static byte[] rows(int width, int height, byte[] seed) {
    byte[] rows = new byte[height * (1 + 3 * width)];
    int at = 0;
    for (int y = 0; y < height; y++) {
      rows[at++] = 0; // no filter
      for (int x = 0; x < width; x++) {
        int square = y * SQUARES_A_SIDE / height * SQUARES_A_SIDE + x * SQUARES_A_SIDE / width;
        for (int channel = 0; channel < 3; channel++) {
          rows[at++] = seed[(square + 11 * channel) % seed.length];
        }
      }
    }
    return rows;
  }

  private static byte[] deflated(byte[] bytes) {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(deflated)) {
      deflater.write(bytes);
    } catch (IOException impossible) {
      throw new IllegalStateException("memory can be written to", impossible);
    }
    return deflated.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    png.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(data.length).array());
    png.writeBytes(name);
    png.writeBytes(data);
    png.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array());
  }
}
