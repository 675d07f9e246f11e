package dev.navarch.node.cri;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.navarch.node.cri.events.Envelope;
import dev.navarch.node.cri.events.SubscribeRequest;
import dev.navarch.node.cri.events.TaskEvent;
import java.util.Optional;
import java.util.function.Consumer;

/// containerd's own event stream, on the socket that also serves CRI: an exit is heard in
/// milliseconds, also by versions whose CRI has no events yet.
final class ContainerdEvents {
  private static final SubscribeRequest TASKS =
      SubscribeRequest.newBuilder()
          .addFilters("namespace==k8s.io,topic~=\"^/tasks/(exit|oom)$\"")
          .build();

  private ContainerdEvents() {}

  static EventStream.Source<Envelope> source(Consumer<String> hint) {
    return new EventStream.Source<>(
        "containerd.services.events.v1.Events/Subscribe",
        TASKS,
        SubscribeRequest.getDefaultInstance(),
        Envelope.getDefaultInstance(),
        event -> container(event).ifPresent(hint));
  }

  /// Commands inside a container end, too: those are no news of the container.
  private static Optional<String> container(Envelope event) {
    try {
      var task = TaskEvent.parseFrom(event.getEvent().getValue());
      boolean isCommand =
          event.getTopic().equals("/tasks/exit")
              && !task.getId().isEmpty()
              && !task.getId().equals(task.getContainerId());
      return isCommand ? Optional.empty() : Optional.of(task.getContainerId());
    } catch (InvalidProtocolBufferException unknown) {
      return Optional.of(ContainerRuntime.Activity.ANYTHING);
    }
  }
}
