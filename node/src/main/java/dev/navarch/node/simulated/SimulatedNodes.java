package dev.navarch.node.simulated;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Metrics;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Nodes whose pods are ready at once, without containers: `simulated-1`, `simulated-2`… All of
/// them share one cache of pods and two queues, so that a thousand cost little more than one.
public final class SimulatedNodes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SimulatedNodes.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final int POD_WORKERS = 32;
  private static final int NODE_WORKERS = 8;
  private static final int TRIES_FOR_A_RANGE = 8;

  private final Cluster cluster;
  private final InstantSource clock;
  private final Lister<Pod> pods;
  private final Lister<Node> nodes;
  private final Map<String, SimulatedNode> byName = new HashMap<>();
  private final PodAddresses addresses = new PodAddresses();
  private final WorkQueue<Key> waitingPods;
  private final WorkQueue<String> waitingNodes;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public SimulatedNodes(int count, Informers informers, Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
    this.pods = informers.lister(Pod.class);
    this.nodes = informers.lister(Node.class);
    this.waitingPods = new WorkQueue<>("simulated-pods", clock, Metrics.NONE);
    this.waitingNodes = new WorkQueue<>("simulated-nodes", clock, Metrics.NONE);
    for (int number = 1; number <= count; number++) {
      SimulatedNode node = new SimulatedNode(number, count, cluster, clock);
      byName.put(node.name(), node);
    }
    if (count > 0) {
      informers.onChange(PODS, this::podChanged);
    }
  }

  /// Registers the nodes and works until closed. Call when the informers have synced.
  public void start() {
    if (byName.isEmpty()) {
      return;
    }
    byName.keySet().forEach(waitingNodes::add);
    for (int i = 0; i < NODE_WORKERS; i++) {
      threads.execute(() -> work(waitingNodes, this::tendNode));
    }
    for (int i = 0; i < POD_WORKERS; i++) {
      threads.execute(() -> work(waitingPods, this::tendPod));
    }
  }

  @Override
  public void close() {
    waitingPods.shutDown();
    waitingNodes.shutDown();
    threads.shutdownNow();
    threads.close();
  }

  private void podChanged(Informers.Change<Pod> change) {
    Pod pod = change.either();
    String node = pod.getSpec().getNodeName();
    if (node == null || !byName.containsKey(node)) {
      return;
    }
    String uid = pod.getMetadata().getUid();
    if (change.now() == null) {
      addresses.release(node, uid);
      return;
    }
    String address = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
    if (address != null && !address.isEmpty()) {
      addresses.adopt(node, address, uid);
    }
    waitingPods.add(Key.of(pod));
  }

  private static <K> void work(WorkQueue<K> queue, Consumer<K> tend) {
    try {
      for (Optional<K> next = queue.take(); next.isPresent(); next = queue.take()) {
        K key = next.get();
        try {
          tend.accept(key);
          queue.forget(key);
        } catch (ApiException | Unready e) {
          LOG.atDebug().addKeyValue("key", key).addKeyValue("reason", e.getMessage()).log("again");
          queue.retry(key);
        } catch (RuntimeException e) {
          LOG.atError().addKeyValue("key", key).setCause(e).log("simulation failed");
          queue.retry(key);
        } finally {
          queue.done(key);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tendNode(String name) {
    SimulatedNode node = java.util.Objects.requireNonNull(byName.get(name));
    waitingNodes.addAfter(name, node.tend(nodes.find("", name)));
  }

  private void tendPod(Key key) {
    Optional<SimulatedPod> found = pods.find(key).map(SimulatedPod::new);
    if (found.isEmpty() || found.get().isGivenUp()) {
      return;
    }
    SimulatedPod pod = found.get();
    Instant now = clock.instant();
    if (pod.isDeleting()) {
      if (pod.isAwaited() && !pod.isFinished()) {
        write(pod, pod.killed(now));
      }
      remove(key, pod);
    } else if (!pod.isStarted()) {
      String node = pod.pod().getSpec().getNodeName();
      String uid = pod.pod().getMetadata().getUid();
      write(pod, pod.running(addresses.give(node, rangeOf(node, key), uid), now));
    } else if (!pod.isFinished()) {
      goOn(key, pod, now);
    }
  }

  private void goOn(Key key, SimulatedPod pod, Instant now) {
    try {
      Optional<Instant> end = pod.end();
      if (end.isPresent() && !end.get().isAfter(now)) {
        write(pod, pod.succeeded(now));
        return;
      }
      end.ifPresent(at -> waitingPods.addAfter(key, Duration.between(now, at)));
      pod.readinessMoved(now).ifPresent(status -> write(pod, status));
    } catch (IllegalArgumentException e) {
      write(pod, pod.failed("InvalidSimulatedDuration", String.valueOf(e.getMessage()), now));
    }
  }

  /// The range that the node was given. One that gets none has its own out of addresses that nobody
  /// routes, since a cluster may have more nodes than ranges.
  private String rangeOf(String name, Key pod) {
    Optional<String> given =
        nodes.find("", name).map(node -> node.getSpec()).map(spec -> spec.getPodCIDR());
    if (given.isEmpty() && waitingPods.failures(pod) < TRIES_FOR_A_RANGE) {
      throw new Unready(name + " has no pod range yet");
    }
    return given.orElseGet(() -> java.util.Objects.requireNonNull(byName.get(name)).ownRange());
  }

  private void write(SimulatedPod pod, PodStatus status) {
    byte[] body =
        Objects.write(
            Map.of("metadata", Map.of("uid", pod.pod().getMetadata().getUid()), "status", status));
    var patch = new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, body);
    ifThere(() -> cluster.patch(PODS, Key.of(pod.pod()), patch, "status"));
  }

  private void remove(Key key, SimulatedPod pod) {
    String uid = pod.pod().getMetadata().getUid();
    var now = new Cluster.DeleteOptions(Duration.ZERO, null, uid, null);
    ifThere(() -> cluster.delete(PODS, key, now));
  }

  private static void ifThere(Runnable write) {
    try {
      write.run();
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /// Something is missing that will come.
  private static final class Unready extends RuntimeException {
    Unready(String message) {
      super(message);
    }
  }
}
