package dev.navarch.node.pods;

import dev.navarch.client.Cluster;
import dev.navarch.client.Informers.Change;
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
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// All pods of this node, one worker each, known by uid: a pod that was deleted and made anew under
/// its old name is another one.
public final class PodWorkers implements AutoCloseable {
  private final PodTools tools;
  private final WorkersByUid workers;
  private final StaticWorkers statics;
  private final Sweep sweep;
  private final Relist relist;

  private PodWorkers(PodTools tools) {
    this.tools = tools;
    this.workers = new WorkersByUid(tools);
    this.statics = new StaticWorkers(workers, tools.mirrors(), tools.clock());
    this.sweep = new Sweep(tools, workers);
    this.relist =
        new Relist(tools.runtime(), tools.clock(), uid -> workers.call(uid, PodWorker::wake));
    tools.volumes().onChange(uid -> workers.call(uid, PodWorker::refresh));
    tools
        .admission()
        .preemptBy(uid -> workers.call(uid, worker -> worker.evict(Failure.preempted())));
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
      statics.mirrorChanged(change);
      return;
    }
    if (before != null && !before.getMetadata().getUid().equals(uid)) {
      workers.call(before.getMetadata().getUid(), PodWorker::orphan);
    }
    if (change.now() == null) {
      workers.call(uid, PodWorker::orphan);
    } else {
      workers.put(pod);
    }
  }

  /// The pods that do not come from the API.
  public StaticWorkers statics() {
    return statics;
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
    return sweep.endStrays(known);
  }

  /// Takes away what is left of pods that are gone.
  ///
  /// @param known as above
  public void removeLeftovers(Supplier<Optional<Set<String>>> known) {
    sweep.removeLeftovers(known);
  }

  /// The pods as the node knows them now.
  public List<Pod> pods() {
    return workers.all().map(PodWorker::pod).toList();
  }

  /// The volumes of this node's pods.
  public Volumes volumes() {
    return tools.volumes();
  }

  /// Ends a pod because the node runs short.
  public void evict(String podUid, String message, Duration grace) {
    workers.call(podUid, worker -> worker.evict(Failure.evicted(message, grace)));
  }

  /// Ends a pod because the machine goes down.
  public void terminate(String podUid, String message, Duration grace) {
    workers.call(podUid, worker -> worker.evict(Failure.terminated(message, grace)));
  }

  /// Ends a pod that takes more of the node's disk than it may.
  public void endOverLimit(String podUid, String message) {
    workers.call(podUid, worker -> worker.evict(Failure.overLimit(message)));
  }

  /// Devices have changed, or their health: pods that have some say so.
  public void devicesChanged() {
    workers
        .all()
        .filter(worker -> tools.admission().provision().hasDevices(worker.pod()))
        .forEach(PodWorker::wake);
  }

  /// A driver of devices has come: pods may have waited for it.
  public void driversChanged() {
    workers
        .all()
        .filter(worker -> !ResourceClaims.entries(worker.pod()).isEmpty())
        .forEach(PodWorker::wake);
  }

  /// Whether nothing of a pod runs here any more.
  public boolean hasEnded(String podUid) {
    return workers.find(podUid).map(PodWorker::hasEnded).orElse(true);
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
    workers.all().forEach(PodWorker::close);
    tools.volumes().close();
  }
}
