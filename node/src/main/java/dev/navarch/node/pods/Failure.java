package dev.navarch.node.pods;

import java.time.Duration;
import java.util.Optional;

/// Why the node itself ended a pod: `DeadlineExceeded`, `Evicted`, `Preempting`, `OutOfcpu`.
///
/// @param grace what its containers get to end, where it is not for the pod to say
/// @param disruption how its condition says that it had to go for the node's sake, if it had
record Failure(
    String reason, String message, Optional<Duration> grace, Optional<String> disruption) {

  static Failure of(String reason, String message) {
    return new Failure(reason, message, Optional.empty(), Optional.empty());
  }

  /// It uses more of its own than it may.
  static Failure overLimit(String message) {
    return new Failure("Evicted", message, Optional.of(Duration.ofSeconds(1)), Optional.empty());
  }

  /// The node runs short.
  static Failure evicted(String message, Duration grace) {
    return new Failure("Evicted", message, Optional.of(grace), Optional.of(message));
  }

  /// A critical pod needs its room.
  static Failure preempted() {
    return new Failure(
        "Preempting",
        "Preempted in order to admit critical pod",
        Optional.empty(),
        Optional.of("Pod was preempted by Kubelet to accommodate a critical pod."));
  }

  /// The machine goes down.
  static Failure terminated(String message, Duration grace) {
    return new Failure("Terminated", message, Optional.of(grace), Optional.of(message));
  }

  /// The node does not take it.
  static Failure rejected(Admission.Rejection why) {
    return of(why.reason(), "Pod was rejected: " + why.message());
  }
}
