package dev.navarch.scheduler;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A node with the pods that are on it or on their way to it. Belongs to the scheduling thread.
public final class NodeView {
  private Node node;
  private Amounts allocatable;
  private Map<String, Long> images;
  private Amounts requested = Amounts.NONE;
  private Amounts load = Amounts.NONE;
  private final Map<String, PodView> pods = new LinkedHashMap<>();
  private final Map<String, PodView> podsWithAffinity = new LinkedHashMap<>();
  private final Set<String> hostPorts = new HashSet<>();

  NodeView(Node node) {
    this.node = node;
    this.allocatable = allocatableOf(node);
    this.images = imagesOf(node);
  }

  void update(Node changed) {
    node = changed;
    allocatable = allocatableOf(changed);
    images = imagesOf(changed);
  }

  void add(PodView pod) {
    remove(pod.uid());
    pods.put(pod.uid(), pod);
    requested = requested.plus(pod.requests());
    load = load.plus(pod.load());
    if (pod.affinity().isPresent()) {
      podsWithAffinity.put(pod.uid(), pod);
    }
    hostPorts.addAll(pod.hostPorts());
  }

  void remove(String uid) {
    PodView gone = pods.remove(uid);
    if (gone != null) {
      podsWithAffinity.remove(uid);
      requested = requested.minus(gone.requests());
      load = load.minus(gone.load());
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

  /// Its pods together, as {@link PodView#load} counts them.
  public Amounts load() {
    return load;
  }

  public Collection<PodView> pods() {
    return pods.values();
  }

  /// Those of its pods that say which pods they want near or far.
  public Collection<PodView> podsWithAffinity() {
    return podsWithAffinity.values();
  }

  /// Bytes of the images that are there, by each of their names.
  public Map<String, Long> images() {
    return images;
  }

  public Set<String> hostPorts() {
    return hostPorts;
  }

  private static Amounts allocatableOf(Node node) {
    return node.getStatus() == null ? Amounts.NONE : Amounts.of(node.getStatus().getAllocatable());
  }

  private static Map<String, Long> imagesOf(Node node) {
    Map<String, Long> sizes = new HashMap<>();
    if (node.getStatus() != null && node.getStatus().getImages() != null) {
      for (ContainerImage image : node.getStatus().getImages()) {
        long size = image.getSizeBytes() == null ? 0 : image.getSizeBytes();
        image.getNames().forEach(name -> sizes.put(name, size));
      }
    }
    return sizes;
  }
}
