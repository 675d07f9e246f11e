package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears what happens to containers, and names the pods concerned: looks at once at what the
/// runtime tells of, and at everything from time to time, every second while it tells nothing.
final class Relist implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relist.class);
  private static final Duration UNTOLD = Duration.ofSeconds(1);
  private static final Duration TOLD = Duration.ofSeconds(30);

  /// A runtime tells of an end before it shows it: worth a few looks, ever further apart.
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);

  private static final Duration LAST_LOOK = Duration.ofMillis(500);
  private static final int LOOKS = 30;

  /// More than so many are cheaper to list than to look at one by one.
  private static final int FEW = 8;

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Consumer<String> changed;
  private final BlockingQueue<String> hints = new LinkedBlockingQueue<>();
  private final Map<String, Shown> shown = new HashMap<>();

  /// What was told of and does not show yet, and how many looks it is worth.
  private final Map<String, Integer> awaited = new HashMap<>();

  private Instant listed = Instant.MIN;
  private boolean failing;
  private volatile Instant lastSuccess;
  private volatile boolean closed;

  /// A sandbox or a container as the runtime showed it.
  private record Shown(String podUid, boolean sandbox, boolean ended, String state) {
    static Shown of(PodSandbox sandbox) {
      return sandbox(sandbox.getLabelsOrDefault(CriNames.POD_UID, ""), sandbox.getState());
    }

    static Shown of(Container container) {
      return container(container.getLabelsOrDefault(CriNames.POD_UID, ""), container.getState());
    }

    static Shown sandbox(String podUid, PodSandboxState state) {
      boolean ended = state == PodSandboxState.SANDBOX_NOTREADY;
      return new Shown(podUid, true, ended, state.name());
    }

    static Shown container(String podUid, ContainerState state) {
      boolean ended = state == ContainerState.CONTAINER_EXITED;
      return new Shown(podUid, false, ended, state.name());
    }
  }

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
    hints.add(ContainerRuntime.Activity.ANYTHING);
  }

  private void run() {
    try (var activity = runtime.onActivity(hints::add)) {
      Duration pause = Duration.ZERO;
      Duration look = FIRST_LOOK;
      Set<String> told = new HashSet<>();
      while (!closed) {
        String first = hints.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        told.clear();
        if (first != null) {
          Thread.sleep(FIRST_LOOK);
          told.add(first);
          hints.drainTo(told);
          look = FIRST_LOOK;
        }
        Duration rest = activity.isHeard() ? TOLD : UNTOLD;
        look(told, rest).forEach(changed);
        pause = failing ? UNTOLD : awaited.isEmpty() ? rest : look;
        look = look.multipliedBy(2).compareTo(LAST_LOOK) < 0 ? look.multipliedBy(2) : LAST_LOOK;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// @param rest after which everything is listed again
  private Set<String> look(Set<String> told, Duration rest) {
    try {
      told.forEach(id -> awaited.put(id, LOOKS));
      boolean nothingTold = awaited.isEmpty();
      boolean isOld = Duration.between(listed, clock.instant()).abs().compareTo(rest) >= 0;
      Set<String> pods =
          nothingTold
                  || isOld
                  || awaited.size() > FEW
                  || !shown.keySet().containsAll(awaited.keySet())
              ? lookAtAll()
              : lookAtAwaited();
      lastSuccess = clock.instant();
      failing = false;
      return pods;
    } catch (CriException e) {
      listed = Instant.MIN;
      if (!failing) {
        LOG.atWarn().addKeyValue("reason", e.getMessage()).log("the runtime does not answer");
      }
      failing = true;
      return Set.of();
    }
  }

  private Set<String> lookAtAll() {
    Map<String, Shown> now = new HashMap<>();
    runtime.sandboxes("").forEach(sandbox -> now.put(sandbox.getId(), Shown.of(sandbox)));
    runtime.containers("").forEach(container -> now.put(container.getId(), Shown.of(container)));
    listed = clock.instant();
    Set<String> pods = new HashSet<>();
    now.forEach((id, each) -> addIfNew(pods, each, shown.get(id)));
    shown.forEach((id, each) -> addIfNew(pods, each, now.get(id)));
    for (String id : Set.copyOf(awaited.keySet())) {
      settle(id, now.get(id), pods);
    }
    shown.clear();
    shown.putAll(now);
    return pods;
  }

  private Set<String> lookAtAwaited() {
    Set<String> pods = new HashSet<>();
    for (String id : Set.copyOf(awaited.keySet())) {
      Shown before = shown.get(id);
      Optional<Shown> now = before == null ? Optional.empty() : again(id, before);
      if (before != null) {
        addIfNew(pods, before, now.orElse(null));
      }
      settle(id, now.orElse(null), pods);
      now.ifPresentOrElse(each -> shown.put(id, each), () -> shown.remove(id));
    }
    return pods;
  }

  private Optional<Shown> again(String id, Shown before) {
    return before.sandbox()
        ? runtime.sandboxStatus(id).map(is -> Shown.sandbox(before.podUid(), is.getState()))
        : runtime.containerStatus(id).map(is -> Shown.container(before.podUid(), is.getState()));
  }

  /// What was told of has come when it has ended or is gone; it concerns its pod in any case.
  private void settle(String id, @Nullable Shown now, Set<String> pods) {
    int left = awaited.getOrDefault(id, 0);
    if (now != null && (now.ended() || left == LOOKS || left == 0)) {
      pods.add(now.podUid());
    }
    if (now == null || now.ended() || left == 0) {
      awaited.remove(id);
    } else {
      awaited.put(id, left - 1);
    }
  }

  private static void addIfNew(Set<String> pods, Shown one, @Nullable Shown other) {
    if (!one.equals(other)) {
      pods.add(one.podUid());
    }
  }
}
