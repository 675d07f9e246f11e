package dev.navarch.tests.nodes;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Pods of all sorts that come to a node and are taken away from it all the time, by a seed. It
/// remembers which container ids it saw run in those that nobody asked to end.
final class Churn implements AutoCloseable {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final int MOST = 12;
  private static final int LONGEST_PAUSE = 300;

  private final Cluster api;
  private final String namespace;
  private final String node;
  private final Random random;
  private final List<String> alive = new ArrayList<>();
  private final Map<String, String> seenRunning = new ConcurrentHashMap<>();
  private final Thread thread;
  private int made;
  private volatile boolean closed;

  Churn(Cluster api, String namespace, String node, long seed) {
    this.api = api;
    this.namespace = namespace;
    this.node = node;
    this.random = new Random(seed);
    this.thread = Thread.ofVirtual().name("churn").start(this::run);
  }

  /// Stops coming and going; what is there stays.
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(Duration.ofMinutes(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many pods it made.
  int made() {
    return made;
  }

  /// The ids of containers that hold until they are asked to end, and were not: by pod name.
  Map<String, String> mustStillRun() {
    Map<String, String> still = new TreeMap<>(seenRunning);
    still.keySet().retainAll(alive);
    return still;
  }

  private void run() {
    try {
      while (!closed) {
        step();
        Thread.sleep(random.nextInt(LONGEST_PAUSE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void step() {
    alive.forEach(this::look);
    boolean more = alive.size() < 2 || (alive.size() < MOST && random.nextInt(5) < 3);
    if (more) {
      String name = "churn-" + made++;
      api.create(pod(name));
      alive.add(name);
    } else {
      String name = alive.remove(random.nextInt(alive.size()));
      Duration grace = Duration.ofSeconds(random.nextInt(3));
      try {
        api.delete(
            PODS, new Key(namespace, name), new Cluster.DeleteOptions(grace, null, null, null));
      } catch (ApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
  }

  /// A container that runs and is meant to go on must not be replaced by another one.
  private void look(String name) {
    api.find(PODS, new Key(namespace, name))
        .filter(pod -> pod.getMetadata().getLabels().getOrDefault("sort", "").startsWith("steady"))
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .map(Pod::getStatus)
        .flatMap(status -> status.getContainerStatuses().stream().findFirst())
        .filter(status -> status.getState().getRunning() != null)
        .ifPresent(status -> seenRunning.putIfAbsent(name, status.getContainerID()));
  }

  private Pod pod(String name) {
    Sort sort = Sort.values()[random.nextInt(Sort.values().length)];
    return Serialization.unmarshal(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: %s, labels: {sort: %s}}
        spec:
          nodeName: %s
          terminationGracePeriodSeconds: 2
          %s
        """
            .formatted(
                name,
                namespace,
                sort.name().toLowerCase(java.util.Locale.ROOT),
                node,
                sort.spec.replace("IMAGE", '"' + RealCluster.IMAGE + '"').replace("\n", "\n  ")),
        Pod.class);
  }

  /// What a pod can be like, as far as it matters to what it leaves behind.
  private enum Sort {
    STEADY("containers: [{name: main, image: IMAGE, command: [hold]}]"),
    STEADY_WITH_MOUNTS(
        """
        volumes: [{name: m, emptyDir: {medium: Memory}}, {name: d, emptyDir: {}}, {name: s, secret: {secretName: hidden}}]
        containers:
        - name: main
          image: IMAGE
          command: [hold]
          volumeMounts: [{name: m, mountPath: /m}, {name: d, mountPath: /d, subPath: a/b}, {name: s, mountPath: /s}]\
        """),
    STEADY_WITH_SIDECAR(
        """
        initContainers: [{name: side, image: IMAGE, command: [hold], restartPolicy: Always}]
        containers: [{name: main, image: IMAGE, command: [hold]}]\
        """),
    TWO(
        "containers: [{name: main, image: IMAGE, command: [hold]}, {name: other, image: IMAGE,"
            + " command: [hold]}]"),
    SHORT(
        """
        restartPolicy: Never
        containers: [{name: main, image: IMAGE, command: [sleep, "1"]}]\
        """),
    CRASHING(
        """
        restartPolicy: OnFailure
        containers: [{name: main, image: IMAGE, command: [sh, -c, "sleep 1; exit 3"]}]\
        """),
    STUBBORN(
        "containers: [{name: main, image: IMAGE, command: [sh, -c, \"trap '' TERM; while :; do"
            + " sleep 1; done\"]}]"),
    OF_NODE(
        """
        hostNetwork: true
        containers: [{name: main, image: IMAGE, command: [hold]}]\
        """);

    private final String spec;

    Sort(String spec) {
      this.spec = spec;
    }
  }
}
