package dev.navarch.node.pods;

import dev.navarch.client.Informers.Change;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The pods of this node that do not come from the API, and what the API shows of them. One that
/// follows on another of its name waits until that one has ended.
public final class StaticWorkers {
  private final WorkersByUid workers;
  private final Mirrors mirrors;
  private final InstantSource clock;
  private final Map<String, Pod> successors = new ConcurrentHashMap<>();
  private volatile Runnable onMirrors = () -> {};

  StaticWorkers(WorkersByUid workers, Mirrors mirrors, InstantSource clock) {
    this.workers = workers;
    this.mirrors = mirrors;
    this.clock = clock;
    workers.onEnd(this::ended);
  }

  /// Begins a pod. One that has its name has to end first.
  public void begin(Pod pod) {
    boolean waits =
        workers
            .all()
            .anyMatch(worker -> Key.of(worker.pod()).equals(Key.of(pod)) && worker.isStatic());
    if (waits) {
      successors.put(pod.getMetadata().getUid(), pod);
    } else {
      workers.add(pod);
      onMirrors.run();
    }
  }

  /// Ends it, with its grace.
  public void end(String uid) {
    successors.remove(uid);
    workers.call(uid, worker -> worker.update(deleted(worker.pod())));
  }

  /// Those that have begun, as the node knows them now.
  public List<Pod> pods() {
    return workers.all().map(PodWorker::pod).filter(Mirrors::isStatic).toList();
  }

  /// What the API shows of them.
  public Mirrors mirrors() {
    return mirrors;
  }

  /// @param listener is called when static pods, or their mirrors, have changed
  public void onMirrors(Runnable listener) {
    onMirrors = listener;
  }

  void mirrorChanged(Change<Pod> change) {
    Pod before = change.before();
    if (before != null) {
      mirrors.remove(before);
    }
    if (change.now() != null) {
      mirrors.put(change.now());
    }
    workers
        .all()
        .filter(worker -> Key.of(worker.pod()).equals(Key.of(change.either())))
        .forEach(PodWorker::wake);
    onMirrors.run();
  }

  private void ended(PodWorker worker) {
    if (worker.isStatic()) {
      successors.values().stream()
          .filter(pod -> Key.of(pod).equals(Key.of(worker.pod())))
          .findFirst()
          .map(pod -> successors.remove(pod.getMetadata().getUid()))
          .ifPresent(this::begin);
      onMirrors.run();
    }
  }

  private Pod deleted(Pod pod) {
    Long grace = pod.getSpec().getTerminationGracePeriodSeconds();
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp(clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
        .withDeletionGracePeriodSeconds(grace == null ? 30L : grace)
        .endMetadata()
        .build();
  }
}
