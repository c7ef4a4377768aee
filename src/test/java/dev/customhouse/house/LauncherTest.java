package dev.customhouse.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The launcher {@code ./customhouse}, run by a real {@code sh} in a house of its own: a folder with
 * a space in its name, JVM folders that hold a {@code release} file and a {@code java} which prints
 * its arguments, and an {@code mvn} which writes down how it was called.
 */
class LauncherTest {
  private static final Duration LAUNCH_TIMEOUT = Duration.ofSeconds(60);

  /** What the launcher calls besides Java and Maven. */
  private static final List<String> TOOLS =
      List.of("sh", "find", "head", "cat", "touch", "mkdir", "rm", "mv", "readlink");

  private static final String FAKE_JAVA =
      """
      #!/bin/sh
      home=${0%/bin/java}
      printf 'java %s\\n' "${home##*/}"
      for argument in "$@"; do
        printf '[%s]\\n' "$argument"
        case $argument in
          -XX:AOTCacheOutput=*) : > "${argument#-XX:AOTCacheOutput=}" ;;
        esac
      done
      for argument in "$@"; do last=$argument; done
      [ "$last" != train ] || exit "${FAKE_TRAIN_EXIT:-0}"
      exit "${FAKE_JAVA_EXIT:-0}"
      """;

  private static final String FAKE_MAVEN =
      """
      #!/bin/sh
      printf '%s on %s in %s\\n' "$*" "${JAVA_HOME##*/}" "${PWD##*/}" >> "$FAKE_MAVEN_LOG"
      [ "${FAKE_MAVEN_EXIT:-0}" = 0 ] || { echo 'BUILD FAILURE: line 7'; exit "$FAKE_MAVEN_EXIT"; }
      [ "${FAKE_MAVEN_JAR:-yes}" != yes ] || : > target/customhouse.jar
      """;

  private @TempDir Path temporary;
  private Path house;
  private Path home;
  private Path bin;
  private Path jvms;
  private Path mavenLog;
  private Map<String, String> environment;

  private record Run(int exitCode, List<String> output, List<String> errors) {
    String java() {
      return output.stream()
          .filter(line -> line.startsWith("java "))
          .map(line -> line.substring("java ".length()))
          .reduce("none", (before, last) -> last);
    }
  }

  @BeforeEach
  void buildTheHouse() throws IOException {
    temporary = temporary.toRealPath();
    house = Files.createDirectories(temporary.resolve("the house"));
    home = Files.createDirectories(temporary.resolve("a home"));
    bin = Files.createDirectories(temporary.resolve("a bin"));
    jvms = Files.createDirectories(temporary.resolve("all jvms"));
    mavenLog = temporary.resolve("maven.log");
    environment = new TreeMap<>();
    environment.put("PATH", bin.toString());
    environment.put("HOME", home.toString());
    environment.put("CUSTOMHOUSE_JVM_DIRS", jvms.toString());
    environment.put("FAKE_MAVEN_LOG", mavenLog.toString());
    for (String tool : TOOLS) {
      script(bin.resolve(tool), "#!/bin/sh\nexec '" + onPath(tool) + "' \"$@\"\n");
    }
    Path source = Files.createDirectories(house.resolve("src/main/java")).resolve("A.java");
    Files.writeString(source, "class A {}");
    Files.writeString(house.resolve("pom.xml"), "<project/>");
    script(house.resolve("customhouse"), Files.readString(Path.of("customhouse")));
    age(house, Duration.ofHours(2));
  }

  @Test
  void takesTheFirstPlaceThatHasAFittingJavaInTheDocumentedOrder() throws IOException {
    jarIsBuilt();
    Map<String, Path> places = new TreeMap<>();
    places.put("1-chosen", temporary.resolve("1-chosen"));
    places.put("2-java-home", temporary.resolve("2-java-home"));
    places.put("3-path", temporary.resolve("3-path"));
    places.put("4-system", jvms.resolve("4-system"));
    places.put("5-jdks", home.resolve(".jdks/5-jdks"));
    places.put("6-sdkman", home.resolve(".sdkman/candidates/java/6-sdkman"));
    places.put("7-mise", home.resolve(".local/share/mise/installs/java/7-mise"));
    // The later the place, the higher the version: the place decides before the version does.
    int feature = 25;
    for (Path place : places.values()) {
      jdk(place, Integer.toString(feature++));
    }
    environment.put("CUSTOMHOUSE_JAVA_HOME", places.get("1-chosen") + "");
    environment.put("JAVA_HOME", places.get("2-java-home") + "");
    Files.createSymbolicLink(bin.resolve("java"), Path.of("java-alternative"));
    Files.createSymbolicLink(
        bin.resolve("java-alternative"), Path.of("../3-path").resolve("bin/java"));

    List<String> taken = new ArrayList<>();
    for (Path place : places.values()) {
      taken.add(launch("version").java());
      Files.delete(place.resolve("release"));
    }

    assertThat(taken).containsExactlyElementsOf(places.keySet());
    assertThat(launch("version").exitCode()).isEqualTo(1);
  }

  @Test
  void onlyTheVersionThatKnowsTheMemoryFlagGetsIt() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("temurin-25"), "25.0.3");
    assertThat(launch("version").output())
        .containsOnlyOnce("[--sun-misc-unsafe-memory-access=allow]");

    jdk(jvms.resolve("temurin-27"), "27.0.1");
    assertThat(launch("version").java()).isEqualTo("temurin-27");
    assertThat(launch("version").output())
        .noneMatch(line -> line.startsWith("[--sun-misc-unsafe-memory-access"));
  }

  @Test
  void findsAMacFolderWithContentsAndHome() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("temurin-25.jdk/Contents/Home"), "25.0.3");

    assertThat(launch("version").java()).isEqualTo("Home");
  }

  @ParameterizedTest
  @CsvSource({
    "25, 26, 26",
    "9, 25, 25",
    "9.0.4, 25.0.3, 25.0.3",
    "25.0.3, 25.0.10, 25.0.10",
    "25.0.3, 25.1, 25.1",
    "25, 25-ea, 25",
    "25-ea, 1.8.0_402, 25-ea",
    "26-ea, 25.0.3, 26-ea",
    "100, 26, 100",
    "25.0.3+9-LTS, 25.0.2, 25.0.3+9-LTS",
    "twenty-six, 25, 25",
  })
  void takesTheNumericallyHighestVersionOfAPlace(String one, String other, String taken)
      throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("a " + one), one);
    jdk(jvms.resolve("b " + other), other);

    assertThat(launch("version").java().substring(2)).isEqualTo(taken);
  }

  @Test
  void passesOverAnOldJavaOnThePath() throws IOException {
    jarIsBuilt();
    Path old = jdk(temporary.resolve("java-17"), "17.0.15");
    Files.createSymbolicLink(bin.resolve("java"), old.resolve("bin/java"));
    jdk(jvms.resolve("temurin-25"), "25.0.3");

    assertThat(launch("version").java()).isEqualTo("temurin-25");
  }

  @Test
  void startsNoJavaToChooseOne() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("a"), "25.0.1");
    jdk(jvms.resolve("b"), "25.0.3");

    Run run = launch("version");

    assertThat(run.output()).filteredOn(line -> line.startsWith("java ")).containsExactly("java b");
  }

  @Test
  void runsOnAJavaWithoutACompilerButBuildsOnlyWithOne() throws IOException {
    jarIsBuilt();
    Path jre = jdk(jvms.resolve("jre-26"), "26");
    Files.delete(jre.resolve("bin/javac"));
    maven();

    assertThat(launch("version").java()).isEqualTo("jre-26");
    sourceIsNewer();
    Run withoutCompiler = launch("version");
    jdk(jvms.resolve("jdk-25"), "25");
    Run withCompiler = launch("version");

    assertThat(withoutCompiler.exitCode()).isEqualTo(1);
    assertThat(withoutCompiler.errors())
        .singleElement()
        .asString()
        .contains("26 without a compiler");
    assertThat(withCompiler.java()).isEqualTo("jre-26");
    assertThat(mavenCalls()).singleElement().asString().endsWith("on jdk-25 in the house");
  }

  @Test
  void saysInOneLineWhichJavaItNeedsAndWhichItFound() throws IOException {
    jarIsBuilt();
    Path old = jdk(jvms.resolve("openjdk-17"), "17.0.15");
    jdk(jvms.resolve("openjdk-21"), "21.0.2");

    Run run = launch("up");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors())
        .singleElement()
        .asString()
        .contains("25 or later", "17.0.15 in " + old, "21.0.2", "Temurin", "CUSTOMHOUSE_JAVA_HOME");
  }

  @Test
  void saysInOneLineThatMavenIsMissing() throws IOException {
    jdk(jvms.resolve("jdk"), "25");

    for (String command : List.of("up", "build", "test", "format")) {
      Run run = launch(command);

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.output()).isEmpty();
      assertThat(run.errors()).singleElement().asString().contains("Maven", "apt install maven");
    }
  }

  @Test
  void saysInOneLineThatBothAreMissing() throws IOException {
    Run run = launch("up");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errors())
        .singleElement()
        .asString()
        .contains("JDK 25 or later (found: none", "apt install maven");
  }

  @Test
  void saysThatTheChosenJavaDoesNotFitAndTakesAnother() throws IOException {
    jarIsBuilt();
    Path old = jdk(temporary.resolve("old"), "17");
    jdk(jvms.resolve("jdk"), "25");
    environment.put("CUSTOMHOUSE_JAVA_HOME", old.toString());

    Run run = launch("version");

    assertThat(run.java()).isEqualTo("jdk");
    assertThat(run.errors()).singleElement().asString().contains("CUSTOMHOUSE_JAVA_HOME=" + old);
  }

  @Test
  void buildsWhenThereIsNoJarThenTrainsThenRuns() throws IOException {
    jdk(jvms.resolve("jdk"), "25");
    maven();

    Run run = launch("up", "--port", "0");

    assertThat(mavenCalls())
        .containsExactly("-B -q -Dmaven.test.skip=true package on jdk in the house");
    assertThat(run.exitCode()).isZero();
    assertThat(run.errors())
        .satisfiesExactly(
            line -> assertThat(line).contains("building", "downloads"),
            line -> assertThat(line).contains("start-up cache"));
    assertThat(run.output())
        .containsSubsequence(
            "[-XX:AOTCache=" + house + "/target/customhouse.aot]",
            "[-jar]",
            "[" + house + "/target/customhouse.jar]",
            "[up]",
            "[--port]",
            "[0]");
  }

  @Test
  void doesNotBuildWhenNothingIsNewer() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    maven();

    assertThat(launch("version").errors()).isEmpty();
    assertThat(mavenCalls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"src/main/java/A.java", "src/main/java", "pom.xml"})
  void buildsOnceWhenSomethingIsNewer(String newer) throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    maven();
    touch(house.resolve(newer), Instant.now().minusSeconds(10));

    launch("version");
    launch("version");

    assertThat(mavenCalls()).hasSize(1);
  }

  @Test
  void datesTheJarToTheStartOfItsBuildSoThatAnEditDuringItIsNewer() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    script(bin.resolve("mvn"), FAKE_MAVEN.replace(": > target", "touch pom.xml; : > target"));
    sourceIsNewer();

    launch("version");
    FileTime edited = Files.getLastModifiedTime(house.resolve("pom.xml"));
    FileTime built = Files.getLastModifiedTime(house.resolve("target/customhouse.jar"));

    assertThat(edited).isGreaterThanOrEqualTo(built);
  }

  @Test
  void showsWhatAFailedBuildPrintedAndLeavesNoJarBehind() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    maven();
    sourceIsNewer();
    environment.put("FAKE_MAVEN_EXIT", "3");

    Run run = launch("up");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors()).contains("BUILD FAILURE: line 7").last().asString().contains("failed");
    assertThat(house.resolve("target/customhouse.jar")).doesNotExist();
  }

  @Test
  void onlyWarnsWhenTrainingFails() throws IOException {
    jdk(jvms.resolve("jdk"), "25");
    maven();
    environment.put("FAKE_TRAIN_EXIT", "1");

    Run run = launch("version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.errors()).last().asString().contains("no start-up cache", "train.log");
    assertThat(run.output()).noneMatch(line -> line.contains("AOTCache"));
    assertThat(house.resolve("target/customhouse.aot.new")).doesNotExist();
  }

  @Test
  void usesTheCacheOnlyOfThisJarThisJavaAndThisCollector() throws IOException {
    Path jdk = jdk(jvms.resolve("jdk"), "25.0.2");
    maven();
    launch("build");
    assertThat(usesCache()).isTrue();

    environment.put("CUSTOMHOUSE_AOT", "off");
    assertThat(usesCache()).isFalse();
    environment.remove("CUSTOMHOUSE_AOT");

    environment.put("CUSTOMHOUSE_JAVA_OPTS", "-XX:+UseZGC -Xmx1g");
    assertThat(usesCache()).isFalse();
    assertThat(launch("version").output())
        .contains("[-XX:+UseZGC]", "[-Xmx1g]")
        .doesNotContain("[-XX:+UseSerialGC]");
    environment.put("CUSTOMHOUSE_JAVA_OPTS", "-Xmx1g");
    assertThat(usesCache()).isTrue();

    jdk(jdk, "25.0.3");
    assertThat(usesCache()).isFalse();
    launch("build");
    assertThat(usesCache()).isTrue();

    touch(house.resolve("target/customhouse.jar"), Instant.now().plusSeconds(60));
    assertThat(usesCache()).isFalse();
    assertThat(mavenCalls()).hasSize(1);
  }

  @Test
  void passesTheExitCodeThrough() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    environment.put("FAKE_JAVA_EXIT", "42");

    assertThat(launch("check", "a file.yaml").exitCode()).isEqualTo(42);
  }

  @Test
  void keepsArgumentsApartAndExpandsNothing() throws IOException {
    jarIsBuilt();
    jdk(jvms.resolve("jdk"), "25");
    environment.put("CUSTOMHOUSE_JAVA_OPTS", "-Dpattern=*");

    assertThat(launch("serve", "my file.yaml", "", "*", "$HOME").output())
        .containsSubsequence(
            "[-Dpattern=*]", "[-jar]", "[serve]", "[my file.yaml]", "[]", "[*]", "[$HOME]");
  }

  @Test
  void isReplacedByTheJvmSoThatSignalsReachIt() throws IOException {
    jarIsBuilt();
    Path jdk = jdk(jvms.resolve("jdk"), "25");
    script(jdk.resolve("bin/java"), "#!/bin/sh\nkill -TERM $$\n");

    // 128 + 15: the process that was started is the one that got the signal.
    assertThat(launch("up").exitCode()).isEqualTo(143);
  }

  @Test
  void worksThroughLinksAndLeavesTheWorkingDirectoryAlone() throws IOException {
    jarIsBuilt();
    Path jdk = jdk(jvms.resolve("jdk"), "25");
    script(jdk.resolve("bin/java"), "#!/bin/sh\npwd\n");
    Path elsewhere = Files.createDirectories(temporary.resolve("else where"));
    Files.createSymbolicLink(temporary.resolve("link"), Path.of("the house/customhouse"));
    Files.createSymbolicLink(elsewhere.resolve("ch"), Path.of("../link"));
    Files.createSymbolicLink(bin.resolve("ch"), elsewhere.resolve("ch"));

    for (List<String> command :
        List.of(
            List.of("./ch"),
            List.of(temporary.resolve("link").toString()),
            List.of(bin.resolve("sh").toString(), "ch"),
            List.of(bin.resolve("sh").toString(), "-c", "ch version"))) {
      Run run = launch(elsewhere, command);

      assertThat(run.errors()).isEmpty();
      assertThat(run.output()).containsExactly(elsewhere.toString());
    }
  }

  @Test
  void handsTestAndFormatToMavenInTheSourceFolder() throws IOException {
    jdk(jvms.resolve("jdk"), "25");
    maven();
    environment.put("FAKE_MAVEN_JAR", "no");

    launch("test", "-Dtest=HeadersTest");
    launch("format");

    assertThat(mavenCalls())
        .containsExactly(
            "-B -ntp verify -Dtest=HeadersTest on jdk in the house",
            "-B -q test -Dtest=FormatTest -Dformat=apply on jdk in the house");
    environment.put("FAKE_MAVEN_EXIT", "5");
    assertThat(launch("test").exitCode()).isEqualTo(5);
  }

  @Test
  void handsBenchToItsOwnScript() throws IOException {
    script(
        Files.createDirectories(house.resolve("bench")).resolve("run"),
        "#!/bin/sh\necho bench \"$@\"\n");

    assertThat(launch("bench", "--quick").output()).containsExactly("bench --quick");
  }

  @Test
  void runsTheJarBesideItInAPackagedFolder() throws IOException {
    Path java = jdk(jvms.resolve("jre"), "25");
    Files.delete(java.resolve("bin/javac"));
    Files.delete(house.resolve("pom.xml"));
    Files.writeString(house.resolve("customhouse.jar"), "");

    assertThat(launch("build").output())
        .containsSubsequence("[-jar]", "[" + house + "/customhouse.jar]", "[build]");

    Files.delete(house.resolve("customhouse.jar"));
    assertThat(launch("up").errors()).singleElement().asString().contains("customhouse.jar");
  }

  private Run launch(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(house.resolve("customhouse").toString()));
    command.addAll(List.of(arguments));
    return launch(temporary, command);
  }

  private Run launch(Path workingDirectory, List<String> command) throws IOException {
    Path output = temporary.resolve("output.txt");
    Path errors = temporary.resolve("errors.txt");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(workingDirectory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(LAUNCH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS))
          .as("%s ends within %s", command, LAUNCH_TIMEOUT)
          .isTrue();
      return new Run(process.exitValue(), Files.readAllLines(output), Files.readAllLines(errors));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private boolean usesCache() throws IOException {
    return launch("version").output().stream().anyMatch(line -> line.startsWith("[-XX:AOTCache="));
  }

  private List<String> mavenCalls() throws IOException {
    return Files.exists(mavenLog) ? Files.readAllLines(mavenLog) : List.of();
  }

  private void maven() throws IOException {
    script(bin.resolve("mvn"), FAKE_MAVEN);
  }

  private void jarIsBuilt() throws IOException {
    Path jar = Files.createDirectories(house.resolve("target")).resolve("customhouse.jar");
    Files.writeString(jar, "");
    touch(jar, Instant.now().minus(Duration.ofHours(1)));
  }

  private void sourceIsNewer() throws IOException {
    touch(house.resolve("src/main/java/A.java"), Instant.now().minusSeconds(10));
  }

  private static Path jdk(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"House\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
    script(home.resolve("bin/java"), FAKE_JAVA);
    script(home.resolve("bin/javac"), "#!/bin/sh\n");
    return home;
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void touch(Path file, Instant instant) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(instant));
  }

  private static void age(Path folder, Duration age) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.toList();
    }
    for (Path file : files) {
      touch(file, Instant.now().minus(age));
    }
  }

  private static Path onPath(String tool) {
    return Stream.of(System.getenv("PATH").split(Pattern.quote(File.pathSeparator)))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + tool + " on PATH"));
  }
}
