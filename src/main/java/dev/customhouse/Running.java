package dev.customhouse;

import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsException;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.config.SettingsWatcher;
import dev.customhouse.secret.Secret;
import dev.customhouse.secret.SecretResolver;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A gateway from its start to its end in order. */
final class Running {
  private static final Duration DISCOVERY = Duration.ofMinutes(10);

  private final Clock clock = Clock.systemUTC();
  private final HeadStart begun = new HeadStart(clock);
  private final SettingsReader reader = new SettingsReader();
  private final @Nullable Path file;

  /** By this file; null: by the environment. */
  Running(@Nullable Path file) {
    this.file = file;
  }

  /** Serves until somebody asks to stop; the access log goes to the standard output. */
  int serve() throws IOException, InterruptedException {
    StopSignal stop = new StopSignal();
    Watched watched = new Watched(settings -> settings);
    try (watched;
        Customhouse house = start(watched.settings(), System.out)) {
      watched.tell(house);
      house.freshAdminToken().ifPresent(Running::showOnce);
      keepHouse(house);
      stop.await();
      house.drain();
    }
    return 0;
  }

  /** On the standard error: the standard output is the access log, which others may read. */
  private static void showOnce(String token) {
    System.err.println("customhouse: admin token, shown this once: " + token);
  }

  /** The same, with words for a person; the access log goes to a file. */
  int up(@Nullable Integer port, boolean newKey, PrintWriter out)
      throws IOException, InterruptedException {
    StopSignal stop = new StopSignal();
    Watched watched = new Watched(settings -> port == null ? settings : withPort(settings, port));
    Settings settings = watched.settings();
    Path folder = settings.gateway().dataDir();
    DataFolders.create(folder);
    Path logFile = folder.resolve("access.log");
    try (watched;
        OutputStream log = DataFolders.append(logFile);
        Customhouse house = start(settings, log)) {
      watched.tell(house);
      Secret key = newKey || isFirst(house) ? firstKey(house) : null;
      new Welcome(out)
          .print(settings, source(), house.port(), key, house.freshAdminToken(), logFile);
      keepHouse(house);
      stop.await();
      out.println("Stopping.");
      out.flush();
      house.drain();
    }
    return 0;
  }

  private static boolean isFirst(Customhouse house) {
    return house.storage().keys().all().isEmpty();
  }

  private static Secret firstKey(Customhouse house) {
    return house.keys().create("up", null, List.of(), null, null, null).key();
  }

  private Customhouse start(Settings settings, OutputStream log)
      throws IOException, InterruptedException {
    SecretResolver secrets = new SecretResolver(System::getenv);
    return Customhouse.start(new Customhouse.Start(settings, secrets, clock, log, source()), begun);
  }

  private String source() {
    return file == null ? "the environment" : file.toString();
  }

  /** What is done now and then: asking providers for their models, forgetting what is old. */
  private static void keepHouse(Customhouse house) {
    Thread.ofVirtual()
        .name("housekeeping")
        .start(() -> {
          try {
            while (true) {
              house.discoverModels();
              house.forgetOldOrigins();
              house.forgetOldResponses();
              Thread.sleep(DISCOVERY);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** The configuration and, where it is a file, the watch over it. */
  private final class Watched implements AutoCloseable, SettingsWatcher.Listener {
    private final @Nullable SettingsWatcher watcher;
    private final UnaryOperator<Settings> amended;
    private final Settings settings;
    private volatile @Nullable Customhouse house;

    /** {@code amended}: what the command line changes in all settings. */
    Watched(UnaryOperator<Settings> amended) {
      this.amended = amended;
      watcher = file == null ? null : new SettingsWatcher(file, reader, clock, this);
      settings =
          amended.apply(watcher == null ? reader.fromEnvironment(System.getenv()) : watcher.load());
    }

    Settings settings() {
      return settings;
    }

    void tell(Customhouse started) {
      house = started;
      if (watcher != null) {
        watcher.start();
      }
    }

    @Override
    public void changed(Settings changed) {
      Customhouse running = house;
      if (running != null) {
        running.reload(amended.apply(changed));
      }
    }

    @Override
    public void refused(SettingsException refusal) {
      Customhouse running = house;
      if (running != null) {
        running.refused(refusal);
      }
    }

    @Override
    public void close() {
      if (watcher != null) {
        watcher.close();
      }
    }
  }

  private static Settings withPort(Settings settings, int port) {
    Settings.Gateway gateway = settings.gateway();
    Settings.Listen listen = gateway.listen();
    return new Settings(
        new Settings.Gateway(
            new Settings.Listen(listen.address(), port, listen.tls()),
            gateway.adminListen(),
            gateway.limits(),
            gateway.state(),
            gateway.egress(),
            gateway.cors(),
            gateway.telemetry(),
            gateway.dataDir(),
            gateway.sandbox()),
        settings.providers(),
        settings.models(),
        settings.keys());
  }
}
