package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
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
record PodStatuses(String runtimeName, List<String> hostIps, Health health) {

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
    var containers = new ContainerStatuses(pod, seen, waiting, resizes, health, runtimeName);
    List<Container> inits = pod.getSpec().getInitContainers();
    boolean initialised = initialised(pod, seen);
    PodStatus status = new PodStatus();
    status.setInitContainerStatuses(
        inits.stream().map(c -> containers.of(c, "PodInitializing", true)).toList());
    String pending = initialised ? "ContainerCreating" : "PodInitializing";
    status.setContainerStatuses(
        pod.getSpec().getContainers().stream().map(c -> containers.of(c, pending, false)).toList());
    status.setEphemeralContainerStatuses(
        Containers.ephemeral(pod).map(c -> containers.of(c, "ContainerCreating", false)).toList());
    status.setPhase(
        failure != null
            ? "Failed"
            : phase(pod, status.getInitContainerStatuses(), status.getContainerStatuses(), before));
    if (isFinal(status) && seen.running().findAny().isPresent()) {
      status.setPhase(before.getPhase() == null ? "Pending" : before.getPhase());
    }
    if (failure != null) {
      status.setReason(failure.reason());
      status.setMessage(failure.message());
    }
    addresses(status, pod, seen, before);
    status.setQosClass(Amounts.Qos.of(pod).title());
    status.setStartTime(
        Optional.ofNullable(before.getStartTime())
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString()));
    status.setObservedGeneration(pod.getMetadata().getGeneration());
    boolean network =
        seen.readySandbox().isPresent()
            && (!seen.podIps().isEmpty() || SandboxConfigs.isHostNetwork(pod));
    status.setConditions(new Conditions(pod, status, before, now).all(network, initialised));
    resizes.condition(pod, before, now).ifPresent(status.getConditions()::add);
    return status;
  }

  /// The status of a pod whose containers have all ended for good.
  PodStatus last(
      Pod pod,
      Observation seen,
      Resizes resizes,
      @Nullable Failure failure,
      PodStatus before,
      Instant now) {
    PodStatus status = of(pod, seen, Map.of(), resizes, failure, before, now);
    if ("Pending".equals(status.getPhase()) || "Running".equals(status.getPhase())) {
      boolean good =
          status.getContainerStatuses().stream()
              .allMatch(c -> exitCode(c).filter(code -> code == 0).isPresent());
      status.setPhase(good ? "Succeeded" : "Failed");
      status.setConditions(
          new Conditions(pod, status, before, now).all(false, initialised(pod, seen)));
    }
    return status;
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

  private String phase(
      Pod pod, List<ContainerStatus> inits, List<ContainerStatus> containers, PodStatus before) {
    if ("Succeeded".equals(before.getPhase()) || "Failed".equals(before.getPhase())) {
      return before.getPhase();
    }
    boolean never = "Never".equals(pod.getSpec().getRestartPolicy());
    boolean always =
        pod.getSpec().getRestartPolicy() == null
            || "Always".equals(pod.getSpec().getRestartPolicy());
    boolean anyBegun = containers.stream().anyMatch(c -> !isWaiting(c) || hasLast(c));
    for (int i = 0; i < inits.size(); i++) {
      Container spec = pod.getSpec().getInitContainers().get(i);
      ContainerStatus init = inits.get(i);
      boolean done =
          Containers.isSidecar(spec)
              ? Boolean.TRUE.equals(init.getStarted()) || anyBegun
              : exitCode(init).filter(code -> code == 0).isPresent() || anyBegun;
      if (!done) {
        boolean failed =
            exitCode(init)
                .filter(code -> code != 0 && !Containers.restarts(pod, spec, code))
                .isPresent();
        return failed && !Containers.isSidecar(spec) ? "Failed" : "Pending";
      }
    }
    long waiting = containers.stream().filter(c -> isWaiting(c) && !hasLast(c)).count();
    long running = containers.stream().filter(c -> c.getState().getRunning() != null).count();
    boolean allSucceeded =
        containers.stream().allMatch(c -> exitCode(c).filter(code -> code == 0).isPresent());
    boolean restarting = containers.stream().anyMatch(c -> willRestart(pod, c));
    if (waiting > 0) {
      return "Pending";
    }
    if (running > 0 || always || restarting) {
      return "Running";
    }
    return allSucceeded ? "Succeeded" : never || !restarting ? "Failed" : "Running";
  }

  private static boolean willRestart(Pod pod, ContainerStatus status) {
    return Containers.named(pod, status.getName())
        .map(
            spec ->
                isWaiting(status)
                    || exitCode(status)
                        .filter(code -> Containers.restarts(pod, spec, code))
                        .isPresent())
        .orElse(false);
  }

  private static boolean isWaiting(ContainerStatus status) {
    return status.getState().getWaiting() != null;
  }

  private static boolean hasLast(ContainerStatus status) {
    return status.getLastState() != null && status.getLastState().getTerminated() != null;
  }

  private static Optional<Integer> exitCode(ContainerStatus status) {
    return Optional.ofNullable(status.getState().getTerminated())
        .map(io.fabric8.kubernetes.api.model.ContainerStateTerminated::getExitCode);
  }
}
