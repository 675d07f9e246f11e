package dev.navarch.controllers;

import dev.navarch.api.Quantity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How many pods a metric asks for: as many as bring what each uses to what each should use. A pod
/// of which nothing is known never makes the change larger.
record AutoscaleMath(Wish wish, List<Pod> pods, Map<String, Used> usage, Instant now) {
  private static final double TOLERANCE = 0.1;
  private static final Duration WARM_UP = Duration.ofMinutes(5);
  private static final Duration FIRST_READINESS = Duration.ofSeconds(30);

  /// What each pod should use of a resource.
  ///
  /// @param container empty for the pod as a whole
  /// @param utilization percent of what is requested; null where `average` is meant
  /// @param average in thousandths
  record Wish(String resource, String container, @Nullable Integer utilization, long average) {}

  /// What a pod uses, in thousandths.
  record Used(long milli, Instant at, Duration window) {}

  /// @param utilization percent of what is requested, where that is what is wished
  /// @param average in thousandths
  record Result(int replicas, @Nullable Integer utilization, long average) {}

  /// Why no number can be told.
  static final class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownException(String message) {
      super(message);
    }
  }

  Result replicas(int current) {
    Map<String, Long> used = new HashMap<>();
    List<Pod> unready = new ArrayList<>();
    List<Pod> missing = new ArrayList<>();
    for (Pod pod : pods) {
      @Nullable Used metric = usage.get(pod.getMetadata().getName());
      if (Pods.isDeleting(pod) || Pods.isFinished(pod)) {
        continue;
      }
      if (Pods.phase(pod).equals("Pending")) {
        unready.add(pod);
      } else if (metric == null) {
        missing.add(pod);
      } else if (wish.resource.equals("cpu") && isWarmingUp(pod, metric)) {
        unready.add(pod);
      } else {
        used.put(pod.getMetadata().getName(), metric.milli);
      }
    }
    if (used.isEmpty()) {
      throw new UnknownException(
          "did not receive metrics for targeted pods (pods might be unready)");
    }
    int ready = used.size();
    long average = used.values().stream().mapToLong(it -> it).sum() / ready;
    double ratio = ratio(used);
    Integer utilization =
        wish.utilization == null ? null : (int) Math.floor(ratio * wish.utilization);
    boolean growing = ratio > 1;
    if (missing.isEmpty() && (unready.isEmpty() || !growing)) {
      int wanted = isClose(ratio) ? current : (int) Math.ceil(ratio * ready);
      return new Result(wanted, utilization, average);
    }
    missing.forEach(pod -> used.put(pod.getMetadata().getName(), growing ? 0 : assumed(pod)));
    if (growing) {
      unready.forEach(pod -> used.put(pod.getMetadata().getName(), 0L));
    }
    double cautious = ratio(used);
    int wanted = (int) Math.ceil(cautious * used.size());
    boolean turned = isClose(cautious) || (ratio < 1) != (cautious < 1);
    boolean wrongWay = cautious < 1 ? wanted > current : wanted < current;
    return new Result(turned || wrongWay ? current : wanted, utilization, average);
  }

  /// How many pods bring one value that all share to what it should be.
  static int replicas(long value, long wanted, int current, List<Pod> pods) {
    double ratio = (double) value / wanted;
    if (current == 0) {
      return (int) Math.ceil(ratio);
    }
    if (isClose(ratio)) {
      return current;
    }
    long ready =
        pods.stream().filter(pod -> Pods.phase(pod).equals("Running") && Pods.isReady(pod)).count();
    return (int) Math.ceil(ratio * ready);
  }

  /// How many pods leave each with what it should have of a value that all share.
  static int share(long value, long each, int reported) {
    double ratio = (double) value / ((double) each * reported);
    return isClose(ratio) ? reported : (int) Math.ceil((double) value / each);
  }

  private static boolean isClose(double ratio) {
    return Math.abs(1 - ratio) <= TOLERANCE + 1e-9;
  }

  /// What is used, as a part of what should be.
  private double ratio(Map<String, Long> used) {
    double sum = 0;
    double should = 0;
    for (Pod pod : pods) {
      Long milli = used.get(pod.getMetadata().getName());
      if (milli != null) {
        sum += milli;
        should += shouldUse(pod);
      }
    }
    return should == 0 ? 1 : sum / should;
  }

  private double shouldUse(Pod pod) {
    return wish.utilization == null
        ? wish.average
        : requested(pod) * (double) wish.utilization / 100;
  }

  /// At least as much as it asked for, so that nothing shrinks because nothing is known.
  private long assumed(Pod pod) {
    return wish.utilization == null
        ? wish.average
        : requested(pod) * Math.max(100, wish.utilization) / 100;
  }

  private long requested(Pod pod) {
    long sum = 0;
    for (Container container : containers(pod).toList()) {
      String text =
          container.getResources() == null || container.getResources().getRequests() == null
              ? null
              : Optional.ofNullable(container.getResources().getRequests().get(wish.resource))
                  .map(Object::toString)
                  .orElse(null);
      if (text == null) {
        throw new UnknownException(
            "missing request for %s in container %s of Pod %s"
                .formatted(wish.resource, container.getName(), pod.getMetadata().getName()));
      }
      sum += Quantity.parse(text).milliValue();
    }
    return sum;
  }

  private Stream<Container> containers(Pod pod) {
    return Stream.concat(
            pod.getSpec().getContainers().stream(),
            pod.getSpec().getInitContainers().stream()
                .filter(init -> "Always".equals(init.getRestartPolicy())))
        .filter(
            container -> wish.container.isEmpty() || container.getName().equals(wish.container));
  }

  /// A pod that has just started uses more than it will.
  private boolean isWarmingUp(Pod pod, Used metric) {
    Optional<PodCondition> ready =
        pod.getStatus().getConditions().stream()
            .filter(one -> "Ready".equals(one.getType()))
            .findFirst();
    if (ready.isEmpty() || pod.getStatus().getStartTime() == null) {
      return true;
    }
    Instant started = Instant.parse(pod.getStatus().getStartTime());
    Instant changed = Pods.instant(ready.get().getLastTransitionTime());
    boolean unready = "False".equals(ready.get().getStatus());
    return started.plus(WARM_UP).isAfter(now)
        ? unready || metric.at.isBefore(changed.plus(metric.window))
        : unready && started.plus(FIRST_READINESS).isAfter(changed);
  }
}
