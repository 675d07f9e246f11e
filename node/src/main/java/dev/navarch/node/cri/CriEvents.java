package dev.navarch.node.cri;

import dev.navarch.node.cri.v1.ContainerEventResponse;
import dev.navarch.node.cri.v1.GetEventsRequest;
import java.util.function.Consumer;

/// The interface's own event stream, as CRI-O and newer versions of containerd have it.
final class CriEvents {
  private CriEvents() {}

  static EventStream.Source<ContainerEventResponse> source(Consumer<String> hint) {
    return new EventStream.Source<>(
        "runtime.v1.RuntimeService/GetContainerEvents",
        GetEventsRequest.getDefaultInstance(),
        GetEventsRequest.getDefaultInstance(),
        ContainerEventResponse.getDefaultInstance(),
        event -> hint.accept(event.getContainerId()));
  }
}
