package dev.navarch.scheduler;

import dev.navarch.scheduler.devices.DeviceSelectors;
import dev.navarch.scheduler.devices.DevicesView;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// All nodes with their pods, and what else decisions look at, kept up to date change by change on
/// the scheduling thread. Pods that were given a node and are not bound yet count as being there.
public final class Snapshot {
  private final Map<String, NodeView> nodes = new LinkedHashMap<>();
  private final Map<String, String> nodeOfPod = new HashMap<>();
  private final Map<String, Map<String, PodView>> orphansByNode = new HashMap<>();
  private final Map<String, Promise> promises = new LinkedHashMap<>();
  private final Map<String, Map<String, String>> namespaces = new HashMap<>();
  private final StorageView storage = new StorageView();
  private final DevicesView devices;
  private List<NodeView> list = List.of();

  /// A node on which room is being made for a pod.
  private record Promise(PodView pod, String node) {}

  Snapshot(DeviceSelectors selectors) {
    this.devices = new DevicesView(selectors);
  }

  public List<NodeView> nodes() {
    return list;
  }

  public Optional<NodeView> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Map<String, String> namespaceLabels(String namespace) {
    return namespaces.getOrDefault(namespace, Map.of());
  }

  public StorageView storage() {
    return storage;
  }

  public DevicesView devices() {
    return devices;
  }

  void put(Node node) {
    NodeView known = nodes.get(node.getMetadata().getName());
    if (known != null) {
      known.update(node);
      return;
    }
    NodeView view = new NodeView(node);
    nodes.put(view.name(), view);
    list = List.copyOf(nodes.values());
    Map<String, PodView> waiting = orphansByNode.remove(view.name());
    if (waiting != null) {
      waiting.values().forEach(view::add);
    }
  }

  void removeNode(String name) {
    NodeView gone = nodes.remove(name);
    if (gone != null) {
      list = List.copyOf(nodes.values());
      gone.pods().forEach(pod -> orphans(name).put(pod.uid(), pod));
    }
  }

  void put(Namespace namespace) {
    Map<String, String> labels = namespace.getMetadata().getLabels();
    namespaces.put(namespace.getMetadata().getName(), labels == null ? Map.of() : labels);
  }

  void removeNamespace(String name) {
    namespaces.remove(name);
  }

  void place(PodView pod, String node) {
    promises.remove(pod.uid());
    String before = nodeOfPod.put(pod.uid(), node);
    if (before != null && !before.equals(node)) {
      takeFrom(before, pod.uid());
    }
    NodeView view = nodes.get(node);
    if (view != null) {
      view.add(pod);
    } else {
      orphans(node).put(pod.uid(), pod);
    }
  }

  void removePod(String uid) {
    promises.remove(uid);
    String node = nodeOfPod.remove(uid);
    if (node != null) {
      takeFrom(node, uid);
    }
  }

  boolean holds(String podUid) {
    return nodeOfPod.containsKey(podUid);
  }

  void promise(PodView pod, String node) {
    promises.put(pod.uid(), new Promise(pod, node));
  }

  Optional<NodeView> promisedTo(PodView pod) {
    Promise promise = promises.get(pod.uid());
    return promise == null ? Optional.empty() : node(promise.node());
  }

  /// Decides something about a pod as if those that were promised a node, and do not yield to it,
  /// were there.
  <T> T withPromisesKept(PodView pod, Supplier<T> decide) {
    List<Promise> kept =
        promises.values().stream()
            .filter(promise -> !promise.pod().uid().equals(pod.uid()))
            .filter(promise -> promise.pod().priority() >= pod.priority())
            .filter(promise -> nodes.containsKey(promise.node()))
            .toList();
    kept.forEach(promise -> node(promise.node()).ifPresent(node -> node.add(promise.pod())));
    try {
      return decide.get();
    } finally {
      kept.forEach(promise -> takeFrom(promise.node(), promise.pod().uid()));
    }
  }

  private void takeFrom(String node, String uid) {
    NodeView view = nodes.get(node);
    if (view != null) {
      view.remove(uid);
      return;
    }
    orphans(node).remove(uid);
    if (orphans(node).isEmpty()) {
      orphansByNode.remove(node);
    }
  }

  private Map<String, PodView> orphans(String node) {
    return orphansByNode.computeIfAbsent(node, name -> new LinkedHashMap<>());
  }
}
