package dev.customhouse.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.customhouse.House;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/** A client that reads and leaves exactly when a test wants it to. */
final class RawClient implements AutoCloseable {
  private static final int WAIT_MILLIS = 20_000;

  private final Socket socket;
  private final ByteArrayOutputStream read = new ByteArrayOutputStream();

  /** Connects; {@code receiveBufferBytes} 0 leaves it to the system. */
  RawClient(House house, int receiveBufferBytes) {
    try {
      socket = new Socket();
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(WAIT_MILLIS);
      URI root = URI.create(house.root());
      socket.connect(new InetSocketAddress(root.getHost(), root.getPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Connects and asks. */
  static RawClient asking(House house, String path, String json) {
    RawClient client = new RawClient(house, 0);
    client.ask(path, json);
    return client;
  }

  void ask(String path, String json) {
    ask(path, json, House.KEY);
  }

  void ask(String path, String json, String key) {
    byte[] body = json.getBytes(UTF_8);
    send(
        """
        POST %s HTTP/1.1\r
        Host: gateway\r
        Content-Type: application/json\r
        Authorization: Bearer %s\r
        Content-Length: %d\r
        \r
        %s\
        """
            .formatted(path, key, body.length, json));
  }

  void send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(UTF_8));
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the text has come; returns all that has come so far. */
  String readUntil(String text) {
    byte[] buffer = new byte[8192];
    try {
      InputStream in = socket.getInputStream();
      while (!read.toString(ISO_8859_1).contains(text)) {
        int length = in.read(buffer);
        if (length < 0) {
          throw new AssertionError("the connection ended before '" + text + "': " + read);
        }
        read.write(buffer, 0, length);
      }
    } catch (IOException e) {
      throw new AssertionError("no '" + text + "' came, but: " + read, e);
    }
    return read.toString(UTF_8);
  }

  /** Reads on, keeping only the newest bytes, until the text has come. */
  void readUntilQuiet(String text) {
    byte[] buffer = new byte[64 * 1024];
    String tail = "";
    try {
      while (!tail.contains(text)) {
        int length = socket.getInputStream().read(buffer);
        if (length < 0) {
          throw new AssertionError("the connection ended before '" + text + "'");
        }
        String all = tail + new String(buffer, 0, length, ISO_8859_1);
        tail = all.substring(Math.max(0, all.length() - 1_000));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the gateway closes the connection; returns all that has come. */
  String readToEnd() {
    try {
      read.writeBytes(socket.getInputStream().readAllBytes());
      return read.toString(UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads so many bytes more; returns how many came. */
  long readBytes(long count) {
    byte[] buffer = new byte[64 * 1024];
    long got = 0;
    try {
      while (got < count) {
        int length = socket.getInputStream().read(buffer);
        if (length < 0) {
          return got;
        }
        got += length;
      }
      return got;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves; returns {@link System#nanoTime} just before. */
  long leave() {
    long now = System.nanoTime();
    close();
    return now;
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
