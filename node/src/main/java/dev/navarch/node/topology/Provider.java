package dev.navarch.node.topology;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives containers something of their own: processors, memory, devices.
public interface Provider {

  /// For each resource that has a say, from where it could come; a resource that does not care is
  /// left out.
  ///
  /// @param containers one, or all of the pod, which are then met together
  List<List<Hint>> hints(Pod pod, List<Container> containers);

  /// Takes what a container asks for, from the hint's memory nodes as far as that goes.
  ///
  /// @param hint empty for no matter where
  /// @throws NotAssigned when it is not there
  void assign(Pod pod, Container container, Optional<Hint> hint);

  /// Takes back what a pod has.
  void release(String podUid);

  /// Takes back what others than these pods have.
  void retain(Set<String> podUids);

  /// What a container asks for cannot be given.
  final class NotAssigned extends RuntimeException {
    private final String reason;

    /// @param reason as pods show it: `UnexpectedAdmissionError`
    public NotAssigned(String reason, String message) {
      super(message);
      this.reason = reason;
    }

    public static NotAssigned unexpected(String why) {
      return new NotAssigned(
          "UnexpectedAdmissionError",
          "Allocate failed due to %s, which is unexpected".formatted(why));
    }

    public String reason() {
      return reason;
    }

    public String message() {
      return String.valueOf(getMessage());
    }
  }
}
