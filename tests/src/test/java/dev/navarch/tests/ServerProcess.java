package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiException;
import dev.navarch.app.Navarch;
import dev.navarch.client.HttpCluster;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.function.Supplier;

/// A control plane in a process of its own, which a test may kill.
record ServerProcess(Process process, Path data, URI uri) implements AutoCloseable {

  /// Returns when the server has answered.
  static ServerProcess start(Path folder, int port) throws IOException {
    Path data = folder.resolve("data");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Navarch.class.getName(),
                "server",
                "--data-dir=" + data,
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()))
            .start();
    var server = new ServerProcess(process, data, URI.create("https://127.0.0.1:" + port));
    await()
        .atMost(Duration.ofSeconds(60))
        .failFast(() -> assertThat(process.isAlive()).as(log(folder)).isTrue())
        .until(server::answers);
    return server;
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

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  HttpCluster client() {
    Path pki = data.resolve("pki");
    return new HttpCluster(
        TestCluster.access(
            uri, pki.resolve("ca.crt"), pki.resolve("admin.crt"), pki.resolve("admin.key")),
        "crash-test",
        new Random());
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
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
