package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A multipart form (RFC 7578): its fields as JSON strings and numbers, its files by size.
 *
 * @param fields the fields that are no files; of several with one name, the last
 * @param fileBytes the bytes of all files together
 * @param files the number of files
 * @param file the bytes of the first file; empty when there is none
 */
record Form(ObjectNode fields, long fileBytes, int files, byte[] file) {
  private static final int MAX_PARTS = 1_000;
  private static final Pattern BOUNDARY =
      Pattern.compile("boundary=(?:\"([^\"]{1,70})\"|([^\\s;]{1,70}))", Pattern.CASE_INSENSITIVE);
  private static final Pattern NAME = Pattern.compile("[;\\s]name=\"?([^\";]*)\"?");
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}");

  /** True when the content type is that of a form. */
  static boolean isForm(@Nullable String contentType) {
    return contentType != null
        && contentType.regionMatches(
            true, 0, "multipart/form-data", 0, "multipart/form-data".length());
  }

  /**
   * Reads a form.
   *
   * @throws FaultException when it is none, or has too many parts
   */
  static Form parse(byte[] body, String contentType) {
    Matcher boundary = BOUNDARY.matcher(contentType);
    if (!boundary.find()) {
      throw FaultException.invalid("the content type must tell the form's boundary", null);
    }
    String quoted = boundary.group(1);
    String delimiter = "--" + (quoted == null ? boundary.group(2) : quoted);
    // One character a byte, so that positions in the text are positions in the body.
    String text = new String(body, StandardCharsets.ISO_8859_1);
    ObjectNode fields = Json.object();
    long fileBytes = 0;
    int files = 0;
    byte[] first = new byte[0];
    int parts = 0;
    int start = text.startsWith(delimiter) ? 0 : after(text, "\r\n" + delimiter, 0, -1);
    while (start >= 0 && !text.startsWith("--", start + delimiter.length())) {
      int head = start + delimiter.length();
      int headEnd = text.indexOf("\r\n\r\n", head);
      int end = headEnd < 0 ? -1 : text.indexOf("\r\n" + delimiter, headEnd + 2);
      if (end < 0 || ++parts > MAX_PARTS) {
        throw FaultException.invalid(
            "the form must be whole and have at most " + MAX_PARTS + " parts", null);
      }
      String headers = text.substring(head, headEnd);
      int bodyStart = Math.min(headEnd + 4, end);
      Matcher name = NAME.matcher(headers);
      if (headers.contains("filename")) {
        if (files++ == 0) {
          first = text.substring(bodyStart, end).getBytes(StandardCharsets.ISO_8859_1);
        }
        fileBytes += end - bodyStart;
      } else if (name.find()) {
        put(
            fields,
            name.group(1),
            new String(body, bodyStart, end - bodyStart, StandardCharsets.UTF_8));
      }
      start = end + 2;
    }
    if (parts == 0) {
      throw FaultException.invalid("the form must have a part", null);
    }
    return new Form(fields, fileBytes, files, first);
  }

  private static int after(String text, String wanted, int from, int otherwise) {
    int at = text.indexOf(wanted, from);
    return at < 0 ? otherwise : at + 2;
  }

  private static void put(ObjectNode fields, String name, String value) {
    if (NUMBER.matcher(value).matches() && !name.equals("prompt")) {
      fields.put(name, Integer.parseInt(value));
    } else if (value.equals("true") || value.equals("false")) {
      fields.put(name, value.equals("true"));
    } else {
      fields.put(name, value);
    }
  }
}
