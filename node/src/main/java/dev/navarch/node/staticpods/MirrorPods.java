package dev.navarch.node.staticpods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.DeleteOptions;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.node.pods.Mirrors;
import dev.navarch.node.pods.StaticWorkers;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows static pods in the API: a mirror for each that runs here, made again when somebody deletes
/// it, gone when its pod is. Deleting a mirror never ends the pod.
public final class MirrorPods implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorPods.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final Cluster cluster;
  private final StaticWorkers workers;
  private final OwnerReference owner;
  private final Semaphore calls = new Semaphore(1);
  private final Set<String> told = new HashSet<>();
  private final Thread thread;

  /// @param node as it was registered: it owns its mirrors
  public MirrorPods(Cluster cluster, StaticWorkers workers, Node node) {
    this.cluster = cluster;
    this.workers = workers;
    this.owner =
        new OwnerReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(node.getMetadata().getName())
            .withUid(node.getMetadata().getUid())
            .withController(true)
            .build();
    this.thread = Thread.ofVirtual().name("mirror pods").unstarted(this::run);
  }

  public void start() {
    workers.onMirrors(calls::release);
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (true) {
        calls.tryAcquire(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        calls.drainPermits();
        reconcile();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void reconcile() {
    Map<Key, Pod> statics = new HashMap<>();
    workers
        .pods()
        .forEach(
            pod -> statics.merge(Key.of(pod), pod, (one, other) -> isDeleting(one) ? other : one));
    for (Pod mirror : workers.mirrors().all()) {
      Pod pod = statics.get(Key.of(mirror));
      if (pod == null || (workers.mirrors().of(pod).isEmpty() && !isDeleting(pod))) {
        attempt(mirror, () -> remove(mirror));
      }
    }
    List<Pod> unseen =
        statics.values().stream()
            .filter(pod -> !isDeleting(pod) && workers.mirrors().of(pod).isEmpty())
            .toList();
    unseen.forEach(pod -> attempt(pod, () -> cluster.create(PODS, mirrorOf(pod))));
  }

  private void remove(Pod mirror) {
    var options = new DeleteOptions(Duration.ZERO, null, mirror.getMetadata().getUid(), null);
    cluster.delete(PODS, Key.of(mirror), options);
  }

  private Pod mirrorOf(Pod pod) {
    Pod mirror = Objects.copy(pod);
    var meta = mirror.getMetadata();
    Map<String, String> annotations = new HashMap<>(meta.getAnnotations());
    annotations.put(Mirrors.MIRROR, meta.getUid());
    meta.setAnnotations(annotations);
    meta.setUid(null);
    meta.setGeneration(null);
    meta.setOwnerReferences(List.of(owner));
    mirror.setStatus(null);
    return mirror;
  }

  /// The API may be away, or may not take the pod: said once, and tried again later.
  private void attempt(Pod pod, Runnable call) {
    try {
      call.run();
    } catch (ApiException e) {
      boolean settled = e.isNotFound() || e.isConflict() || e.isAlreadyExists();
      if (!settled && told.add(Key.of(pod) + ": " + e.getMessage())) {
        LOG.atWarn()
            .addKeyValue("pod", Key.of(pod))
            .addKeyValue("reason", e.getMessage())
            .log("mirror of a static pod could not be brought to the API, trying again");
      }
    }
  }

  private static boolean isDeleting(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }
}
