package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.slf4j.LoggerFactory;

/// Starts {@link FaultChild} and kills it. It starts fast: its classes are packed and its JVM keeps
/// them loaded in a cache, because a kill is only as cheap as the start before it.
final class FaultProcess {
  private static final int LONGEST = 250;

  private final Path folder;
  private final Random random;
  private final List<String> command = new ArrayList<>();

  FaultProcess(Path folder, Random random) throws IOException, InterruptedException {
    this.folder = folder;
    this.random = random;
    String classes = classPath();
    Path cache = folder.resolve("child.aot");
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m");
    List<String> training = new ArrayList<>(java);
    training.addAll(List.of("-XX:AOTCacheOutput=" + cache, "-cp", classes));
    training.add(FaultChild.class.getName());
    training.addAll(List.of(folder.resolve("trained").toString(), "0", "train"));
    start(training, ProcessBuilder.Redirect.DISCARD).waitFor();
    command.addAll(java);
    command.addAll(List.of("-XX:AOTCache=" + cache, "-cp", classes, FaultChild.class.getName()));
  }

  private Process start(List<String> what, ProcessBuilder.Redirect output) throws IOException {
    return new ProcessBuilder(what)
        .redirectOutput(output)
        .redirectError(folder.resolve("child.log").toFile())
        .start();
  }

  /// Runs a child until it has answered, and a moment longer, and kills it.
  ///
  /// @param history takes what the child asked, and what it was answered
  void kill(Path data, String work, History history) throws IOException {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(data.toString(), Long.toString(random.nextLong(1L << 40)), work));
    Process child = start(whole, ProcessBuilder.Redirect.PIPE);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertThat(line).as("child: %s", Files.readString(folder.resolve("child.log"))).isNotNull();
      long end = System.nanoTime() + Duration.ofMillis(random.nextInt(LONGEST)).toNanos();
      boolean dead = false;
      while (line != null && line.split(" ", -1).length == FaultChild.PARTS) {
        history.add(FaultChild.operation(line));
        if (!dead && System.nanoTime() > end) {
          child.toHandle().destroyForcibly();
          dead = true;
        }
        line = lines.readLine();
      }
    } finally {
      child.destroyForcibly();
      child.onExit().join();
    }
  }

  private String classPath() {
    return Stream.of(FaultChild.class, EmbeddedStore.class, RocksDB.class, LoggerFactory.class)
        .map(each -> packed(Path.of(URI.create(source(each)))).toString())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String source(Class<?> of) {
    return of.getProtectionDomain().getCodeSource().getLocation().toString();
  }

  /// The cache takes classes out of jars only.
  private Path packed(Path classes) {
    if (!Files.isDirectory(classes)) {
      return classes;
    }
    Path jar = folder.resolve(classes.getFileName() + ".jar");
    if (!Files.exists(jar)) {
      try (Stream<Path> files = Files.walk(classes);
          OutputStream file = Files.newOutputStream(jar);
          var out = new JarOutputStream(file)) {
        for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
          out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
          Files.copy(each, out);
          out.closeEntry();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return jar;
  }
}
