package dev.navarch.node.pods;

import dev.navarch.client.Key;
import dev.navarch.node.dra.DraException;
import dev.navarch.node.pods.ContainerStarter.Ground;
import dev.navarch.node.volumes.Ready;
import dev.navarch.node.volumes.VolumeException;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What one pod's containers stand on: devices of claims, control group, volumes, sandbox. What the
/// agent writes into volumes itself is written again from time to time, and when it has changed.
/// One thread uses it, but for {@link #refresh}.
final class PodGround {
  /// After so long everything is looked at again.
  static final Duration REFRESH = Duration.ofSeconds(55);

  private final PodTools tools;
  private final String uid;
  private final Rounds rounds;
  private final Sandboxes sandboxes;
  private @Nullable Map<String, Ready> volumes;
  private Instant refreshAt = Instant.MIN;
  private volatile boolean stale;

  PodGround(PodTools tools, String uid, Rounds rounds, StartTimes times) {
    this.tools = tools;
    this.uid = uid;
    this.rounds = rounds;
    this.sandboxes = new Sandboxes(tools, times);
  }

  /// What the volumes show has changed: the next round writes it to them again.
  void refresh() {
    stale = true;
  }

  boolean isMounted() {
    return volumes != null;
  }

  /// Makes ready all but the sandbox. Returns whether it is; why not, the pod's events tell.
  boolean prepare(Pod pod, Observation seen) throws IOException, InterruptedException {
    return prepareClaims(pod) && mount(pod, seen);
  }

  private boolean prepareClaims(Pod pod) throws InterruptedException {
    try {
      tools.claims().prepare(pod);
      return true;
    } catch (DraException e) {
      tools
          .story()
          .warning(
              pod,
              "FailedPrepareDynamicResources",
              "Failed to prepare dynamic resources: " + e.why());
      rounds.again();
      return false;
    }
  }

  private boolean mount(Pod pod, Observation seen) throws IOException {
    if (volumes != null && !stale && tools.clock().instant().isBefore(refreshAt)) {
      return true;
    }
    stale = false;
    tools.cgroups().create(tools.admission().allocated(pod));
    return take(pod, () -> tools.volumes().mount(tools.self(pod, seen.podIps())));
  }

  /// Whether the sandbox need not wait for the volumes: the pod has nothing yet, and no volume of
  /// it shows what somebody may have forgotten to make.
  boolean standsAtOnce(Pod pod, Observation seen) {
    return seen.isEmpty() && volumes == null && Volumes.needNobody(pod);
  }

  /// Makes ready everything, the first sandbox while the volumes are mounted. Returns whether all
  /// is there; why not, the pod's events tell.
  boolean prepareAtOnce(Pod pod, Observation seen) throws IOException, InterruptedException {
    if (!prepareClaims(pod)) {
      return false;
    }
    stale = false;
    tools.cgroups().create(tools.admission().allocated(pod));
    var mount =
        CompletableFuture.supplyAsync(
            () -> tools.volumes().mount(tools.self(pod, List.of())),
            task -> Thread.ofVirtual().name("volumes of " + Key.of(pod)).start(task));
    boolean made;
    boolean mounted;
    try {
      made = makeSandbox(pod, seen, 0);
    } finally {
      mounted = take(pod, () -> outcome(mount));
    }
    return made && mounted;
  }

  private static <T> T outcome(CompletableFuture<T> work) {
    try {
      return work.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private boolean take(Pod pod, Supplier<Map<String, Ready>> mount) {
    try {
      volumes = mount.get();
      Duration pause = REFRESH.minusSeconds(Math.floorMod(uid.hashCode(), 10));
      refreshAt = tools.clock().instant().plus(pause);
      return true;
    } catch (VolumeException e) {
      tools.story().warning(pod, "FailedMount", String.valueOf(e.getMessage()));
      stale = true;
      rounds.again();
      return volumes != null;
    }
  }

  /// Returns whether the sandbox stands; why not, the pod's events tell.
  ///
  /// @param attempt how many sandboxes the pod had before
  boolean makeSandbox(Pod pod, Observation seen, int attempt) throws IOException {
    boolean made = sandboxes.make(pod, seen, attempt);
    if (!made) {
      rounds.again();
    }
    return made;
  }

  /// For containers that start now.
  Ground of(Pod pod, Observation seen) {
    var sandbox = seen.sandbox().orElseThrow();
    var config = tools.sandboxes().of(pod, sandbox.getMetadata().getAttempt());
    return new Ground(sandbox.getId(), config, volumes == null ? Map.of() : volumes);
  }

  /// Takes the volumes away: no container needs them any more.
  void unmount() throws IOException {
    tools.volumes().unmount(uid);
    volumes = null;
  }
}
