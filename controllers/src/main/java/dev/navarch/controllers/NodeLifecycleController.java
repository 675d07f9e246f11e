package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Watches over nodes from outside: says that a silent one is in an unknown state, taints those in
/// trouble, and takes their pods out of service. What becomes of the pods, {@link
/// TaintEvictionController} decides by the taints.
final class NodeLifecycleController implements Reconciler<Node> {
  private static final Resource<Node> NODES = Resource.of(Node.class);
  private static final String LEASES = "kube-node-lease";
  private static final Duration GRACE = Duration.ofSeconds(40);
  private static final Duration STARTUP_GRACE = Duration.ofSeconds(60);

  private final Lister<Node> nodes;
  private final Lister<Lease> leases;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;
  private final EvictionPace pace = new EvictionPace();
  private final Map<String, NodeHealth> health = new ConcurrentHashMap<>();

  private NodeLifecycleController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.nodes = on.lister(NODES);
    this.leases = on.lister(Lease.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.events = events.as("node-controller");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    return Controller.of(NODES, new NodeLifecycleController(on, cluster, events, clock))
        .name("node_lifecycle_controller")
        .watches(
            Lease.class,
            lease ->
                lease.getMetadata().getNamespace().equals(LEASES)
                    ? Stream.of(new Key("", lease.getMetadata().getName()))
                    : Stream.empty())
        .workers(8);
  }

  @Override
  public Result reconcile(Node node) {
    Instant now = clock.instant();
    NodeHealth known = observe(node, now);
    Duration left = Duration.between(now, known.seen().plus(grace(node)));
    Node current = left.isPositive() ? node : silence(node, now);
    Duration wait = taint(current, now);
    takeOutOfService(current, known);
    health.put(Key.of(node).name(), known.withReady(NodeTaints.isReady(current)));
    return Stream.of(left, wait)
        .filter(Duration::isPositive)
        .min(Duration::compareTo)
        .map(Result::after)
        .orElseGet(Result::done);
  }

  @Override
  public Result gone(Key key) {
    NodeHealth known = health.remove(key.name());
    if (known != null) {
      events.record(
          new ObjectReferenceBuilder()
              .withApiVersion("v1")
              .withKind("Node")
              .withName(key.name())
              .withUid(known.uid())
              .build(),
          EventRecorder.Type.NORMAL,
          "RemovingNode",
          "Node %1$s event: Removing Node %1$s from Controller".formatted(key.name()));
    }
    return Result.done();
  }

  private NodeHealth observe(Node node, Instant now) {
    String name = node.getMetadata().getName();
    String uid = node.getMetadata().getUid();
    String sign =
        leases
                .find(LEASES, name)
                .map(lease -> String.valueOf(lease.getSpec().getRenewTime()))
                .orElse("")
            + " "
            + NodeTaints.condition(node, "Ready")
                .map(NodeCondition::getLastHeartbeatTime)
                .orElse("");
    NodeHealth known = health.get(name);
    if (known == null || !known.uid().equals(uid)) {
      events.normal(
          node,
          "RegisteredNode",
          "Node %1$s event: Registered Node %1$s in Controller".formatted(name));
      known = new NodeHealth(uid, sign, now, NodeTaints.isReady(node));
      health.put(name, known);
    } else if (!known.sign().equals(sign)) {
      known = new NodeHealth(uid, sign, now, known.wasReady());
      health.put(name, known);
    }
    return known;
  }

  private static Duration grace(Node node) {
    return NodeTaints.condition(node, "Ready").isPresent() ? GRACE : STARTUP_GRACE;
  }

  private Node silence(Node node, Instant now) {
    var status = NodeHealth.silent(node, now);
    if (status.equals(node.getStatus())) {
      return node;
    }
    Node changed = Objects.copy(node);
    changed.setStatus(status);
    return cluster.updateStatus(changed);
  }

  /// @return when to try again to drive pods away; zero when nothing waits for that
  private Duration taint(Node node, Instant now) {
    EvictionPace.Verdict verdict = pace.ask(node, nodes.all().toList(), now);
    List<Taint> eager = NodeTaints.wanted(node, true, now);
    List<Taint> careful = NodeTaints.wanted(node, false, now);
    return switch (verdict) {
      case EvictionPace.Verdict.Now() -> {
        boolean evicts = eager.size() > careful.size();
        write(node, eager);
        if (evicts) {
          pace.spent(node, now);
        }
        yield Duration.ZERO;
      }
      case EvictionPace.Verdict.Later(Duration wait) -> {
        write(node, careful);
        yield eager.size() > careful.size() ? wait : Duration.ZERO;
      }
      case EvictionPace.Verdict.Never() -> {
        List<Taint> mild = NodeTaints.withoutEviction(careful);
        write(node, mild);
        yield eager.size() > mild.size() ? Duration.ofSeconds(5) : Duration.ZERO;
      }
    };
  }

  private void write(Node node, List<Taint> taints) {
    if (!taints.equals(NodeTaints.of(node))) {
      Node changed = Objects.copy(node);
      if (changed.getSpec() == null) {
        changed.setSpec(new NodeSpec());
      }
      changed.getSpec().setTaints(taints);
      cluster.update(changed);
    }
  }

  /// A silent node's pods cannot be ready, whatever they said last. Those of a node that speaks are
  /// marked once, when it stops being ready: from then on it reports on them itself.
  private void takeOutOfService(Node node, NodeHealth known) {
    String readiness = NodeTaints.readiness(node);
    boolean turned = known.wasReady() && !readiness.equals("True");
    if (turned) {
      String name = node.getMetadata().getName();
      events.normal(node, "NodeNotReady", "Node %s status is now: NodeNotReady".formatted(name));
    }
    if (turned || readiness.equals("Unknown")) {
      pods.onNode(node.getMetadata().getName()).filter(Pods::isReady).forEach(this::markNotReady);
    }
  }

  private void markNotReady(Pod pod) {
    Pod changed = Objects.copy(pod);
    for (var condition : changed.getStatus().getConditions()) {
      if ("Ready".equals(condition.getType())) {
        condition.setStatus("False");
        condition.setLastTransitionTime(Pods.timestamp(clock.instant()));
      }
    }
    PodEnds.unlessGone(() -> cluster.updateStatus(changed));
    events.warning(pod, "NodeNotReady", "Node is not ready");
  }
}
