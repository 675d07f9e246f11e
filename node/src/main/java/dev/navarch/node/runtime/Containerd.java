package dev.navarch.node.runtime;

import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A containerd that belongs to one node: with its own folders, socket and configuration. It runs
/// detached, so that containers outlive the agent; an agent that starts again finds it by its
/// socket.
public final class Containerd {
  private static final Logger LOG = LoggerFactory.getLogger(Containerd.class);

  /// Writes number and start time of the shell, as {@link ProcessId#write} does, into the first
  /// argument, and becomes the program that follows.
  private static final String RECORDED =
      "echo $$ $(cut -d' ' -f22 /proc/$$/stat) >\"$0\" && exec \"$@\"";

  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final Path data;
  private final Path state;
  private final String pauseImage;
  private final Registries registries;

  /// @param data what must survive a reboot: images and snapshots
  /// @param state what must not: sockets and running tasks
  /// @param registries their mirrors and credentials
  public Containerd(Path data, Path state, String pauseImage, Registries registries) {
    this.data = data;
    this.state = state;
    this.pauseImage = pauseImage;
    this.registries = registries;
  }

  public Path socket() {
    return state.resolve("containerd.sock");
  }

  /// The folder of CNI configurations that this containerd reads.
  public Path cniConfigurations() {
    return data.resolve("cni");
  }

  /// Where registries' mirrors and credentials are read from, one folder a registry.
  public Path registryHosts() {
    return data.resolve("certs.d");
  }

  public boolean answers() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket()));
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts containerd unless it runs. Returns when its socket answers.
  public synchronized void ensureRunning() {
    if (answers()) {
      return;
    }
    recorded().filter(ProcessId::isAlive).ifPresent(this::awaitOrKill);
    if (answers()) {
      return;
    }
    ProcessId process = start();
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "containerd did not start; the end of %s says: %s".formatted(log(), endOfLog()));
      }
      pause();
    }
    LOG.atInfo().addKeyValue("socket", socket()).log("containerd started");
  }

  /// Whether it has an image of exactly this name.
  public boolean has(String image) {
    return !ctr("ls", "--quiet", "name==" + image).isBlank();
  }

  /// Loads an image archive (OCI or docker) and returns the names that it brought.
  public String load(Path archive) {
    return ctr("import", archive.toString());
  }

  private String ctr(String... action) {
    List<String> argv =
        new ArrayList<>(
            List.of("ctr", "--address", socket().toString(), "--namespace", "k8s.io", "images"));
    argv.addAll(List.of(action));
    return Commands.run(argv);
  }

  public Optional<ProcessId> recorded() {
    return ProcessId.read(pidFile());
  }

  /// The process itself writes down who it is: this agent may be killed before it could, and the
  /// next one would start a second containerd on the same data.
  private ProcessId start() {
    try {
      Files.createDirectories(state);
      Files.createDirectories(cniConfigurations());
      Files.createDirectories(registryHosts());
      Files.deleteIfExists(socket());
      Path config = data.resolve("config.toml");
      Files.writeString(
          config,
          ContainerdConfig.detect(data, state, socket(), cniConfigurations(), registryHosts())
              .toToml(pauseImage, registries.credentialsToml()));
      registries.writeHosts(registryHosts());
      Process process =
          new ProcessBuilder(
                  "setsid",
                  "sh",
                  "-c",
                  RECORDED,
                  pidFile().toString(),
                  "containerd",
                  "--config",
                  config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
      process.getOutputStream().close();
      return ProcessId.of(process.pid())
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "containerd ended at once; the end of %s says: %s"
                          .formatted(log(), endOfLog())));
    } catch (IOException e) {
      throw new UncheckedIOException("containerd could not be started: " + e.getMessage(), e);
    }
  }

  /// It lives but does not answer: perhaps it is just starting, perhaps it hangs.
  private void awaitOrKill(ProcessId process) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!answers() && process.isAlive()) {
      if (System.nanoTime() > deadline) {
        LOG.atWarn().addKeyValue("pid", process.pid()).log("containerd hangs and is ended");
        process.kill();
      }
      pause();
    }
  }

  private Path pidFile() {
    return state.resolve("containerd.pid");
  }

  private Path log() {
    return data.resolve("containerd.log");
  }

  private String endOfLog() {
    try {
      String text = Files.readString(log());
      return text.substring(Math.max(0, text.length() - 400)).strip();
    } catch (IOException e) {
      return "(nothing)";
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for containerd", e);
    }
  }
}
