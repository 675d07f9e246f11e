package dev.navarch.node.pods;

import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Ends all that runs of a pod: its ordinary containers at once, then its sidecars, the last
/// started first, all within one grace period.
record PodEnd(Stops stops) {

  /// Returns whether anything still runs.
  boolean stopRunning(Pod pod, Observation seen, Duration grace) {
    stops.observe(seen);
    List<Seen> running = seen.running().toList();
    String ip = seen.podIps().stream().findFirst().orElse("");
    for (Seen container : running) {
      Container spec =
          Containers.named(pod, container.name())
              .orElseGet(() -> new ContainerBuilder().withName(container.name()).build());
      Set<String> after = new HashSet<>();
      rank(pod, container)
          .ifPresent(
              rank ->
                  running.stream()
                      .filter(other -> rank(pod, other).map(own -> own > rank).orElse(true))
                      .map(Seen::id)
                      .forEach(after::add));
      stops.stop(
          pod,
          new Stops.Order(
              spec, container, grace, after, true, "Stopping container " + container.name()),
          ip);
    }
    return !running.isEmpty();
  }

  /// A sidecar's place among the init containers; empty for others, which wait for nobody.
  private static Optional<Integer> rank(Pod pod, Seen container) {
    List<Container> inits = pod.getSpec().getInitContainers();
    for (int i = 0; i < inits.size(); i++) {
      if (inits.get(i).getName().equals(container.name()) && Containers.isSidecar(inits.get(i))) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }
}
