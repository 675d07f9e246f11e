package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A pod's status as the node sees it: a function of what the runtime shows, what the probes say,
/// and what stands in the way.
record PodStatuses(String runtimeName, List<String> hostIps, Health health, Provision provision) {

  /// @param before the status that was written last; what others wrote into it is kept
  /// @param failure why the node ended the pod; null when it did not
  PodStatus of(
      Pod pod,
      Observation seen,
      Map<String, Waiting> waiting,
      Resizes resizes,
      @Nullable Failure failure,
      PodStatus before,
      Instant now) {
    var containers =
        new ContainerStatuses(pod, seen, waiting, resizes, health, provision, runtimeName);
    List<Container> inits = pod.getSpec().getInitContainers();
    Observation current = seen.current(pod);
    boolean initialised = initialised(pod, current);
    PodStatus status = new PodStatus();
    status.setInitContainerStatuses(
        inits.stream().map(c -> containers.of(c, "PodInitializing", true)).toList());
    String pending = initialised ? "ContainerCreating" : "PodInitializing";
    status.setContainerStatuses(
        pod.getSpec().getContainers().stream().map(c -> containers.of(c, pending, false)).toList());
    status.setEphemeralContainerStatuses(
        Containers.ephemeral(pod).map(c -> containers.of(c, "ContainerCreating", false)).toList());
    status.setPhase(failure != null ? "Failed" : phase(pod, current, status, before));
    if (isFinal(status) && seen.running().findAny().isPresent()) {
      status.setPhase(before.getPhase() == null ? "Pending" : before.getPhase());
    }
    if (failure != null) {
      status.setReason(failure.reason());
      status.setMessage(failure.message());
      forgetWhatNeverWas(status, seen, before);
    } else if (isFinal(before)) {
      status.setReason(before.getReason());
      status.setMessage(before.getMessage());
    }
    addresses(status, pod, seen, before);
    status.setQosClass(Amounts.Qos.of(pod).title());
    if (failure == null) {
      status.setResources(resizes.whole(pod));
      status.setAllocatedResources(resizes.allocated(pod));
    } else {
      status.setResources(before.getResources());
      status.setAllocatedResources(before.getAllocatedResources());
    }
    status.setStartTime(
        Optional.ofNullable(before.getStartTime())
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString()));
    status.setObservedGeneration(pod.getMetadata().getGeneration());
    boolean network =
        seen.readySandbox().isPresent()
            && (!seen.podIps().isEmpty() || SandboxConfigs.isHostNetwork(pod));
    boolean wasOnce = initialised || seen.life(pod) > 0;
    var conditions = new Conditions(pod, status, before, now);
    status.setConditions(conditions.all(network, wasOnce));
    conditions.restarting(seen).ifPresent(status.getConditions()::add);
    resizes.condition(pod, before, now).ifPresent(status.getConditions()::add);
    if (failure != null) {
      failure.disruption().ifPresent(why -> Conditions.disrupted(pod, why, status, now));
    }
    return status;
  }

  /// The status of a pod whose containers have all ended for good: those that are not to be found
  /// any more are told to be lost.
  PodStatus last(
      Pod pod,
      Observation seen,
      Resizes resizes,
      @Nullable Failure failure,
      PodStatus before,
      Instant now) {
    PodStatus status = of(pod, seen, Map.of(), resizes, failure, before, now);
    boolean initialised = initialised(pod, seen.current(pod));
    if (initialised && !seen.isEmpty()) {
      Lost.mark(status.getContainerStatuses());
    }
    Lost.markButTail(status.getInitContainerStatuses());
    if (!isFinal(status)) {
      boolean good =
          status.getContainerStatuses().stream()
              .allMatch(c -> exitCode(c).filter(code -> code == 0).isPresent());
      status.setPhase(good ? "Succeeded" : "Failed");
    }
    var conditions = new Conditions(pod, status, before, now);
    List<PodCondition> kept = conditions.all(false, initialised || seen.life(pod) > 0);
    status.getConditions().stream()
        .filter(own -> kept.stream().noneMatch(each -> each.getType().equals(own.getType())))
        .forEach(kept::add);
    status.setConditions(kept);
    return status;
  }

  /// A pod that the node did not take has no containers to tell of.
  private static void forgetWhatNeverWas(PodStatus status, Observation seen, PodStatus before) {
    if (seen.isEmpty() && before.getContainerStatuses().isEmpty()) {
      status.setContainerStatuses(List.of());
      status.setInitContainerStatuses(List.of());
    }
  }

  /// No phase is final while anything runs.
  private static boolean isFinal(PodStatus status) {
    return "Succeeded".equals(status.getPhase()) || "Failed".equals(status.getPhase());
  }

  private void addresses(PodStatus status, Pod pod, Observation seen, PodStatus before) {
    status.setHostIP(hostIps.getFirst());
    status.setHostIPs(hostIps.stream().map(HostIP::new).toList());
    List<String> ips = SandboxConfigs.isHostNetwork(pod) ? hostIps : seen.podIps();
    if (ips.isEmpty()) {
      ips = before.getPodIPs().stream().map(PodIP::getIp).toList();
    }
    if (!ips.isEmpty()) {
      status.setPodIP(ips.getFirst());
      status.setPodIPs(ips.stream().map(PodIP::new).toList());
    }
  }

  /// Whether the app containers may run: all init containers are through, or were once.
  private boolean initialised(Pod pod, Observation seen) {
    boolean begun =
        pod.getSpec().getContainers().stream()
            .anyMatch(container -> seen.container(container.getName()).isPresent());
    return begun
        || pod.getSpec().getInitContainers().stream()
            .allMatch(
                init ->
                    seen.container(init.getName())
                        .filter(
                            c ->
                                Containers.isSidecar(init)
                                    ? c.isRunning() && health.isStarted(init, c.id())
                                    : c.hasExited() && c.status().getExitCode() == 0)
                        .isPresent());
  }

  /// @param seen without what belongs to earlier lives of the pod
  private static String phase(Pod pod, Observation seen, PodStatus status, PodStatus before) {
    if (isFinal(before)) {
      return before.getPhase();
    }
    List<ContainerStatus> containers = status.getContainerStatuses();
    boolean anyBegun =
        containers.stream().anyMatch(c -> !isWaiting(c) || seen.container(c.getName()).isPresent());
    for (Container spec : anyBegun ? List.<Container>of() : pod.getSpec().getInitContainers()) {
      ContainerStatus init = named(status.getInitContainerStatuses(), spec.getName());
      Optional<Integer> code = exitCode(init);
      boolean done =
          Containers.isSidecar(spec)
              ? Boolean.TRUE.equals(init.getStarted())
              : code.filter(zero -> zero == 0).isPresent();
      if (!done) {
        boolean failed =
            code.filter(c -> c != 0 && Restarts.after(pod, spec, c) == Restarts.NONE).isPresent();
        return failed ? "Failed" : "Pending";
      }
    }
    boolean anyMissing =
        containers.stream().anyMatch(c -> isWaiting(c) && seen.container(c.getName()).isEmpty());
    if (anyMissing) {
      return "Pending";
    }
    boolean goesOn =
        containers.stream().anyMatch(c -> c.getState().getRunning() != null || comesBack(pod, c));
    if (goesOn) {
      return "Running";
    }
    boolean allSucceeded =
        containers.stream().allMatch(c -> exitCode(c).filter(code -> code == 0).isPresent());
    return allSucceeded ? "Succeeded" : "Failed";
  }

  private static boolean comesBack(Pod pod, ContainerStatus status) {
    return isWaiting(status)
        || Containers.named(pod, status.getName())
            .flatMap(spec -> exitCode(status).map(code -> Restarts.after(pod, spec, code)))
            .filter(after -> after != Restarts.NONE)
            .isPresent();
  }

  private static ContainerStatus named(List<ContainerStatus> statuses, String name) {
    return statuses.stream()
        .filter(status -> status.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isWaiting(ContainerStatus status) {
    return status.getState().getWaiting() != null;
  }

  private static Optional<Integer> exitCode(ContainerStatus status) {
    return Optional.ofNullable(status.getState().getTerminated())
        .map(io.fabric8.kubernetes.api.model.ContainerStateTerminated::getExitCode);
  }
}
