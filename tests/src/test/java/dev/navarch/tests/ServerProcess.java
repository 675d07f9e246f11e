package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiException;
import dev.navarch.app.Navarch;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.ServerAccess;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A control plane in a process of its own, which a test may kill.
public record ServerProcess(Process process, Path data, URI uri) implements AutoCloseable {

  /// Returns when the server has answered.
  public static ServerProcess start(Path folder, int port) throws IOException {
    return start(folder, port, List.of(), List.of());
  }

  /// @param java options of its JVM
  /// @param more options of the server
  public static ServerProcess start(Path folder, int port, List<String> java, List<String> more)
      throws IOException {
    Path data = folder.resolve("data");
    List<String> command = new ArrayList<>(command(java, data, "127.0.0.1", port));
    command.addAll(more);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()))
            .start();
    var server = new ServerProcess(process, data, URI.create("https://127.0.0.1:" + port));
    await()
        .atMost(Duration.ofMinutes(3))
        .failFast(() -> assertThat(process.isAlive()).as(log(folder)).isTrue())
        .until(server::answers);
    return server;
  }

  /// What starts a server.
  ///
  /// @param java options of its JVM
  public static List<String> command(List<String> java, Path data, String address, int port) {
    return Stream.of(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED"),
            java,
            List.of(
                "-cp",
                classPath(),
                Navarch.class.getName(),
                "server",
                "--data-dir=" + data,
                "--bind-address=" + address,
                "--advertise-address=" + address,
                "--port=" + port))
        .flatMap(List::stream)
        .toList();
  }

  /// Keeps a server's classes loaded in a file, with which others start in half the time: options
  /// for their JVMs. Empty where classes do not come out of jars, as the cache wants it.
  public static List<String> trained(Path folder) throws IOException, InterruptedException {
    Path cache = folder.resolve("server.aot");
    Path training = Files.createDirectory(folder.resolve("training"));
    List<String> java = List.of("-XX:AOTCacheOutput=" + cache);
    try (ServerProcess server = start(training, freePort(), java, List.of())) {
      server.process.destroy();
      server.process.waitFor();
    }
    return Files.exists(cache) ? List.of("-XX:AOTCache=" + cache) : List.of();
  }

  /// Without the tests themselves.
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(each -> !each.contains("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Supplier<String> log(Path folder) {
    return () -> {
      try {
        return "the server's log: " + Files.readString(folder.resolve("server.log"));
      } catch (IOException e) {
        return e.toString();
      }
    };
  }

  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Runs a command to its end; fails when it does not succeed.
  public static void navarch(Path folder, String... words)
      throws IOException, InterruptedException {
    Path log = folder.resolve("command.log");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                Navarch.class.getName()));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor()).as("%s: %s", command, Files.readString(log)).isZero();
  }

  /// The administrator's way in.
  public ServerAccess access() {
    Path pki = data.resolve("pki");
    return TestCluster.access(
        uri, pki.resolve("ca.crt"), pki.resolve("admin.crt"), pki.resolve("admin.key"));
  }

  public HttpCluster client() {
    return new HttpCluster(access(), "crash-test", new Random());
  }

  private boolean answers() {
    if (!Files.exists(data.resolve("pki").resolve("admin.key"))) {
      return false;
    }
    try (HttpCluster client = client()) {
      return client.find(ServiceAccount.class, "default", "default").isPresent();
    } catch (ApiException | IllegalArgumentException | UncheckedIOException starting) {
      return false;
    }
  }

  /// As kill -9 does: nothing is said, written or closed any more.
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
