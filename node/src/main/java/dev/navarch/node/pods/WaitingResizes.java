package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Pods that wait for room to grow in, in upstream's order: first those that free something, then
/// by priority, by class of service, and by how long they have waited.
final class WaitingResizes {
  private static final String NEVER = "9999";
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /// @param latest what the pod asks for by now
  /// @param granted is called when it has got it
  record Entry(Supplier<Pod> latest, Runnable granted) {
    Pod pod() {
      return latest.get();
    }
  }

  /// One that waits already keeps its place.
  void put(String podUid, Supplier<Pod> latest, Runnable granted) {
    entries.put(podUid, new Entry(latest, granted));
  }

  void remove(String podUid) {
    entries.remove(podUid);
  }

  boolean has(String podUid) {
    return entries.containsKey(podUid);
  }

  /// @param grows whether a pod asks for more of anything than it has
  List<Entry> inOrder(Predicate<Pod> grows) {
    return entries.values().stream()
        .sorted(
            Comparator.comparing((Entry each) -> grows.test(each.pod()))
                .thenComparingLong(each -> -priority(each.pod()))
                .thenComparing(each -> Amounts.Qos.of(each.pod()))
                .thenComparing(each -> since(each.pod())))
        .toList();
  }

  private static long priority(Pod pod) {
    Integer stated = pod.getSpec().getPriority();
    return stated == null ? 0 : stated;
  }

  /// As the API shows it: so an agent after this one knows it, too.
  private static String since(Pod pod) {
    return pod.getStatus() == null
        ? NEVER
        : pod.getStatus().getConditions().stream()
            .filter(condition -> condition.getType().equals("PodResizePending"))
            .map(condition -> String.valueOf(condition.getLastTransitionTime()))
            .findFirst()
            .orElse(NEVER);
  }
}
