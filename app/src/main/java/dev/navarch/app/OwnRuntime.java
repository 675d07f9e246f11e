package dev.navarch.app;

import dev.navarch.node.cri.Cri;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.network.NetworkRemains;
import dev.navarch.node.runtime.Containerd;
import dev.navarch.node.runtime.ImageFolder;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.runtime.StrayShims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a node's own containerd running: starts it, with the pause image in it, and again whenever
/// it ends; what it was killed over is taken away.
final class OwnRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnRuntime.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int STRAYS_EVERY = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path PROCESSES = Path.of("/proc");
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Path PLUGINS = Path.of("/var/lib/cni");

  private final Containerd containerd;
  private final Thread thread;

  private OwnRuntime(Containerd containerd) {
    this.containerd = containerd;
    this.thread = Thread.ofVirtual().name("runtime").unstarted(this::run);
  }

  /// Returns when it runs.
  static OwnRuntime start(Containerd containerd, Path dataDir) {
    var own = new OwnRuntime(containerd);
    own.ensureRunning();
    PauseImage.load(containerd, dataDir);
    new ImageFolder(containerd, dataDir.resolve("images")).load();
    own.thread.start();
    return own;
  }

  /// Leaves it running.
  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    for (int round = 1; !Thread.currentThread().isInterrupted(); round++) {
      try {
        Thread.sleep(PERIOD);
        ensureRunning();
        if (round % STRAYS_EVERY == 0) {
          killStrays();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        LOG.atError()
            .addKeyValue("reason", e.getMessage())
            .log("the container runtime cannot be started, trying again");
      }
    }
  }

  private void ensureRunning() {
    if (containerd.answers()) {
      return;
    }
    NetworkRemains remains = NetworkRemains.look(ownNamespaces(), PLUGINS);
    containerd.ensureRunning();
    try (Cri runtime = Cri.at(containerd.socket())) {
      remains.remove(sandboxes(runtime), PROCESSES);
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("what the killed runtime left of networks stays");
    }
  }

  /// Waits until the runtime, which was just started, knows them again.
  private static Set<String> sandboxes(Cri runtime) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return runtime.sandboxes("").stream().map(PodSandbox::getId).collect(Collectors.toSet());
      } catch (CriException e) {
        if (System.nanoTime() > deadline || !pause()) {
          throw e;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(LOOK_AGAIN);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void killStrays() {
    var running = containerd.recorded().flatMap(process -> ProcessHandle.of(process.pid()));
    var since = running.flatMap(process -> process.info().startInstant());
    if (since.isEmpty()) {
      return;
    }
    try (Cri runtime = Cri.at(containerd.socket())) {
      Set<String> known = sandboxes(runtime);
      runtime.containers("").forEach(container -> known.add(container.getId()));
      new StrayShims(containerd.socket(), PROCESSES).kill(since.get(), known);
    } catch (CriException e) {
      LOG.atDebug().addKeyValue("reason", e.getMessage()).log("strays are looked for later");
    }
  }

  /// On a machine with other runtimes, namespaces may be theirs: only those of a node that has a
  /// folder of its own for them are looked at.
  private Path ownNamespaces() {
    Path own = containerd.socket().resolveSibling("../own/run/netns").normalize();
    try {
      return Files.exists(own) && Files.isSameFile(own, NAMESPACES) ? NAMESPACES : own;
    } catch (IOException e) {
      return own;
    }
  }
}
