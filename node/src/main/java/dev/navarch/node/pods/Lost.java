package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.util.List;

/// Containers of an ended pod whose end nobody saw: they count as failed, so that no pod ends in
/// success by being forgotten.
final class Lost {
  private Lost() {}

  static void mark(List<ContainerStatus> statuses) {
    statuses.stream().filter(status -> !hasEnded(status)).forEach(Lost::mark);
  }

  /// Init containers after the last one that was begun stay as they are: they never ran.
  static void markButTail(List<ContainerStatus> inits) {
    for (int i = inits.size() - 1; i >= 0; i--) {
      ContainerStatus init = inits.get(i);
      boolean begun = init.getContainerID() != null || Boolean.TRUE.equals(init.getStarted());
      if (begun) {
        mark(inits.subList(0, i + 1));
        return;
      }
    }
  }

  private static boolean hasEnded(ContainerStatus status) {
    return status.getState() != null && status.getState().getTerminated() != null;
  }

  private static void mark(ContainerStatus status) {
    ContainerState state =
        new ContainerStateBuilder()
            .withNewTerminated()
            .withReason("ContainerStatusUnknown")
            .withMessage("The container could not be located when the pod was terminated")
            .withExitCode(137)
            .endTerminated()
            .build();
    status.setState(state);
    status.setReady(false);
    status.setStarted(false);
  }
}
