package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.PodSandbox;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears what happens to containers: lists them every second, and at once when the runtime hints
/// that something happened, and names the pods where anything differs.
final class Relist implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relist.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Consumer<String> changed;
  private final Semaphore hints = new Semaphore(0);
  private Map<String, String> before = Map.of();
  private boolean failing;
  private volatile Instant lastSuccess;
  private volatile boolean closed;

  /// @param changed is given the uid of each pod that has changed
  Relist(ContainerRuntime runtime, InstantSource clock, Consumer<String> changed) {
    this.runtime = runtime;
    this.clock = clock;
    this.changed = changed;
    this.lastSuccess = clock.instant();
  }

  void start() {
    Thread.ofVirtual().name("relist").start(this::run);
  }

  /// When the runtime answered last.
  Instant lastSuccess() {
    return lastSuccess;
  }

  @Override
  public void close() {
    closed = true;
    hints.release();
  }

  private void run() {
    AutoCloseable events = runtime.onActivity(hints::release);
    try {
      while (!closed) {
        look().forEach(changed);
        hints.tryAcquire(PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        hints.drainPermits();
      }
      events.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.atWarn().setCause(e).log("event stream was not closed");
    }
  }

  private Set<String> look() {
    try {
      Map<String, String> now = new HashMap<>();
      for (PodSandbox sandbox : runtime.sandboxes("")) {
        String uid = sandbox.getLabelsOrDefault(CriNames.POD_UID, "");
        now.put(sandbox.getId(), uid + "/" + sandbox.getState());
      }
      for (Container container : runtime.containers("")) {
        String uid = container.getLabelsOrDefault(CriNames.POD_UID, "");
        now.put(container.getId(), uid + "/" + container.getState());
      }
      Set<String> pods = new HashSet<>();
      now.forEach((id, state) -> addIfNew(pods, state, before.get(id)));
      before.forEach((id, state) -> addIfNew(pods, state, now.get(id)));
      before = now;
      lastSuccess = clock.instant();
      failing = false;
      return pods;
    } catch (CriException e) {
      if (!failing) {
        LOG.atWarn().addKeyValue("reason", e.getMessage()).log("the runtime does not answer");
      }
      failing = true;
      return Set.of();
    }
  }

  private static void addIfNew(
      Set<String> pods, String state, @org.jspecify.annotations.Nullable String other) {
    if (!state.equals(other)) {
      pods.add(state.substring(0, state.indexOf('/')));
    }
  }
}
