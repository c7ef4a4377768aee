package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.RawHttp;
import dev.customhouse.RawHttp.Answer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a client may take its time for, and how much of everything it may have. */
class ListenerLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(60);

  private static Yes server(Listener.Timeouts timeouts, int connectionsPerAddress) {
    return new Yes(new Listener("127.0.0.1", 0, null, timeouts, connectionsPerAddress));
  }

  @Test
  void aConnectionThatSendsNoWholeHeadIsClosed() {
    try (Yes yes = server(new Listener.Timeouts(SHORT, LONG, LONG), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");

      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aConnectionThatSendsNothingMoreIsClosed() {
    try (Yes yes = server(new Listener.Timeouts(LONG, SHORT, LONG), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(client.answer().status()).isEqualTo(200);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aBodyThatComesTooSlowlyIsAnsweredWith408AndTheEnd() {
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, SHORT), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");

      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aBodyThatSaysItIsTooLargeIsNotWaitedFor() {
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, LONG), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");

      assertThat(client.answer().status()).isEqualTo(413);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aBodyThatGrowsTooLargeIsCutOff() {
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, LONG), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 11; i++) {
        client.send("64\r\n" + "a".repeat(100) + "\r\n");
      }

      assertThat(client.answer().status()).isEqualTo(413);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aClientThatSendsOnReadsTheRefusalNevertheless() {
    byte[] megabyte = new byte[1024 * 1024];
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, LONG), 10);
        RawHttp client = RawHttp.to(yes.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20971520\r\n\r\n");
      for (int i = 0; i < 20; i++) {
        client.send(megabyte);
      }

      assertThat(client.answer().status()).isEqualTo(413);
    }
  }

  @Test
  void aBodyIsAskedForOnlyWhenItIsWanted() {
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, LONG), 10);
        RawHttp client = RawHttp.to(yes.port());
        RawHttp boaster = RawHttp.to(yes.port())) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(100);
      client.send("{}");
      assertThat(client.answer().body()).endsWith("{}");

      boaster.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
      assertThat(boaster.answer().status()).isEqualTo(413);
    }
  }

  /** The server notices a closed connection a moment after its client did. */
  private static boolean isLetInAgain(int port) {
    long endNanos = System.nanoTime() + LONG.toNanos();
    while (System.nanoTime() < endNanos) {
      try (RawHttp another = RawHttp.to(port)) {
        if (another.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().status() == 200) {
          return true;
        }
      } catch (AssertionError | RuntimeException stillOneTooMany) {
        Thread.onSpinWait();
      }
    }
    return false;
  }

  @Test
  void anAddressHasOnlySoManyConnections() {
    try (Yes yes = server(new Listener.Timeouts(LONG, LONG, LONG), 2)) {
      try (RawHttp first = RawHttp.to(yes.port());
          RawHttp second = RawHttp.to(yes.port())) {
        assertThat(first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().status())
            .isEqualTo(200);
        assertThat(second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().status())
            .isEqualTo(200);
        try (RawHttp third = RawHttp.to(yes.port())) {
          assertThat(third.closed()).isTrue();
        }
        assertThat(first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").answer())
            .isNotNull();
        assertThat(first.closed()).isTrue();
        assertThat(isLetInAgain(yes.port())).isTrue();
      }
    }
  }
}
