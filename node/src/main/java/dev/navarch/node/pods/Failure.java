package dev.navarch.node.pods;

import java.time.Duration;
import java.util.Optional;

/// Why the node itself ended a pod: `DeadlineExceeded`, `Evicted`, `Terminated`, `OutOfcpu`.
///
/// @param grace what its containers get to end, where it is not for the pod to say
/// @param disrupted whether it had to go for the node's sake
record Failure(String reason, String message, Optional<Duration> grace, boolean disrupted) {

  static Failure of(String reason, String message) {
    return new Failure(reason, message, Optional.empty(), false);
  }

  /// It uses more of its own than it may.
  static Failure overLimit(String message) {
    return new Failure("Evicted", message, Optional.of(Duration.ofSeconds(1)), false);
  }

  /// The node runs short.
  static Failure evicted(String message, Duration grace) {
    return new Failure("Evicted", message, Optional.of(grace), true);
  }

  /// The machine goes down.
  static Failure terminated(String message, Duration grace) {
    return new Failure("Terminated", message, Optional.of(grace), true);
  }

  /// The node does not take it.
  static Failure rejected(Admission.Rejection why) {
    return of(why.reason(), "Pod was rejected: " + why.message());
  }
}
