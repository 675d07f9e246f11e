package dev.navarch.scheduler;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A node with the pods that are on it or on their way to it. Belongs to the scheduling thread.
public final class NodeView {
  private Node node;
  private Amounts allocatable;
  private Amounts requested = Amounts.NONE;
  private final Map<String, PodView> pods = new LinkedHashMap<>();
  private final Set<String> hostPorts = new HashSet<>();

  NodeView(Node node) {
    this.node = node;
    this.allocatable = allocatableOf(node);
  }

  void update(Node changed) {
    node = changed;
    allocatable = allocatableOf(changed);
  }

  void add(PodView pod) {
    remove(pod.uid());
    pods.put(pod.uid(), pod);
    requested = requested.plus(pod.requests());
    hostPorts.addAll(pod.hostPorts());
  }

  void remove(String uid) {
    PodView gone = pods.remove(uid);
    if (gone != null) {
      requested = requested.minus(gone.requests());
      if (!gone.hostPorts().isEmpty()) {
        hostPorts.clear();
        pods.values().forEach(pod -> hostPorts.addAll(pod.hostPorts()));
      }
    }
  }

  public String name() {
    return node.getMetadata().getName();
  }

  public Node node() {
    return node;
  }

  public Map<String, String> labels() {
    return node.getMetadata().getLabels() == null ? Map.of() : node.getMetadata().getLabels();
  }

  public List<Taint> taints() {
    return node.getSpec() == null || node.getSpec().getTaints() == null
        ? List.of()
        : node.getSpec().getTaints();
  }

  public boolean isUnschedulable() {
    return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
  }

  public Amounts allocatable() {
    return allocatable;
  }

  public Amounts requested() {
    return requested;
  }

  public Collection<PodView> pods() {
    return pods.values();
  }

  public Set<String> hostPorts() {
    return hostPorts;
  }

  private static Amounts allocatableOf(Node node) {
    return node.getStatus() == null ? Amounts.NONE : Amounts.of(node.getStatus().getAllocatable());
  }
}
