package dev.customhouse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An upstream that does what a test tells it to, byte by byte: a bare HTTP/1.1 server whose script
 * writes to the socket itself. It keeps every request it got and tells when a client went away.
 */
public final class FakeUpstream implements AutoCloseable {
  private static final int WAIT_SECONDS = 20;

  private final ServerSocket server;
  private final Script script;
  private final List<Socket> sockets = new ArrayList<>();
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<Long> departures = new LinkedBlockingQueue<>();

  /** What is done with a request. */
  public interface Script {
    /**
     * Writes the answer; throwing or returning after {@link Connection#cut} ends the connection.
     */
    void answer(Request request, Connection connection) throws IOException, InterruptedException;
  }

  /** A request as it came; header names are in lower case, equal ones joined. */
  public record Request(String method, String target, Map<String, String> headers, byte[] body) {
    /** The body as text. */
    public String text() {
      return new String(body, UTF_8);
    }
  }

  /** The answering side of a connection. */
  public static final class Connection {
    private final OutputStream out;
    private final InputStream in;
    private boolean cut;

    private Connection(InputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    /** A whole answer. */
    public void whole(int status, String contentType, String body, String... headers)
        throws IOException {
      byte[] bytes = body.getBytes(UTF_8);
      StringBuilder head =
          new StringBuilder(
              "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
                  .formatted(status, contentType, bytes.length));
      for (int i = 0; i < headers.length; i += 2) {
        head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
      }
      raw((head + "\r\n").getBytes(ISO_8859_1));
      raw(bytes);
    }

    /** A whole JSON answer. */
    public void json(int status, String body, String... headers) throws IOException {
      whole(status, "application/json", body, headers);
    }

    /** The head of a stream of events. */
    public void beginEvents() throws IOException {
      begin("text/event-stream; charset=utf-8");
    }

    /** The head of an answer in chunks. */
    public void begin(String contentType) throws IOException {
      raw(
          ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                  .formatted(contentType))
              .getBytes(ISO_8859_1));
    }

    /** One chunk. */
    public void chunk(String text) throws IOException {
      chunk(text.getBytes(UTF_8));
    }

    /** One chunk. */
    public void chunk(byte[] bytes) throws IOException {
      if (bytes.length > 0) {
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        framed.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1));
        framed.writeBytes(bytes);
        framed.writeBytes("\r\n".getBytes(ISO_8859_1));
        raw(framed.toByteArray());
      }
    }

    /** The proper end of an answer in chunks. */
    public void end() throws IOException {
      raw("0\r\n\r\n".getBytes(ISO_8859_1));
    }

    /** Any bytes. */
    public void raw(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /** Breaks the connection off when the script returns. */
    public void cut() {
      cut = true;
    }

    /** Waits until the client closes the connection. */
    public void awaitDeparture() throws IOException {
      while (in.read() >= 0) {
        // What a client sends before it leaves does not matter.
      }
    }
  }

  private FakeUpstream(Script script) throws IOException {
    this.script = script;
    this.server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Starts one on a free port. */
  public static FakeUpstream of(Script script) {
    try {
      return new FakeUpstream(script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens, without a path. */
  public String root() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** The next request that came; fails when none comes. */
  public Request next() {
    return take(requests, "a request");
  }

  /** How many requests wait to be taken by {@link #next}. */
  public int pending() {
    return requests.size();
  }

  /** {@link System#nanoTime} when the next client went away. */
  public long departureNanos() {
    return take(departures, "a departure");
  }

  private static <T> T take(BlockingQueue<T> queue, String what) {
    try {
      T taken = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      if (taken == null) {
        throw new AssertionError("no sign of " + what);
      }
      return taken;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        synchronized (sockets) {
          sockets.add(socket);
        }
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Request request = read(in);
        if (request == null) {
          return;
        }
        requests.add(request);
        Connection connection = new Connection(in, socket.getOutputStream());
        script.answer(request, connection);
        if (connection.cut) {
          return;
        }
      }
    } catch (IOException e) {
      // The client went away, or the test is over.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      departures.add(System.nanoTime());
    }
  }

  private static @Nullable Request read(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    @SuppressWarnings("StringSplitter")
    String[] words = line.split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    for (String field = line(in); field != null && !field.isEmpty(); field = line(in)) {
      int colon = field.indexOf(':');
      headers.merge(
          field.substring(0, colon).toLowerCase(Locale.ROOT),
          field.substring(colon + 1).strip(),
          (before, more) -> before + ", " + more);
    }
    String length = headers.get("content-length");
    byte[] body =
        length != null
            ? in.readNBytes(Integer.parseInt(length))
            : "chunked".equals(headers.get("transfer-encoding")) ? chunks(in) : new byte[0];
    return new Request(words[0], words[1], headers, body);
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      String size = line(in);
      if (size == null) {
        throw new EOFException();
      }
      int length = Integer.parseInt(size, 16);
      all.writeBytes(in.readNBytes(length));
      line(in);
      if (length == 0) {
        return all.toByteArray();
      }
    }
  }

  private static @Nullable String line(InputStream in) throws IOException {
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
      server.close();
      synchronized (sockets) {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
