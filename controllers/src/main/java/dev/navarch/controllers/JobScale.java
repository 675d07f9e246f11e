package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Parallel;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Brings the number of a job's running pods to what it wants now.
///
/// @param cluster what pods are patched through before they go
record JobScale(Cluster cluster, PodWrites writes) {
  private static final int BURST = 500;

  /// What was done.
  ///
  /// @param active how many pods run now
  /// @param delay how long it takes until the next may be made; zero when nothing waits
  record Outcome(int active, Duration delay) {}

  Outcome apply(JobRun run) {
    int active = run.active.size();
    int wanted = run.isSuspended() ? 0 : wanted(run, active);
    List<Pod> surplus = surplus(run, Math.max(0, active - wanted));
    if (!surplus.isEmpty()) {
      drop(run, surplus.stream().limit(BURST).toList());
      return new Outcome(active - Math.min(BURST, surplus.size()), Duration.ZERO);
    }
    int leaving = JobPods.replacesOnlyFailed(run.job) ? run.terminating() : 0;
    int missing = Math.min(BURST, wanted - leaving - active);
    return run.isSuspended() || missing <= 0
        ? new Outcome(active, Duration.ZERO)
        : grow(run, active, missing);
  }

  /// Stops what runs, and keeps it in sight until it has ended.
  void stop(JobRun run) {
    Parallel.together(run.active, pod -> writes.delete(run.job, pod));
  }

  private static int wanted(JobRun run, int active) {
    int parallel = Numbers.orZero(run.job.getSpec().getParallelism());
    Integer completions = run.job.getSpec().getCompletions();
    if (completions == null) {
      return run.succeeded() > 0 ? Math.min(active, parallel) : parallel;
    }
    int open = completions - run.succeeded() - run.failedIndexes.total();
    return Math.max(0, Math.min(open, parallel));
  }

  private Outcome grow(JobRun run, int active, int missing) {
    List<Supplier<Pod>> makers = new ArrayList<>();
    Duration delay = run.isPerIndex() ? Duration.ZERO : run.backoff.left(run.now);
    if (delay.isPositive()) {
      return new Outcome(active, delay);
    }
    if (run.isIndexed()) {
      delay = nextIndexes(run, missing, makers);
    } else {
      for (int i = 0; i < missing; i++) {
        makers.add(() -> JobPods.plain(run.job));
      }
    }
    Parallel.slowStart(makers, maker -> writes.create(run.job, maker.get()));
    return new Outcome(active + makers.size(), delay);
  }

  /// The lowest open indexes whose time has come.
  ///
  /// @return how long the first of the others has to wait
  private static Duration nextIndexes(JobRun run, int missing, List<Supplier<Pod>> makers) {
    Set<Integer> taken = new HashSet<>();
    run.active.forEach(pod -> JobPods.index(pod).ifPresent(taken::add));
    if (JobPods.replacesOnlyFailed(run.job)) {
      run.pods.stream()
          .filter(Pods::isTerminating)
          .forEach(pod -> JobPods.index(pod).ifPresent(taken::add));
    }
    Duration delay = Duration.ZERO;
    List<Integer> open =
        run.done.lowestMissing(
            missing,
            run.completions(),
            index -> taken.contains(index) || run.failedIndexes.contains(index));
    for (int index : open) {
      Pod last = run.lastFailures.get(index);
      Duration left = last == null ? Duration.ZERO : JobBackoff.left(run, last);
      if (left.isPositive()) {
        delay = delay.isZero() || left.compareTo(delay) < 0 ? left : delay;
      } else {
        JobPods.Failures failures =
            last == null ? JobPods.Failures.NONE : JobPods.with(run.job, last);
        makers.add(() -> JobPods.indexed(run.job, index, failures));
      }
    }
    return delay;
  }

  /// Those that are too many: of an indexed job first the second ones of an index, and those of
  /// indexes that it does not have.
  private static List<Pod> surplus(JobRun run, int count) {
    List<Pod> first = new ArrayList<>();
    List<Pod> others = new ArrayList<>();
    if (run.isIndexed()) {
      Set<Integer> seen = new HashSet<>();
      run.active.stream()
          .sorted(Comparator.comparing(Pods::created))
          .forEach(
              pod -> {
                int index = JobPods.index(pod).orElse(-1);
                boolean lost =
                    index < 0
                        || !run.hasItsPlace(pod)
                        || !seen.add(index)
                        || run.done.contains(index)
                        || run.failedIndexes.contains(index);
                (lost ? first : others).add(pod);
              });
    } else {
      others.addAll(run.active);
    }
    others.stream()
        .sorted(PodRanking.cheapestToLose(run.active, run.now))
        .limit(Math.max(0, count - first.size()))
        .forEach(first::add);
    return first;
  }

  /// A pod that is not wanted any more is no failure: nobody waits for its end.
  private void drop(JobRun run, List<Pod> surplus) {
    Parallel.together(
        surplus,
        pod -> {
          JobTracking.release(cluster, pod);
          writes.delete(run.job, pod);
        });
  }
}
