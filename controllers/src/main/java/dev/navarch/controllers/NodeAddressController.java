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
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Gives every node that has an agent a range of addresses for its pods, the next free one of the
/// cluster's. Ranges that nodes hold already are left alone; one that becomes free is reused as
/// late as possible.
final class NodeAddressController implements Reconciler<Node> {
  private static final Resource<Node> NODES = Resource.of(Node.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  private final Lister<Node> nodes;
  private final Cluster cluster;
  private final EventRecorder events;
  private final AddressRanges ranges;

  /// What was given and may not show in the cache yet.
  private final Map<Key, String> given = new ConcurrentHashMap<>();

  private int next;

  private NodeAddressController(
      Informers on, Cluster cluster, EventRecorder events, AddressRanges ranges) {
    this.nodes = on.lister(NODES);
    this.cluster = cluster;
    this.events = events.as("cidrAllocator");
    this.ranges = ranges;
  }

  /// @param range all pod addresses of the cluster: `10.40.0.0/16`
  /// @param nodeMask the prefix length of one node's part: 24
  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, String range, int nodeMask) {
    var ranges = AddressRanges.parse(range, nodeMask);
    return Controller.of(NODES, new NodeAddressController(on, cluster, events, ranges))
        .name("node_ipam_controller");
  }

  @Override
  public Result reconcile(Node node) {
    Key key = Key.of(node);
    if (node.getSpec() != null && node.getSpec().getPodCIDR() != null) {
      given.remove(key);
      return Result.done();
    }
    if (Pods.isDeleting(node) || !hasAgent(node)) {
      return Result.done();
    }
    Optional<String> free = Optional.ofNullable(given.get(key)).or(this::nextFree);
    if (free.isEmpty()) {
      events.normal(
          node,
          "CIDRNotAvailable",
          "Node %s status is now: CIDRNotAvailable".formatted(key.name()));
      return Result.after(LOOK_AGAIN);
    }
    given.put(key, free.get());
    assign(node, free.get());
    return Result.done();
  }

  /// Whether something that runs pods has ever told of itself: a node that somebody only wrote down
  /// has none to give addresses to.
  private static boolean hasAgent(Node node) {
    return Optional.ofNullable(node.getStatus())
        .map(NodeStatus::getNodeInfo)
        .map(NodeSystemInfo::getKubeletVersion)
        .filter(version -> !version.isEmpty())
        .isPresent();
  }

  @Override
  public Result gone(Key key) {
    given.remove(key);
    return Result.done();
  }

  private Optional<String> nextFree() {
    Set<Integer> used = new HashSet<>();
    nodes.all().map(NodeAddressController::held).forEach(held -> note(held, used));
    note(given.values(), used);
    for (int tried = 0; tried < ranges.count(); tried++) {
      int candidate = (next + tried) % ranges.count();
      if (!used.contains(candidate)) {
        next = (candidate + 1) % ranges.count();
        return Optional.of(ranges.text(candidate));
      }
    }
    return Optional.empty();
  }

  private void note(Iterable<String> held, Set<Integer> used) {
    held.forEach(text -> ranges.touchedBy(text).forEach(used::add));
  }

  private static Set<String> held(Node node) {
    Set<String> held = new HashSet<>();
    if (node.getSpec() != null) {
      held.addAll(node.getSpec().getPodCIDRs());
      Optional.ofNullable(node.getSpec().getPodCIDR()).ifPresent(held::add);
    }
    return held;
  }

  private void assign(Node node, String range) {
    var patch = Objects.emptyDocument();
    patch.putObject("metadata").put("uid", node.getMetadata().getUid());
    patch.putObject("spec").put("podCIDR", range).putArray("podCIDRs").add(range);
    var merge = new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch));
    cluster.patch(NODES, Key.of(node), merge, "");
  }
}
