package dev.navarch.node.pods;

import dev.navarch.node.probes.Probes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Has the running containers of one pod probed, and no others. One thread uses it.
final class ProbedContainers {
  private final PodTools tools;
  private final Runnable wake;
  private final Set<String> probed = new HashSet<>();
  private boolean adopted;

  /// @param wake is called when an answer has changed
  ProbedContainers(PodTools tools, Runnable wake) {
    this.tools = tools;
    this.wake = wake;
  }

  /// Takes over, once, what an agent before this one knew of readiness.
  void adopt(Pod pod, Observation seen) {
    if (adopted) {
      return;
    }
    adopted = true;
    if (pod.getStatus() == null) {
      return;
    }
    for (var status : pod.getStatus().getContainerStatuses()) {
      seen.container(status.getName())
          .filter(Observation.Seen::isRunning)
          .filter(c -> String.valueOf(status.getContainerID()).endsWith("://" + c.id()))
          .ifPresent(
              c ->
                  tools
                      .probes()
                      .adopt(
                          c.id(),
                          Boolean.TRUE.equals(status.getStarted()),
                          Boolean.TRUE.equals(status.getReady())));
    }
  }

  /// Begins with containers that run since the last call, unless the pod is ending, and forgets
  /// those that run no more.
  void follow(Pod pod, Observation seen, boolean ending) {
    Set<String> running = new HashSet<>();
    seen.running()
        .forEach(
            container -> {
              running.add(container.id());
              if (ending) {
                tools.probes().ending(container.id());
              }
              Optional<Container> spec = Containers.named(pod, container.name());
              if (spec.isPresent() && !ending && probed.add(container.id())) {
                var since = Instant.ofEpochSecond(0, container.status().getStartedAt());
                String ip =
                    SandboxConfigs.isHostNetwork(pod)
                        ? tools.config().nodeIp().getHostAddress()
                        : seen.podIps().stream().findFirst().orElse("");
                var subject = new Probes.Subject(pod, spec.get(), container.id(), ip, since);
                tools.probes().watch(subject, wake);
              }
            });
    probed.removeIf(
        id -> {
          boolean over = !running.contains(id);
          if (over) {
            tools.probes().forget(id);
          }
          return over;
        });
  }

  void close() {
    probed.forEach(tools.probes()::forget);
  }
}
