package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretResolver;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** A gateway from its start to its end in order. */
final class Running {
  private final Settings settings;
  private final @Nullable Path file;
  private final SettingsReader reader;

  /** By these settings, read from {@code file}; null when there is none. */
  Running(Settings settings, @Nullable Path file, SettingsReader reader) {
    this.settings = settings;
    this.file = file;
    this.reader = reader;
  }

  /** Serves until somebody asks to stop; the access log goes to the standard output. */
  int serve() throws IOException, InterruptedException {
    StopSignal stop = new StopSignal();
    try (Customhouse house = start(settings, System.out)) {
      stop.await();
      house.drain();
    }
    return 0;
  }

  /** The same, with words for a person; the access log goes to a file. */
  int up(@Nullable Integer port, boolean newKey, PrintWriter out)
      throws IOException, InterruptedException {
    StopSignal stop = new StopSignal();
    Settings chosen = port == null ? settings : withPort(settings, port);
    Path folder = chosen.gateway().dataDir();
    Files.createDirectories(folder);
    try (OutputStream log = Files.newOutputStream(folder.resolve("access.log"));
        Customhouse house = start(chosen, log)) {
      out.println("up on " + house.port());
      out.flush();
      stop.await();
      house.drain();
    }
    return 0;
  }

  private Customhouse start(Settings chosen, OutputStream log)
      throws IOException, InterruptedException {
    SecretResolver secrets = new SecretResolver(System::getenv);
    return Customhouse.start(chosen, secrets, Clock.systemUTC(), log);
  }

  private static Settings withPort(Settings settings, int port) {
    Settings.Gateway gateway = settings.gateway();
    Settings.Listen listen = gateway.listen();
    return new Settings(
        new Settings.Gateway(
            new Settings.Listen(listen.address(), port, listen.tls()),
            gateway.adminListen(),
            gateway.limits(),
            gateway.cors(),
            gateway.telemetry(),
            gateway.dataDir(),
            gateway.sandbox()),
        settings.providers(),
        settings.models(),
        settings.keys());
  }
}
