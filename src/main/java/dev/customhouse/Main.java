package dev.customhouse;

import dev.customhouse.admin.AdminToken;
import dev.customhouse.config.Problem;
import dev.customhouse.config.Settings;
import dev.customhouse.config.SettingsException;
import dev.customhouse.config.SettingsReader;
import dev.customhouse.secret.SecretException;
import dev.customhouse.store.Storage;
import dev.customhouse.store.StoreException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line: {@code customhouse up}, {@code serve}, {@code check}, {@code version}. */
@Command(
    name = "customhouse",
    description = "One door to every language model: an OpenAI-compatible AI gateway.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Main.Up.class,
      Main.Serve.class,
      Main.Check.class,
      Main.RenewToken.class,
      Main.ShowSchema.class,
      Main.ShowVersion.class,
      Training.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Versions.class)
public final class Main implements Runnable {
  /** The file that {@code up} takes when it lies in the working directory. */
  private static final Path USUAL_FILE = Path.of("customhouse.yaml");

  private static final int FAILED = 1;

  @Spec private @Nullable CommandSpec spec;

  /** Starts the command; the process ends with its exit code. */
  public static void main(String[] arguments) {
    Callable<Integer> plain = plain(arguments);
    System.exit(plain == null ? commandLine().execute(arguments) : run(plain));
  }

  /**
   * The commands that start a gateway, as they are usually written: {@code up}, {@code up --port
   * PORT}, {@code serve --config FILE}. They do without the command line's reflection, a quarter of
   * a start; so does the training for it. Null for everything else.
   */
  private static @Nullable Callable<Integer> plain(String[] arguments) {
    List<String> words = List.of(arguments);
    if (words.equals(List.of("up"))) {
      return () -> new Running(usualFile()).up(null, false, writer(System.out));
    }
    if (words.size() == 3 && words.subList(0, 2).equals(List.of("up", "--port"))) {
      Integer port = port(words.get(2));
      return port == null
          ? null
          : () -> new Running(usualFile()).up(port, false, writer(System.out));
    }
    if (words.size() == 3 && words.subList(0, 2).equals(List.of("serve", "--config"))) {
      return () -> new Running(Path.of(words.get(2))).serve();
    }
    return words.equals(List.of("train")) ? new Training() : null;
  }

  private static @Nullable Integer port(String word) {
    try {
      return Integer.valueOf(word);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static int run(Callable<Integer> command) {
    try {
      return command.call();
    } catch (Exception e) {
      explain(e, writer(System.err));
      return FAILED;
    }
  }

  private static PrintWriter writer(PrintStream to) {
    return new PrintWriter(to, true, StandardCharsets.UTF_8);
  }

  private static @Nullable Path usualFile() {
    return Files.exists(USUAL_FILE) ? USUAL_FILE : null;
  }

  static CommandLine commandLine() {
    CommandLine commands = new CommandLine(new Main());
    commands.setExecutionExceptionHandler((fault, command, parsed) -> {
      explain(fault, command.getErr());
      return FAILED;
    });
    return commands;
  }

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  /** Faults that a user can mend are told in a line each, without a stack trace. */
  private static void explain(Exception fault, PrintWriter err) {
    switch (fault) {
      case SettingsException e -> {
        for (Problem problem : e.problems()) {
          err.println(problem);
        }
      }
      case SecretException e -> err.println("customhouse: " + e.getMessage());
      case StoreException e -> err.println("customhouse: " + e.getMessage());
      case IllegalArgumentException e -> err.println("customhouse: " + e.getMessage());
      case IOException e -> err.println("customhouse: " + e.getMessage());
      default -> fault.printStackTrace(err);
    }
    err.flush();
  }

  @Command(
      name = "up",
      description = {
        "Starts the gateway and shows how to call it.",
        "Takes ./customhouse.yaml when it is there; without one, provider keys in the environment"
            + " (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY ...) and the built-in sandbox."
      },
      mixinStandardHelpOptions = true)
  static final class Up implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", description = "The port to listen on.")
    private @Nullable Integer port;

    @Option(names = "--new-key", description = "Make another API key, also when there is one.")
    private boolean newKey;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      return new Running(usualFile()).up(port, newKey, out);
    }
  }

  @Command(
      name = "serve",
      description = "Serves by a configuration file, and by its changes.",
      mixinStandardHelpOptions = true)
  static final class Serve implements Callable<Integer> {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        required = true,
        description = "The configuration, such as customhouse.yaml.")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException, InterruptedException {
      return new Running(java.util.Objects.requireNonNull(file)).serve();
    }
  }

  @Command(
      name = "check",
      description = "Checks a configuration file without starting.",
      mixinStandardHelpOptions = true)
  static final class Check implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The configuration to check.")
    private @Nullable Path file;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      Path path = java.util.Objects.requireNonNull(file);
      Settings settings = new SettingsReader().read(path);
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      out.printf(
          "%s is valid: %d providers, %d models, %d keys.%n",
          path, settings.providers().size(), settings.models().size(), settings.keys().size());
      out.flush();
      return 0;
    }
  }

  @Command(
      name = "admin-token",
      description = {
        "Makes a new admin token in place of the one before, and shows it once.",
        "The gateway of that data folder must not be running."
      },
      mixinStandardHelpOptions = true)
  static final class RenewToken implements Callable<Integer> {
    @Option(
        names = "--data",
        paramLabel = "FOLDER",
        defaultValue = "./data",
        description = "The gateway's data folder (default: ${DEFAULT-VALUE}).")
    private @Nullable Path folder;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      Path path = java.util.Objects.requireNonNull(folder);
      if (!Files.isDirectory(path)) {
        throw new IllegalArgumentException(path + " is no folder");
      }
      try (Storage storage = Storage.open(path, Clock.systemUTC())) {
        SecureRandom random = new SecureRandom();
        String token =
            AdminToken.renew(storage.adminToken(), storage.keyHasher(() -> random), random);
        PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
        out.println(token);
        out.flush();
      }
      return 0;
    }
  }

  @Command(
      name = "schema",
      description = "Prints the JSON Schema of the configuration file, for editors.")
  static final class ShowSchema implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      out.println(new SettingsReader().schema());
      out.flush();
      return 0;
    }
  }

  @Command(name = "version", description = "Shows the version of the gateway and of Java.")
  static final class ShowVersion implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      for (String line : new Versions().getVersion()) {
        out.println(line);
      }
      out.flush();
      return 0;
    }
  }

  /** What {@code --version} shows. */
  static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "customhouse " + Version.text(), "Java " + Runtime.version(),
      };
    }
  }
}
