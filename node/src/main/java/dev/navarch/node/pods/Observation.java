package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.ContainerStatus;
import dev.navarch.node.cri.v1.PodSandboxState;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the runtime shows of one pod at one moment.
///
/// @param sandboxes newest first
/// @param containers of all sandboxes, newest first
record Observation(List<PodSandboxStatus> sandboxes, List<Seen> containers) {

  /// A container and the sandbox that it runs in.
  record Seen(String sandboxId, ContainerStatus status) {
    String id() {
      return status.getId();
    }

    String name() {
      return status.getMetadata().getName();
    }

    boolean isRunning() {
      return status.getState() == ContainerState.CONTAINER_RUNNING;
    }

    boolean hasExited() {
      return status.getState() == ContainerState.CONTAINER_EXITED;
    }

    int attempt() {
      return status.getMetadata().getAttempt();
    }

    /// How often all containers of the pod had been restarted together when this one was made.
    int life() {
      return Integer.parseInt(status.getAnnotationsOrDefault(CriNames.LIFE, "0"));
    }
  }

  static Observation of(ContainerRuntime runtime, String podUid) {
    return new Observation(sandboxes(runtime, podUid), containers(runtime, podUid));
  }

  /// After nothing but sandboxes was touched.
  Observation withSandboxesNow(ContainerRuntime runtime, String podUid) {
    return new Observation(sandboxes(runtime, podUid), containers);
  }

  /// After nothing but containers was touched.
  Observation withContainersNow(ContainerRuntime runtime, String podUid) {
    return new Observation(sandboxes, containers(runtime, podUid));
  }

  private static List<PodSandboxStatus> sandboxes(ContainerRuntime runtime, String podUid) {
    return runtime.sandboxes(podUid).stream()
        .flatMap(sandbox -> runtime.sandboxStatus(sandbox.getId()).stream())
        .sorted(Comparator.comparingLong(PodSandboxStatus::getCreatedAt).reversed())
        .toList();
  }

  private static List<Seen> containers(ContainerRuntime runtime, String podUid) {
    List<Seen> containers = new ArrayList<>();
    for (Container container : runtime.containers(podUid)) {
      runtime
          .containerStatus(container.getId())
          .ifPresent(status -> containers.add(new Seen(container.getPodSandboxId(), status)));
    }
    containers.sort(
        Comparator.comparingLong((Seen seen) -> seen.status().getCreatedAt()).reversed());
    return List.copyOf(containers);
  }

  /// The life of the pod that its next container belongs to: an end that restarts all containers
  /// begins another one.
  int life(Pod pod) {
    int newest = containers.stream().mapToInt(Seen::life).max().orElse(0);
    boolean over = containers.stream().anyMatch(c -> c.life() == newest && Restarts.all(pod, c));
    return over ? newest + 1 : newest;
  }

  /// The container whose end began this life, as long as it is known.
  Optional<Seen> trigger(Pod pod) {
    int before = life(pod) - 1;
    return containers.stream().filter(c -> c.life() == before && Restarts.all(pod, c)).findFirst();
  }

  /// What runs on from an earlier life.
  List<Seen> outlived(Pod pod) {
    int life = life(pod);
    return running().filter(container -> container.life() < life).toList();
  }

  /// Whether earlier lives have to end, or have just done so.
  boolean isRestarting(Pod pod) {
    int life = life(pod);
    return life > 0
        && (!outlived(pod).isEmpty() || containers.stream().noneMatch(c -> c.life() == life));
  }

  /// Without what belongs to earlier lives; ephemeral containers live but once.
  Observation current(Pod pod) {
    int life = life(pod);
    Set<String> ephemeral =
        pod.getSpec().getEphemeralContainers().stream()
            .map(EphemeralContainer::getName)
            .collect(Collectors.toSet());
    return new Observation(
        sandboxes,
        containers.stream().filter(c -> c.life() == life || ephemeral.contains(c.name())).toList());
  }

  Optional<PodSandboxStatus> sandbox() {
    return sandboxes.stream().findFirst();
  }

  Optional<PodSandboxStatus> readySandbox() {
    return sandbox().filter(Observation::isReady);
  }

  static boolean isReady(PodSandboxStatus sandbox) {
    return sandbox.getState() == PodSandboxState.SANDBOX_READY;
  }

  /// The newest container of a name.
  Optional<Seen> container(String name) {
    return ofName(name).findFirst();
  }

  /// The one before the newest.
  Optional<Seen> containerBefore(String name) {
    return ofName(name).skip(1).findFirst();
  }

  Stream<Seen> ofName(String name) {
    return containers.stream().filter(seen -> seen.name().equals(name));
  }

  Stream<Seen> running() {
    return containers.stream().filter(Seen::isRunning);
  }

  boolean isEmpty() {
    return sandboxes.isEmpty() && containers.isEmpty();
  }

  List<String> podIps() {
    List<String> ips = new ArrayList<>();
    sandbox()
        .map(PodSandboxStatus::getNetwork)
        .ifPresent(
            network -> {
              if (!network.getIp().isEmpty()) {
                ips.add(network.getIp());
              }
              network.getAdditionalIpsList().forEach(ip -> ips.add(ip.getIp()));
            });
    return ips;
  }
}
