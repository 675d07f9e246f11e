package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The workers of this node's pods: one for each uid, from when the pod is heard of until it is
/// gone.
final class WorkersByUid {
  private final PodTools tools;
  private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
  private volatile Consumer<PodWorker> onEnd = worker -> {};

  WorkersByUid(PodTools tools) {
    this.tools = tools;
  }

  /// @param listener is given each worker whose pod is gone
  void onEnd(Consumer<PodWorker> listener) {
    onEnd = listener;
  }

  /// Begins a pod, or tells its worker what it is by now.
  void put(Pod pod) {
    workers.compute(
        pod.getMetadata().getUid(),
        (uid, worker) -> {
          if (worker == null) {
            return begin(pod);
          }
          worker.update(pod);
          return worker;
        });
  }

  /// Begins a pod, unless it has a worker.
  void add(Pod pod) {
    workers.computeIfAbsent(pod.getMetadata().getUid(), uid -> begin(pod));
  }

  /// Ends a pod that nobody knows, unless it has a worker.
  void addOrphan(Pod pod) {
    workers.computeIfAbsent(
        pod.getMetadata().getUid(),
        uid -> {
          PodWorker worker = begin(pod);
          worker.orphan();
          return worker;
        });
  }

  /// Calls a pod's worker, if it has one.
  void call(String uid, Consumer<PodWorker> call) {
    find(uid).ifPresent(call);
  }

  Optional<PodWorker> find(String uid) {
    return Optional.ofNullable(workers.get(uid));
  }

  Stream<PodWorker> all() {
    return workers.values().stream();
  }

  /// The uids of all pods, as they are now and change.
  Set<String> uids() {
    return workers.keySet();
  }

  private PodWorker begin(Pod pod) {
    String uid = pod.getMetadata().getUid();
    var worker = new PodWorker(tools, pod, () -> ended(uid));
    worker.start();
    return worker;
  }

  private void ended(String uid) {
    PodWorker worker = workers.remove(uid);
    if (worker != null) {
      onEnd.accept(worker);
    }
  }
}
