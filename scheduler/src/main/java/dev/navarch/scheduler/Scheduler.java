package dev.navarch.scheduler;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Informers.Change;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives every pod without a node the best one that fits. One thread decides, over a snapshot that
/// it alone keeps; what it decided is written by others, and counts as done at once.
public final class Scheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final String NAME = "default-scheduler";
  private static final int WRITERS = 64;

  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Snapshot snapshot = new Snapshot();
  private final SchedulingQueue queue;
  private final Cycle cycle;
  private final LinkedBlockingQueue<Runnable> changes = new LinkedBlockingQueue<>();
  private final ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore slots = new Semaphore(WRITERS);
  private volatile boolean closed;
  private @Nullable Thread thread;

  public Scheduler(
      Informers informers,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock,
      RandomGenerator random) {
    this.cluster = cluster;
    this.events = events.as(NAME);
    this.clock = clock;
    this.queue = new SchedulingQueue(clock);
    this.cycle = new Cycle(Plugins.FILTERS, Plugins.SCORES, random);
    informers.onChange(Resource.of(Node.class), change -> changes.add(() -> nodeChanged(change)));
    informers.onChange(PODS, change -> changes.add(() -> podChanged(change)));
  }

  /// Works until closed. Call when the informers have synced.
  public synchronized void start() {
    thread = Thread.ofPlatform().name("scheduler").daemon().start(this::work);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
    writers.close();
  }

  private void work() {
    try {
      while (!closed) {
        applyChanges(false);
        var pod = queue.next();
        if (pod.isPresent()) {
          schedule(pod.get());
        } else {
          applyChanges(true);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes in what the caches have seen.
  ///
  /// @param wait until there is something, or a resting pod wakes
  private void applyChanges(boolean wait) throws InterruptedException {
    if (wait) {
      Duration limit =
          queue
              .nextWake()
              .map(at -> Duration.between(clock.instant(), at))
              .orElse(Duration.ofMinutes(1));
      Runnable first = changes.poll(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
      if (first == null) {
        return;
      }
      apply(first);
    }
    for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
      apply(change);
    }
  }

  private static void apply(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("a change could not be taken in");
    }
  }

  private void nodeChanged(Change<Node> change) {
    Node now = change.now();
    if (now == null) {
      snapshot.removeNode(change.either().getMetadata().getName());
      return;
    }
    snapshot.put(now);
    Node before = change.before();
    if (before == null) {
      queue.happened(ClusterEvent.NODE_ADDED);
      return;
    }
    if (!java.util.Objects.equals(before.getSpec(), now.getSpec())) {
      queue.happened(ClusterEvent.NODE_TAINTS_CHANGED);
    }
    if (!java.util.Objects.equals(
        before.getMetadata().getLabels(), now.getMetadata().getLabels())) {
      queue.happened(ClusterEvent.NODE_LABELS_CHANGED);
    }
    if (!Amounts.of(allocatable(before)).equals(Amounts.of(allocatable(now)))) {
      queue.happened(ClusterEvent.NODE_ALLOCATABLE_CHANGED);
    }
  }

  private static @Nullable Map<String, io.fabric8.kubernetes.api.model.Quantity> allocatable(
      Node node) {
    return node.getStatus() == null ? null : node.getStatus().getAllocatable();
  }

  private void podChanged(Change<Pod> change) {
    Pod now = change.now();
    if (now == null || isFinished(now)) {
      String uid = change.either().getMetadata().getUid();
      queue.remove(uid);
      if (snapshot.holds(uid)) {
        snapshot.removePod(uid);
        queue.happened(ClusterEvent.POD_REMOVED);
      }
      return;
    }
    String node = now.getSpec().getNodeName();
    if (node != null && !node.isEmpty()) {
      boolean known = snapshot.holds(now.getMetadata().getUid());
      queue.remove(now.getMetadata().getUid());
      snapshot.place(PodView.of(now), node);
      queue.happened(known ? ClusterEvent.POD_CHANGED : ClusterEvent.POD_ADDED);
    } else if (isOurs(now) && !snapshot.holds(now.getMetadata().getUid())) {
      queue.put(PodView.of(now));
    }
  }

  private static boolean isFinished(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  private static boolean isOurs(Pod pod) {
    var gates = pod.getSpec().getSchedulingGates();
    String scheduler = pod.getSpec().getSchedulerName();
    return pod.getMetadata().getDeletionTimestamp() == null
        && (gates == null || gates.isEmpty())
        && (scheduler == null || scheduler.isEmpty() || scheduler.equals(NAME));
  }

  private void schedule(PodView pod) throws InterruptedException {
    switch (cycle.decide(pod, snapshot)) {
      case Cycle.Decision.Fits(String node) -> {
        snapshot.place(pod, node);
        slots.acquire();
        writers.execute(() -> bind(pod, node));
      }
      case Cycle.Decision.NoNode(String message, var retryOn) -> {
        queue.unschedulable(pod, retryOn);
        slots.acquire();
        writers.execute(() -> report(pod, message));
      }
    }
  }

  private void bind(PodView pod, String node) {
    try {
      var binding =
          new BindingBuilder()
              .withNewMetadata()
              .withNamespace(pod.namespace())
              .withName(pod.name())
              .withUid(pod.uid())
              .endMetadata()
              .withNewTarget()
              .withApiVersion("v1")
              .withKind("Node")
              .withName(node)
              .endTarget()
              .build();
      cluster.post(PODS, Key.of(pod.pod()), "binding", Objects.tree(binding));
      events.normal(
          pod.pod(), "Scheduled", "Successfully assigned %s to %s".formatted(pod.fullName(), node));
    } catch (ApiException e) {
      changes.add(() -> bindFailed(pod, e));
    } finally {
      slots.release();
    }
  }

  private void bindFailed(PodView pod, ApiException why) {
    snapshot.removePod(pod.uid());
    if (why.isNotFound()) {
      queue.remove(pod.uid());
      return;
    }
    LOG.atWarn()
        .addKeyValue("pod", pod.fullName())
        .addKeyValue("reason", why.getMessage())
        .log("pod not bound");
    queue.retryLater(pod);
  }

  /// Tells the user why a pod waits: an event each time, the condition when it changes.
  private void report(PodView pod, String message) {
    try {
      events.warning(pod.pod(), "FailedScheduling", message);
      Pod current = pod.pod();
      boolean told =
          current.getStatus() != null
              && current.getStatus().getConditions() != null
              && current.getStatus().getConditions().stream()
                  .anyMatch(
                      condition ->
                          "PodScheduled".equals(condition.getType())
                              && message.equals(condition.getMessage()));
      if (!told) {
        cluster.patch(
            PODS,
            Key.of(current),
            new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, condition(pod.uid(), message)),
            "status");
      }
    } catch (ApiException e) {
      LOG.atDebug()
          .addKeyValue("pod", pod.fullName())
          .addKeyValue("reason", e.getMessage())
          .log("condition not written");
    } finally {
      slots.release();
    }
  }

  private byte[] condition(String uid, String message) {
    var condition =
        new PodConditionBuilder()
            .withType("PodScheduled")
            .withStatus("False")
            .withReason("Unschedulable")
            .withMessage(message)
            .withLastTransitionTime(
                Instant.ofEpochSecond(clock.instant().getEpochSecond()).toString())
            .build();
    return Objects.write(
        Map.of("metadata", Map.of("uid", uid), "status", Map.of("conditions", List.of(condition))));
  }
}
