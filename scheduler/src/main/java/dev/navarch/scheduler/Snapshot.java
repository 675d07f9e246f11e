package dev.navarch.scheduler;

import io.fabric8.kubernetes.api.model.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All nodes with their pods, kept up to date change by change on the scheduling thread. Pods that
/// were given a node and are not bound yet count as being there.
public final class Snapshot {
  private final Map<String, NodeView> nodes = new LinkedHashMap<>();
  private final Map<String, String> nodeOfPod = new HashMap<>();
  private final Map<String, PodView> orphans = new HashMap<>();
  private List<NodeView> list = List.of();

  public List<NodeView> nodes() {
    return list;
  }

  public Optional<NodeView> node(String name) {
    return Optional.ofNullable(nodes.get(name));
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
    Collection<PodView> waiting = new ArrayList<>(orphans.values());
    waiting.stream()
        .filter(pod -> view.name().equals(nodeOfPod.get(pod.uid())))
        .forEach(
            pod -> {
              orphans.remove(pod.uid());
              view.add(pod);
            });
  }

  void removeNode(String name) {
    NodeView gone = nodes.remove(name);
    if (gone != null) {
      list = List.copyOf(nodes.values());
      gone.pods().forEach(pod -> orphans.put(pod.uid(), pod));
    }
  }

  void place(PodView pod, String node) {
    String before = nodeOfPod.put(pod.uid(), node);
    if (before != null && !before.equals(node)) {
      node(before).ifPresent(view -> view.remove(pod.uid()));
    }
    node(node).ifPresentOrElse(view -> view.add(pod), () -> orphans.put(pod.uid(), pod));
  }

  void removePod(String uid) {
    String node = nodeOfPod.remove(uid);
    orphans.remove(uid);
    if (node != null) {
      node(node).ifPresent(view -> view.remove(uid));
    }
  }

  boolean holds(String podUid) {
    return nodeOfPod.containsKey(podUid);
  }
}
