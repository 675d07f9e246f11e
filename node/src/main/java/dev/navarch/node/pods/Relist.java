package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.PodSandbox;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears what happens to containers: lists them at once when the runtime tells of one, and from
/// time to time anyway, every second as long as it tells nothing; and names the pods concerned.
final class Relist implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relist.class);
  private static final Duration UNTOLD = Duration.ofSeconds(1);
  private static final Duration TOLD = Duration.ofSeconds(10);

  /// A runtime tells of an end before it shows it: worth a few more looks.
  private static final Duration SOON = Duration.ofMillis(15);

  private static final int LOOKS = 8;

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Consumer<String> changed;
  private final BlockingQueue<String> hints = new LinkedBlockingQueue<>();
  private final Map<String, Integer> awaited = new HashMap<>();
  private Map<String, Shown> before = Map.of();
  private boolean failing;
  private volatile Instant lastSuccess;
  private volatile boolean closed;

  private record Shown(String podUid, String state) {}

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
    hints.add("");
  }

  private void run() {
    try (var activity = runtime.onActivity(hints::add)) {
      Set<String> told = new HashSet<>();
      while (!closed) {
        look(told).forEach(changed);
        Duration pause = !awaited.isEmpty() ? SOON : activity.isHeard() ? TOLD : UNTOLD;
        String first = hints.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        told.clear();
        if (first != null) {
          told.add(first);
          hints.drainTo(told);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// @param told of by the runtime: their pods have changed, whatever the list shows
  private Set<String> look(Set<String> told) {
    try {
      Map<String, Shown> now = list();
      Set<String> pods = new HashSet<>();
      now.forEach((id, shown) -> addIfNew(pods, shown, before.get(id)));
      before.forEach((id, shown) -> addIfNew(pods, shown, now.get(id)));
      for (String id : told) {
        Shown shown = now.get(id);
        if (shown != null) {
          pods.add(shown.podUid());
          awaited.put(id, LOOKS);
        }
      }
      awaited
          .entrySet()
          .removeIf(
              entry ->
                  entry.getValue() == 0
                      || !now.containsKey(entry.getKey())
                      || !now.get(entry.getKey()).equals(before.get(entry.getKey())));
      awaited.replaceAll((id, looks) -> looks - 1);
      before = now;
      lastSuccess = clock.instant();
      failing = false;
      return pods;
    } catch (CriException e) {
      awaited.clear();
      if (!failing) {
        LOG.atWarn().addKeyValue("reason", e.getMessage()).log("the runtime does not answer");
      }
      failing = true;
      return Set.of();
    }
  }

  private Map<String, Shown> list() {
    Map<String, Shown> now = new HashMap<>();
    for (PodSandbox sandbox : runtime.sandboxes("")) {
      String uid = sandbox.getLabelsOrDefault(CriNames.POD_UID, "");
      now.put(sandbox.getId(), new Shown(uid, sandbox.getState().name()));
    }
    for (Container container : runtime.containers("")) {
      String uid = container.getLabelsOrDefault(CriNames.POD_UID, "");
      ContainerState state = container.getState();
      now.put(container.getId(), new Shown(uid, state.name()));
    }
    return now;
  }

  private static void addIfNew(
      Set<String> pods, Shown shown, @org.jspecify.annotations.Nullable Shown other) {
    if (!shown.equals(other)) {
      pods.add(shown.podUid());
    }
  }
}
