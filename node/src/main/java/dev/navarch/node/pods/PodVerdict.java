package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether the node has to end a pod by itself: its deadline is over, it takes more than it may.
/// Once spoken, it stands. One thread uses it.
final class PodVerdict {
  private final PodTools tools;
  private volatile @Nullable Failure ordered;
  private @Nullable Failure failure;

  PodVerdict(PodTools tools) {
    this.tools = tools;
  }

  /// Null while the pod may go on.
  @Nullable Failure failure() {
    return failure;
  }

  /// The node needs what the pod uses. Any thread may say so; it counts when judged next.
  void evict(Failure why) {
    ordered = why;
  }

  /// The node does not take the pod.
  void reject(Pod pod, Admission.Rejection why) {
    failure = Failure.rejected(why);
    tools.story().warning(pod, why.reason(), why.message());
  }

  /// Returns when to judge again at the latest, if that is known.
  ///
  /// @param started the pod's start as its status tells it
  /// @param mounted whether its volumes are there
  Optional<Instant> judge(Pod pod, @Nullable String started, boolean mounted) {
    Failure wanted = ordered;
    if (wanted != null) {
      speak(pod, wanted);
      return Optional.empty();
    }
    Long seconds = pod.getSpec().getActiveDeadlineSeconds();
    Optional<Instant> deadline = Optional.empty();
    if (seconds != null && started != null) {
      Instant end = Instant.parse(started).plusSeconds(seconds);
      if (!tools.clock().instant().isBefore(end)) {
        speak(
            pod,
            Failure.of(
                "DeadlineExceeded",
                "Pod was active on the node longer than the specified deadline"));
        return Optional.empty();
      }
      deadline = Optional.of(end);
    }
    if (mounted) {
      tools.volumes().overLimit(pod).ifPresent(why -> speak(pod, Failure.overLimit(why)));
    }
    return deadline;
  }

  /// How long the pod's containers may take to end.
  Duration grace(Pod pod) {
    if (failure != null && failure.grace().isPresent()) {
      return failure.grace().get();
    }
    Long deletion = pod.getMetadata().getDeletionGracePeriodSeconds();
    Long own = pod.getSpec().getTerminationGracePeriodSeconds();
    return Duration.ofSeconds(deletion != null ? deletion : own != null ? own : 30);
  }

  private void speak(Pod pod, Failure why) {
    failure = why;
    tools.story().warning(pod, why.reason(), why.message());
  }
}
