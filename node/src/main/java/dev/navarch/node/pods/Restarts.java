package dev.navarch.node.pods;

import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/// What follows the end of a container: its own rules decide first, then its own policy, then its
/// pod's.
enum Restarts {
  NONE,
  ITSELF,
  /// Every container of the pod, from the first init container on.
  ALL;

  static Restarts after(Pod pod, Container container, int exitCode) {
    for (ContainerRestartRule rule : container.getRestartPolicyRules()) {
      var codes = rule.getExitCodes();
      if (codes != null
          && codes.getValues().contains(exitCode) == "In".equals(codes.getOperator())) {
        return "RestartAllContainers".equals(rule.getAction()) ? ALL : ITSELF;
      }
    }
    return switch (policy(pod, container)) {
      case "Never" -> NONE;
      case "OnFailure" -> exitCode == 0 ? NONE : ITSELF;
      default -> ITSELF;
    };
  }

  /// Whether a container that was killed because it is not well comes back.
  static boolean afterKill(Pod pod, Container container) {
    return after(pod, container, 137) != NONE;
  }

  /// Whether this end restarts the whole pod.
  static boolean all(Pod pod, Seen ended) {
    Optional<Container> spec = Containers.named(pod, ended.name());
    return ended.hasExited()
        && spec.filter(c -> after(pod, c, ended.status().getExitCode()) == ALL).isPresent();
  }

  private static String policy(Pod pod, Container container) {
    String own = container.getRestartPolicy();
    String policy = own != null ? own : pod.getSpec().getRestartPolicy();
    return policy == null ? "Always" : policy;
  }
}
