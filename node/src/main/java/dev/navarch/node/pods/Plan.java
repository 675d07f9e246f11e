package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What brings a pod from what the runtime shows to what its spec asks for. Deciding is a pure
/// function; the worker acts.
sealed interface Plan {

  /// Nothing is left to run: stop the sandbox, keep the containers for their logs and statuses.
  record Finish() implements Plan {}

  /// Stop what runs, then make a sandbox, then plan again.
  record NewSandbox(int attempt) implements Plan {}

  /// @param start in this order; back-off and images decide when
  record Run(List<Container> start, List<Kill> kill) implements Plan {}

  /// @param why the event's message
  /// @param grace in seconds, if a probe states its own
  record Kill(Seen container, Container spec, String why, @Nullable Long grace) {}

  static Plan of(Pod pod, Observation seen, Health health) {
    Optional<PodSandboxStatus> usable = usableSandbox(pod, seen);
    if (usable.isEmpty()) {
      boolean over = !seen.containers().isEmpty() && appsAreOver(pod, seen);
      int attempt = seen.sandbox().map(old -> old.getMetadata().getAttempt() + 1).orElse(0);
      return over ? new Finish() : new NewSandbox(attempt);
    }
    return new Step(pod, seen, health, usable.get().getId()).plan();
  }

  private static Optional<PodSandboxStatus> usableSandbox(Pod pod, Observation seen) {
    long ready = seen.sandboxes().stream().filter(Observation::isReady).count();
    return seen.readySandbox()
        .filter(
            sandbox ->
                ready == 1
                    && (SandboxConfigs.isHostNetwork(pod)
                        || !sandbox.getNetwork().getIp().isEmpty()));
  }

  private static boolean appsAreOver(Pod pod, Observation seen) {
    boolean initFailed =
        pod.getSpec().getInitContainers().stream()
            .filter(init -> !Containers.isSidecar(init))
            .anyMatch(
                init ->
                    seen.container(init.getName())
                        .filter(c -> failedForGood(pod, init, c))
                        .isPresent());
    return initFailed
        || pod.getSpec().getContainers().stream()
            .allMatch(
                container ->
                    seen.container(container.getName())
                        .filter(last -> isOver(pod, container, last))
                        .isPresent());
  }

  private static boolean isOver(Pod pod, Container container, Seen last) {
    return last.hasExited() && !Containers.restarts(pod, container, last.status().getExitCode());
  }

  /// An init container is run until it succeeds, unless the pod never restarts anything.
  private static boolean failedForGood(Pod pod, Container init, Seen last) {
    int code = last.status().getExitCode();
    return last.hasExited() && code != 0 && !Containers.restarts(pod, init, code);
  }

  /// One decision over a usable sandbox.
  final class Step {
    private final Pod pod;
    private final Observation seen;
    private final Health health;
    private final String sandbox;
    private final List<Container> start = new ArrayList<>();
    private final List<Kill> kill = new ArrayList<>();

    private Step(Pod pod, Observation seen, Health health, String sandbox) {
      this.pod = pod;
      this.seen = seen;
      this.health = health;
      this.sandbox = sandbox;
    }

    private Plan plan() {
      boolean begun =
          pod.getSpec().getContainers().stream().anyMatch(c -> current(c.getName()).isPresent());
      if (begun) {
        if (appsAreOver(pod, seen)) {
          return new Finish();
        }
        pod.getSpec().getInitContainers().stream()
            .filter(Containers::isSidecar)
            .forEach(this::keepRunning);
      } else {
        switch (initialise()) {
          case FAILED -> {
            return new Finish();
          }
          case WAITING -> {
            startDebuggers();
            return new Run(start, kill);
          }
          case DONE -> {}
        }
      }
      pod.getSpec().getContainers().forEach(this::keepRunning);
      startDebuggers();
      return new Run(start, kill);
    }

    private enum Initialisation {
      WAITING,
      FAILED,
      DONE
    }

    private Initialisation initialise() {
      for (Container init : pod.getSpec().getInitContainers()) {
        Optional<Seen> last = current(init.getName());
        if (Containers.isSidecar(init)) {
          keepRunning(init);
          if (last.filter(Seen::isRunning).filter(c -> health.isStarted(init, c.id())).isEmpty()) {
            return Initialisation.WAITING;
          }
        } else if (last.isPresent() && failedForGood(pod, init, last.get())) {
          return Initialisation.FAILED;
        } else if (last.filter(c -> c.hasExited() && c.status().getExitCode() == 0).isEmpty()) {
          if (last.filter(Seen::isRunning).isEmpty()) {
            start.add(init);
          }
          return Initialisation.WAITING;
        }
      }
      return Initialisation.DONE;
    }

    private void keepRunning(Container container) {
      Optional<Seen> newest = seen.container(container.getName());
      if (newest.isEmpty()) {
        start.add(container);
        return;
      }
      Seen last = newest.get();
      if (last.isRunning() && last.sandboxId().equals(sandbox)) {
        toKill(container, last).ifPresent(kill::add);
      } else if (!isOver(pod, container, last)) {
        start.add(container);
      }
    }

    private Optional<Kill> toKill(Container container, Seen running) {
      String name = container.getName();
      String hash = running.status().getAnnotationsOrDefault(CriNames.HASH, "");
      boolean never = "Never".equals(pod.getSpec().getRestartPolicy());
      String after = never ? "" : ", will be restarted";
      if (!never && !hash.isEmpty() && !hash.equals(Containers.hash(container))) {
        String why = "Container %s definition changed, will be restarted".formatted(name);
        return Optional.of(new Kill(running, container, why, null));
      }
      if (!health.isAlive(running.id())) {
        String why = "Container %s failed liveness probe%s".formatted(name, after);
        return Optional.of(new Kill(running, container, why, own(container.getLivenessProbe())));
      }
      if (health.failedToStart(container, running.id())) {
        String why = "Container %s failed startup probe%s".formatted(name, after);
        return Optional.of(new Kill(running, container, why, own(container.getStartupProbe())));
      }
      return Optional.empty();
    }

    private static @Nullable Long own(@Nullable Probe probe) {
      return probe == null ? null : probe.getTerminationGracePeriodSeconds();
    }

    private void startDebuggers() {
      Containers.ephemeral(pod)
          .filter(debugger -> seen.container(debugger.getName()).isEmpty())
          .forEach(start::add);
    }

    private Optional<Seen> current(String name) {
      return seen.container(name).filter(container -> container.sandboxId().equals(sandbox));
    }
  }
}
