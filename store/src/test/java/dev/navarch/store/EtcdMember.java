package dev.navarch.store;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// An etcd of Debian's `etcd-server` package on this machine's loopback, alone or with others. It
/// can be killed, stopped for a while and started again; closing it ends it.
public final class EtcdMember implements AutoCloseable {
  private final Path folder;
  private final int index;
  private final List<String> peers;
  private final List<String> extra;
  private final int port;
  private Process process;

  private EtcdMember(Path folder, int index, List<String> peers, int port, List<String> extra)
      throws IOException {
    this.folder = folder;
    this.index = index;
    this.peers = peers;
    this.port = port;
    this.extra = extra;
    this.process = launch();
  }

  public static boolean isInstalled() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(each -> Files.isExecutable(Path.of(each, "etcd")));
  }

  public static EtcdMember start(Path folder, String... extra) throws IOException {
    return start(folder, 1, List.of(extra)).getFirst();
  }

  /// Starts a cluster of that many, and waits until each answers.
  public static List<EtcdMember> start(Path folder, int count, List<String> extra)
      throws IOException {
    List<String> peers = new ArrayList<>();
    List<Integer> ports = freePorts(2 * count);
    for (int i = 0; i < count; i++) {
      peers.add("http://127.0.0.1:" + ports.get(i));
    }
    List<EtcdMember> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(new EtcdMember(folder, i, peers, ports.get(count + i), extra));
    }
    members.forEach(EtcdMember::awaitListening);
    return members;
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private Process launch() throws IOException {
    List<String> cluster = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) {
      cluster.add("m" + i + "=" + peers.get(i));
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "etcd",
                "--name=m" + index,
                "--data-dir=" + folder.resolve("m" + index),
                "--listen-client-urls=" + endpoint(),
                "--advertise-client-urls=" + endpoint(),
                "--listen-peer-urls=" + peers.get(index),
                "--initial-advertise-peer-urls=" + peers.get(index),
                "--initial-cluster=" + String.join(",", cluster),
                "--heartbeat-interval=20",
                "--election-timeout=200",
                "--logger=zap",
                "--log-level=error"));
    command.addAll(extra);
    Path log = folder.resolve("m" + index + ".log");
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  private void awaitListening() {
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
              } catch (IOException e) {
                return false;
              }
            });
  }

  /// Waits until one of them leads, and returns it.
  public static EtcdMember leader(List<EtcdMember> members) {
    return await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(() -> members.stream().filter(EtcdMember::leads).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  private boolean leads() {
    try (InputStream metrics = URI.create(endpoint() + "/metrics").toURL().openStream()) {
      return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
          .contains("\netcd_server_is_leader 1\n");
    } catch (IOException e) {
      return false;
    }
  }

  public String endpoint() {
    String scheme =
        extra.stream().anyMatch(each -> each.startsWith("--cert-file")) ? "https" : "http";
    return scheme + "://127.0.0.1:" + port;
  }

  public long pid() {
    return process.pid();
  }

  /// As `kill -9`.
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  public void startAgain() {
    try {
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitListening();
  }

  /// Holds the process, or lets it go on, as a machine that hangs.
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    kill();
  }
}
