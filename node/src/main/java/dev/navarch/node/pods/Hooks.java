package dev.navarch.node.pods;

import dev.navarch.node.events.PodStory;
import dev.navarch.node.probes.Checks;
import dev.navarch.node.probes.Outcome;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs what a container wants done right after its start and right before its end. Events say that
/// one failed, not what it printed: more people may read events than logs.
record Hooks(Checks checks, PodStory story, Executor executor) {
  private static final Duration HTTP_PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofHours(1);

  /// Waits for the hook's end, or for the pod's; says what went wrong, if anything.
  ///
  /// @param ending completes when the pod has to end: nobody waits for the hook then
  Optional<String> postStart(
      Pod pod, Container container, String id, String podIp, CompletableFuture<Void> ending) {
    LifecycleHandler hook =
        container.getLifecycle() == null ? null : container.getLifecycle().getPostStart();
    if (hook == null) {
      return Optional.empty();
    }
    var running =
        CompletableFuture.supplyAsync(() -> run(hook, container, id, podIp, LONGEST), executor);
    CompletableFuture.anyOf(running, ending).join();
    Optional<String> failure = running.isDone() ? running.join() : Optional.empty();
    failure.ifPresent(
        _ ->
            story
                .of(pod, container.getName())
                .warning("FailedPostStartHook", "PostStartHook failed"));
    return failure;
  }

  /// Waits for the hook's end, but no longer than the grace period.
  void preStop(Pod pod, Container container, String id, String podIp, Duration grace) {
    LifecycleHandler hook =
        container.getLifecycle() == null ? null : container.getLifecycle().getPreStop();
    if (hook == null || !grace.isPositive()) {
      return;
    }
    var running =
        CompletableFuture.supplyAsync(() -> run(hook, container, id, podIp, grace), executor);
    try {
      running
          .get(grace.toMillis(), TimeUnit.MILLISECONDS)
          .ifPresent(
              _ ->
                  story
                      .of(pod, container.getName())
                      .warning("FailedPreStopHook", "PreStopHook failed"));
    } catch (TimeoutException | ExecutionException e) {
      story
          .of(pod, container.getName())
          .warning("FailedPreStopHook", "PreStopHook did not end within the grace period");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<String> run(
      LifecycleHandler hook, Container container, String id, String podIp, Duration patience) {
    if (hook.getSleep() != null) {
      return sleep(Duration.ofSeconds(hook.getSleep().getSeconds()));
    }
    if (hook.getExec() != null) {
      return failure(checks.exec(id, hook.getExec().getCommand(), patience));
    }
    if (hook.getHttpGet() != null) {
      Duration timeout = patience.compareTo(HTTP_PATIENCE) < 0 ? patience : HTTP_PATIENCE;
      return failure(checks.http(hook.getHttpGet(), container, podIp, timeout))
          .filter(why -> !why.startsWith("HTTP probe failed with statuscode"));
    }
    return Optional.of("invalid handler: the hook names neither exec, httpGet nor sleep");
  }

  private static Optional<String> sleep(Duration duration) {
    try {
      Thread.sleep(duration);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  private static Optional<String> failure(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Success _, Outcome.Warning _ -> Optional.empty();
      case Outcome.Failure failure -> Optional.of(failure.output());
      case Outcome.Unknown unknown -> Optional.of(unknown.output());
    };
  }
}
