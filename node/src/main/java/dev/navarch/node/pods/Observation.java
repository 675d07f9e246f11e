package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.ContainerStatus;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxState;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
  }

  static Observation of(ContainerRuntime runtime, String podUid) {
    List<PodSandboxStatus> sandboxes = new ArrayList<>();
    for (PodSandbox sandbox : runtime.sandboxes(podUid)) {
      runtime.sandboxStatus(sandbox.getId()).ifPresent(sandboxes::add);
    }
    sandboxes.sort(Comparator.comparingLong(PodSandboxStatus::getCreatedAt).reversed());
    List<Seen> containers = new ArrayList<>();
    for (Container container : runtime.containers(podUid)) {
      runtime
          .containerStatus(container.getId())
          .ifPresent(status -> containers.add(new Seen(container.getPodSandboxId(), status)));
    }
    containers.sort(
        Comparator.comparingLong((Seen seen) -> seen.status().getCreatedAt()).reversed());
    return new Observation(List.copyOf(sandboxes), List.copyOf(containers));
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
