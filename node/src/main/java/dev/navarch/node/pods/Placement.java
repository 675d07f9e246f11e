package dev.navarch.node.pods;

import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Tolerations;
import dev.navarch.node.eviction.Candidate;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Whether a pod may be on this node as the node is now: its pressure, labels and taints.
///
/// @param pressures node conditions that hold now, as `DiskPressure`
/// @param node as the API shows it; empty as long as it does not
record Placement(Supplier<Set<String>> pressures, Supplier<Optional<Node>> node) {
  private static final String MEMORY_PRESSURE = "MemoryPressure";
  private static final Taint MEMORY_TAINT =
      new Taint("NoSchedule", "node.kubernetes.io/memory-pressure", null, "");

  Optional<Admission.Rejection> refusal(Pod pod) {
    return underPressure(pod).or(() -> misplaced(pod));
  }

  private Optional<Admission.Rejection> underPressure(Pod pod) {
    Set<String> now = pressures.get();
    if (now.isEmpty() || Candidate.isCritical(pod)) {
      return Optional.empty();
    }
    if (now.equals(Set.of(MEMORY_PRESSURE))
        && (Amounts.Qos.of(pod) != Amounts.Qos.BEST_EFFORT || tolerates(pod, MEMORY_TAINT))) {
      return Optional.empty();
    }
    return Optional.of(
        new Admission.Rejection(
            "Evicted", "The node had condition: [%s]. ".formatted(String.join(" ", now))));
  }

  private Optional<Admission.Rejection> misplaced(Pod pod) {
    Optional<Node> shown = node.get();
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    var meta = shown.get().getMetadata();
    Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
    if (!NodeSelectors.admits(pod.getSpec(), meta.getName(), labels)) {
      return Optional.of(
          predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
    }
    boolean isStatic = Candidate.isStatic(pod);
    List<Taint> taints =
        shown.get().getSpec() == null ? List.of() : shown.get().getSpec().getTaints();
    boolean driven =
        taints.stream()
            .filter(taint -> "NoExecute".equals(taint.getEffect()))
            .anyMatch(taint -> !tolerates(pod, taint));
    return driven && !isStatic
        ? Optional.of(
            predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"))
        : Optional.empty();
  }

  private static boolean tolerates(Pod pod, Taint taint) {
    return pod.getSpec().getTolerations().stream()
        .anyMatch(each -> Tolerations.tolerates(each, taint));
  }

  static Admission.Rejection predicate(String name, String why) {
    return new Admission.Rejection(name, "Predicate %s failed: %s".formatted(name, why));
  }
}
