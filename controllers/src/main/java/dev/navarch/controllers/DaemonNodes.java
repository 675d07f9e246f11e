package dev.navarch.controllers;

import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which nodes a daemon set's pods belong on, and how a pod is tied to one of them: by its affinity
/// to the node's name, so that the scheduler binds it.
final class DaemonNodes {
  private static final String EXISTS = "Exists";
  private static final String NAME = "metadata.name";

  /// What a node is to a daemon set.
  enum Fit {
    /// A pod belongs there.
    RUNS,
    /// Nothing new goes there; what is there may stay.
    KEEPS,
    /// Nothing may be there.
    REFUSES
  }

  private DaemonNodes() {}

  static Fit fit(DaemonSet set, Node node) {
    PodSpec spec = set.getSpec().getTemplate().getSpec();
    String name = node.getMetadata().getName();
    if ((spec.getNodeName() != null && !spec.getNodeName().equals(name))
        || !NodeSelectors.admits(spec, name, Pods.labels(node))) {
      return Fit.REFUSES;
    }
    List<Toleration> tolerations = tolerations(spec);
    boolean drivenAway = repels(node, tolerations, NodeTaints.NO_EXECUTE);
    if (drivenAway) {
      return Fit.REFUSES;
    }
    return repels(node, tolerations, NodeTaints.NO_SCHEDULE) ? Fit.KEEPS : Fit.RUNS;
  }

  /// The node that a pod is on or is meant for.
  static Optional<String> of(Pod pod) {
    if (pod.getSpec().getNodeName() != null && !pod.getSpec().getNodeName().isEmpty()) {
      return Optional.of(pod.getSpec().getNodeName());
    }
    return Stream.ofNullable(required(pod.getSpec().getAffinity()))
        .flatMap(selector -> selector.getNodeSelectorTerms().stream())
        .flatMap(term -> term.getMatchFields().stream())
        .filter(field -> NAME.equals(field.getKey()) && field.getValues().size() == 1)
        .map(field -> field.getValues().getFirst())
        .findFirst();
  }

  static Pod pod(DaemonSet set, PodTemplateSpec template, String hash, String node) {
    Pod pod = Pods.from(template, set);
    Map<String, String> labels = new HashMap<>(Pods.labels(pod));
    labels.put(TemplateHistory.POD_LABEL, hash);
    pod.getMetadata().setLabels(labels);
    pod.getSpec().setTolerations(tolerations(template.getSpec()));
    pod.getSpec().setAffinity(tied(pod.getSpec().getAffinity(), node));
    return pod;
  }

  private static boolean repels(Node node, List<Toleration> tolerations, String effect) {
    return NodeTaints.of(node).stream()
        .filter(taint -> effect.equals(taint.getEffect()))
        .anyMatch(taint -> tolerations.stream().noneMatch(it -> Tolerations.tolerates(it, taint)));
  }

  /// Daemons stay on nodes in trouble, and go to nodes that take nothing else.
  private static List<Toleration> tolerations(PodSpec spec) {
    List<Toleration> all = new ArrayList<>(spec.getTolerations());
    add(all, "not-ready", NodeTaints.NO_EXECUTE);
    add(all, "unreachable", NodeTaints.NO_EXECUTE);
    add(all, "disk-pressure", NodeTaints.NO_SCHEDULE);
    add(all, "memory-pressure", NodeTaints.NO_SCHEDULE);
    add(all, "pid-pressure", NodeTaints.NO_SCHEDULE);
    add(all, "unschedulable", NodeTaints.NO_SCHEDULE);
    if (Boolean.TRUE.equals(spec.getHostNetwork())) {
      add(all, "network-unavailable", NodeTaints.NO_SCHEDULE);
    }
    return all;
  }

  private static void add(List<Toleration> all, String name, String effect) {
    Toleration toleration =
        new TolerationBuilder()
            .withKey("node.kubernetes.io/" + name)
            .withOperator(EXISTS)
            .withEffect(effect)
            .build();
    if (!all.contains(toleration)) {
      all.add(toleration);
    }
  }

  private static Affinity tied(@Nullable Affinity affinity, String node) {
    Affinity tied = affinity == null ? new Affinity() : affinity.toBuilder().build();
    NodeAffinity nodes =
        tied.getNodeAffinity() == null
            ? new NodeAffinity()
            : tied.getNodeAffinity().toBuilder().build();
    nodes.setRequiredDuringSchedulingIgnoredDuringExecution(
        new NodeSelectorBuilder()
            .addNewNodeSelectorTerm()
            .addNewMatchField()
            .withKey(NAME)
            .withOperator("In")
            .withValues(node)
            .endMatchField()
            .endNodeSelectorTerm()
            .build());
    tied.setNodeAffinity(nodes);
    return tied;
  }

  private static @Nullable NodeSelector required(@Nullable Affinity affinity) {
    return affinity == null || affinity.getNodeAffinity() == null
        ? null
        : affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
  }
}
