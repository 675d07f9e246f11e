package dev.navarch.node.pods;

import dev.navarch.client.Cluster;
import dev.navarch.client.Informers.Change;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.ResourceClaims;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.probes.ProbeCounts;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// All pods of this node, one worker each, known by uid: a pod that was deleted and made anew under
/// its old name is another one.
public final class PodWorkers implements AutoCloseable {
  private final PodTools tools;
  private final Relist relist;
  private final Leftovers leftovers;
  private final Strays strays;
  private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
  private final Map<String, Pod> successors = new ConcurrentHashMap<>();
  private volatile Runnable onMirrors = () -> {};

  private PodWorkers(PodTools tools) {
    this.tools = tools;
    this.leftovers = new Leftovers(tools);
    this.strays = new Strays(tools);
    this.relist = new Relist(tools.runtime(), tools.clock(), this::wake);
    tools.volumes().onChange(this::refresh);
  }

  /// @param runtimeName the scheme of container ids: `containerd`
  /// @param cgroups of the pods
  /// @param admission which pods the node takes
  /// @param drivers the node's storage drivers
  /// @param claims the devices of pods' claims
  public static PodWorkers of(
      NodeConfig config,
      ContainerRuntime runtime,
      Cluster cluster,
      Lister<Service> services,
      PodStory story,
      InstantSource clock,
      String runtimeName,
      PodGroups cgroups,
      Admission admission,
      CsiDrivers drivers,
      ClaimDevices claims) {
    return new PodWorkers(
        PodTools.of(
            config,
            runtime,
            cluster,
            services,
            story,
            clock,
            runtimeName,
            cgroups,
            admission,
            drivers,
            claims));
  }

  /// A pod of this node was added, changed or deleted in the API.
  public void changed(Change<Pod> change) {
    Pod pod = change.either();
    String uid = pod.getMetadata().getUid();
    Pod before = change.before();
    if (Mirrors.isMirror(pod)) {
      mirrorChanged(change);
      return;
    }
    if (before != null && !before.getMetadata().getUid().equals(uid)) {
      orphan(before.getMetadata().getUid());
    }
    if (change.now() == null) {
      orphan(uid);
    } else {
      workers.compute(uid, (key, worker) -> worker == null ? begin(pod) : updated(worker, pod));
    }
  }

  /// Begins a pod that does not come from the API. One that has its name has to end first.
  public void beginStatic(Pod pod) {
    boolean waits =
        workers.values().stream()
            .anyMatch(worker -> Key.of(worker.pod()).equals(Key.of(pod)) && worker.isStatic());
    if (waits) {
      successors.put(pod.getMetadata().getUid(), pod);
    } else {
      workers.computeIfAbsent(pod.getMetadata().getUid(), uid -> begin(pod));
      onMirrors.run();
    }
  }

  /// Ends it, with its grace.
  public void endStatic(String uid) {
    successors.remove(uid);
    PodWorker worker = workers.get(uid);
    if (worker != null) {
      worker.update(deleted(worker.pod()));
    }
  }

  /// What the API shows of the static pods.
  public Mirrors mirrors() {
    return tools.mirrors();
  }

  /// @param listener is called when static pods, or their mirrors, have changed
  public void onMirrors(Runnable listener) {
    onMirrors = listener;
  }

  private void mirrorChanged(Change<Pod> change) {
    Pod before = change.before();
    if (before != null) {
      tools.mirrors().remove(before);
    }
    if (change.now() != null) {
      tools.mirrors().put(change.now());
    }
    workers.values().stream()
        .filter(worker -> Key.of(worker.pod()).equals(Key.of(change.either())))
        .forEach(PodWorker::wake);
    onMirrors.run();
  }

  private Pod deleted(Pod pod) {
    Long grace = pod.getSpec().getTerminationGracePeriodSeconds();
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp(tools.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString())
        .withDeletionGracePeriodSeconds(grace == null ? 30L : grace)
        .endMetadata()
        .build();
  }

  /// Starts to hear what happens to containers.
  public void begin() {
    relist.start();
  }

  /// Ends what belongs to nobody: whatever is found on the node of no pod that there is.
  ///
  /// @param known the uids of all pods that there are, from whatever source; empty as long as one
  ///   of the sources was not read
  /// @return whether it was known
  public boolean sweep(Supplier<Optional<Set<String>>> known) throws IOException {
    Map<String, Pod> found = strays.found();
    Optional<Set<String>> pods = known.get();
    if (pods.isEmpty()) {
      return false;
    }
    Set<String> keep = new HashSet<>(pods.get());
    keep.addAll(found.keySet());
    keep.addAll(workers.keySet());
    tools.admission().retain(keep);
    found.forEach(
        (uid, pod) -> {
          if (!pods.get().contains(uid)) {
            endStray(pod);
          }
        });
    return true;
  }

  /// Takes away what is left of pods that are gone.
  ///
  /// @param known as above
  public void removeLeftovers(Supplier<Optional<Set<String>>> known) {
    try {
      Set<String> traces = strays.traces();
      leftovers.remove(
          () -> known.get().map(pods -> uid -> pods.contains(uid) || workers.containsKey(uid)));
      known
          .get()
          .ifPresent(
              pods ->
                  traces.stream()
                      .filter(uid -> !pods.contains(uid))
                      .forEach(uid -> endStray(Strays.traceOf(uid))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One that has a worker is none.
  private void endStray(Pod pod) {
    workers.computeIfAbsent(
        pod.getMetadata().getUid(),
        uid -> {
          PodWorker worker = begin(pod);
          worker.orphan();
          return worker;
        });
  }

  /// The pods as the node knows them now.
  public List<Pod> pods() {
    return workers.values().stream().map(PodWorker::pod).toList();
  }

  /// The volumes of this node's pods.
  public Volumes volumes() {
    return tools.volumes();
  }

  /// Ends a pod because the node runs short.
  public void evict(String podUid, String message, Duration grace) {
    PodWorker worker = workers.get(podUid);
    if (worker != null) {
      worker.evict(Failure.evicted(message, grace));
    }
  }

  /// Ends a pod because the machine goes down.
  public void terminate(String podUid, String message, Duration grace) {
    PodWorker worker = workers.get(podUid);
    if (worker != null) {
      worker.evict(Failure.terminated(message, grace));
    }
  }

  /// Ends a pod that takes more of the node's disk than it may.
  public void endOverLimit(String podUid, String message) {
    PodWorker worker = workers.get(podUid);
    if (worker != null) {
      worker.evict(Failure.overLimit(message));
    }
  }

  /// Devices have changed, or their health: pods that have some say so.
  public void devicesChanged() {
    workers.values().stream()
        .filter(worker -> tools.admission().provision().hasDevices(worker.pod()))
        .forEach(PodWorker::wake);
  }

  /// A driver of devices has come: pods may have waited for it.
  public void driversChanged() {
    workers.values().stream()
        .filter(worker -> !ResourceClaims.entries(worker.pod()).isEmpty())
        .forEach(PodWorker::wake);
  }

  /// Whether nothing of a pod runs here any more.
  public boolean hasEnded(String podUid) {
    PodWorker worker = workers.get(podUid);
    return worker == null || worker.hasEnded();
  }

  /// How the pods' probes went.
  public ProbeCounts probeCounts() {
    return tools.probes().counts();
  }

  /// When the runtime answered last.
  public Instant lastRelist() {
    return relist.lastSuccess();
  }

  /// Lets go of all pods and leaves them running.
  @Override
  public void close() {
    relist.close();
    workers.values().forEach(PodWorker::close);
    tools.volumes().close();
  }

  /// An object that the pod's volumes show has changed.
  private void refresh(String uid) {
    PodWorker worker = workers.get(uid);
    if (worker != null) {
      worker.refresh();
    }
  }

  private void wake(String uid) {
    PodWorker worker = workers.get(uid);
    if (worker != null) {
      worker.wake();
    }
  }

  private void orphan(String uid) {
    PodWorker worker = workers.get(uid);
    if (worker != null) {
      worker.orphan();
    }
  }

  private PodWorker begin(Pod pod) {
    String uid = pod.getMetadata().getUid();
    var worker = new PodWorker(tools, pod, () -> ended(uid));
    worker.start();
    return worker;
  }

  private void ended(String uid) {
    PodWorker worker = workers.remove(uid);
    if (worker != null && worker.isStatic()) {
      successors.values().stream()
          .filter(pod -> Key.of(pod).equals(Key.of(worker.pod())))
          .findFirst()
          .map(pod -> successors.remove(pod.getMetadata().getUid()))
          .ifPresent(this::beginStatic);
      onMirrors.run();
    }
  }

  private static PodWorker updated(PodWorker worker, Pod pod) {
    worker.update(pod);
    return worker;
  }
}
