package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  /// @param grace in seconds, if it is not the pod's
  record Kill(Seen container, Container spec, String why, @Nullable Long grace, Purpose purpose) {}

  /// What a container is killed for.
  enum Purpose {
    /// It is not well; its policy decides what follows.
    ILL,
    /// It is made anew, whatever its policy.
    REPLACE,
    /// All containers are restarted together: at once, without hooks.
    NEW_LIFE
  }

  /// @param replaced the ids of containers that were ended to be made anew, whatever their policy
  static Plan of(Pod pod, Observation all, Health health, Set<String> replaced) {
    List<Seen> outlived = all.outlived(pod);
    if (!outlived.isEmpty()) {
      return new Run(
          List.of(), outlived.stream().flatMap(old -> endLife(pod, old).stream()).toList());
    }
    Observation seen = all.current(pod);
    Optional<PodSandboxStatus> usable = usableSandbox(pod, seen);
    if (usable.isEmpty()) {
      boolean over = !seen.containers().isEmpty() && appsAreOver(pod, seen, replaced);
      int attempt = seen.sandbox().map(old -> old.getMetadata().getAttempt() + 1).orElse(0);
      return over ? new Finish() : new NewSandbox(attempt);
    }
    return new Step(pod, seen, health, replaced, usable.get().getId()).plan();
  }

  /// All containers restart together: quickly, without hooks and grace.
  private static Optional<Kill> endLife(Pod pod, Seen old) {
    String why = "Container %s will be restarted with all others of its pod".formatted(old.name());
    return Containers.named(pod, old.name())
        .map(spec -> new Kill(old, spec, why, 0L, Purpose.NEW_LIFE));
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

  private static boolean appsAreOver(Pod pod, Observation seen, Set<String> replaced) {
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
                        .filter(last -> isOver(pod, container, last, replaced))
                        .isPresent());
  }

  private static boolean isOver(Pod pod, Container container, Seen last, Set<String> replaced) {
    return last.hasExited()
        && !replaced.contains(last.id())
        && Restarts.after(pod, container, last.status().getExitCode()) == Restarts.NONE;
  }

  /// An init container is run until it succeeds, unless its policy says otherwise.
  private static boolean failedForGood(Pod pod, Container init, Seen last) {
    int code = last.status().getExitCode();
    return last.hasExited() && code != 0 && Restarts.after(pod, init, code) == Restarts.NONE;
  }

  /// One decision over a usable sandbox.
  final class Step {
    private final Pod pod;
    private final Observation seen;
    private final Health health;
    private final Set<String> replaced;
    private final String sandbox;
    private final List<Container> start = new ArrayList<>();
    private final List<Kill> kill = new ArrayList<>();

    private Step(Pod pod, Observation seen, Health health, Set<String> replaced, String sandbox) {
      this.pod = pod;
      this.seen = seen;
      this.health = health;
      this.replaced = replaced;
      this.sandbox = sandbox;
    }

    private Plan plan() {
      boolean begun =
          pod.getSpec().getContainers().stream().anyMatch(c -> current(c.getName()).isPresent());
      if (begun) {
        if (appsAreOver(pod, seen, replaced)) {
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
      } else if (!isOver(pod, container, last, replaced)) {
        start.add(container);
      }
    }

    private Optional<Kill> toKill(Container container, Seen running) {
      String name = container.getName();
      String hash = running.status().getAnnotationsOrDefault(CriNames.HASH, "");
      if (!hash.isEmpty() && !hash.equals(Containers.hash(container))) {
        String why = "Container %s definition changed, will be restarted".formatted(name);
        return Optional.of(new Kill(running, container, why, null, Purpose.REPLACE));
      }
      String after = Restarts.afterKill(pod, container) ? ", will be restarted" : "";
      if (!health.isAlive(running.id())) {
        String why = "Container %s failed liveness probe%s".formatted(name, after);
        return Optional.of(
            new Kill(running, container, why, own(container.getLivenessProbe()), Purpose.ILL));
      }
      if (health.failedToStart(container, running.id())) {
        String why = "Container %s failed startup probe%s".formatted(name, after);
        return Optional.of(
            new Kill(running, container, why, own(container.getStartupProbe()), Purpose.ILL));
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
