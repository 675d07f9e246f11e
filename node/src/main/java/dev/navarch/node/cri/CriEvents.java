package dev.navarch.node.cri;

import dev.navarch.node.cri.v1.ContainerEventResponse;
import dev.navarch.node.cri.v1.ContainerEventType;
import dev.navarch.node.cri.v1.GetEventsRequest;
import java.util.Set;
import java.util.function.Consumer;

/// The interface's own event stream, as CRI-O and newer versions of containerd have it.
final class CriEvents {
  /// Starts are this agent's own doing.
  private static final Set<ContainerEventType> ENDS =
      Set.of(
          ContainerEventType.CONTAINER_STOPPED_EVENT, ContainerEventType.CONTAINER_DELETED_EVENT);

  private CriEvents() {}

  static EventStream.Source<ContainerEventResponse> source(Consumer<String> hint) {
    return new EventStream.Source<>(
        "runtime.v1.RuntimeService/GetContainerEvents",
        GetEventsRequest.getDefaultInstance(),
        GetEventsRequest.getDefaultInstance(),
        ContainerEventResponse.getDefaultInstance(),
        event -> {
          if (ENDS.contains(event.getContainerEventType())) {
            hint.accept(event.getContainerId());
          }
        });
  }
}
