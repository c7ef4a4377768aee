package dev.customhouse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A client that sends any bytes over a socket of its own and reads the answers. */
public final class RawHttp implements AutoCloseable {
  /** Nothing that is waited for takes longer. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Socket socket;
  private final InputStream in;
  private boolean headAlone;

  /** An answer; header names are in lower case. */
  public record Answer(int status, Map<String, String> headers, String body) {
    /** The header's value, or the empty text. */
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  /**
   * All answers to what was sent.
   *
   * @param closed whether the server closed the connection
   * @param garbage whether something came that was no answer
   */
  public record Talk(List<Answer> answers, boolean closed, boolean garbage) {
    /** The statuses in order. */
    public List<Integer> statuses() {
      return answers.stream().map(Answer::status).toList();
    }
  }

  private RawHttp(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
  }

  /** A connection to the port of this machine. */
  public static RawHttp to(int port) {
    try {
      return new RawHttp(new Socket(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A talk over this socket, such as one with TLS. */
  public static RawHttp over(Socket socket) {
    try {
      return new RawHttp(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends bytes and reads until the server closes or is silent after an answer. */
  public static Talk talk(int port, byte[] request, Duration silence) {
    try (RawHttp client = to(port)) {
      client.send(request);
      return client.rest(silence);
    }
  }

  /** Sends text, each of its characters one byte. */
  public RawHttp send(String text) {
    headAlone = text.startsWith("HEAD ");
    return send(text.getBytes(ISO_8859_1));
  }

  /** Sends bytes. A server that has stopped listening is no failure: its answer is what counts. */
  public RawHttp send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      // The answer tells.
    }
    return this;
  }

  /** The next answer. */
  public Answer answer() {
    try {
      Answer answer = read();
      if (answer == null) {
        throw new AssertionError("the server closed the connection without an answer");
      }
      return answer;
    } catch (IOException e) {
      throw new AssertionError("no answer", e);
    }
  }

  /** True once the server has closed the connection; fails when it sends something first. */
  public boolean closed() {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Everything up to the end of the connection, or to a silence after an answer. */
  public Talk rest(Duration silence) {
    List<Answer> answers = new ArrayList<>();
    try {
      while (true) {
        Answer answer = read();
        if (answer == null) {
          return new Talk(answers, true, false);
        }
        answers.add(answer);
        if (answer.status() >= 200) {
          socket.setSoTimeout((int) silence.toMillis());
        }
      }
    } catch (SocketTimeoutException e) {
      return new Talk(answers, false, false);
    } catch (SocketException e) {
      return new Talk(answers, true, false);
    } catch (IOException | RuntimeException e) {
      return new Talk(answers, true, true);
    }
  }

  /** Everything up to the end of the connection, as it came. */
  public String text() {
    try {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (IOException e) {
      throw new AssertionError("the connection did not end properly", e);
    }
  }

  private @Nullable Answer read() throws IOException {
    String line = line();
    if (line == null) {
      return null;
    }
    int status = Integer.parseInt(line.substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3));
    Map<String, String> headers = new TreeMap<>();
    for (String field = needed(); !field.isEmpty(); field = needed()) {
      int colon = field.indexOf(':');
      headers.merge(
          field.substring(0, colon).toLowerCase(Locale.ROOT),
          field.substring(colon + 1).strip(),
          (one, other) -> one + ", " + other);
    }
    return new Answer(status, headers, new String(body(status, headers), UTF_8));
  }

  private byte[] body(int status, Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    if (status < 200 || headAlone || length == null && !headers.containsKey("transfer-encoding")) {
      return new byte[0];
    }
    if (length != null) {
      return in.readNBytes(Integer.parseInt(length));
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(needed(), 16);
      all.write(in.readNBytes(size));
      needed();
      if (size == 0) {
        return all.toByteArray();
      }
    }
  }

  private String needed() throws IOException {
    String line = line();
    if (line == null) {
      throw new EOFException();
    }
    return line;
  }

  private @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      line.write(b);
    }
    return line.toString(ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
