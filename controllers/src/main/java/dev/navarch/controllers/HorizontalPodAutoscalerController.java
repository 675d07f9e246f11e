package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Gives a workload as many pods as its metrics ask for, every fifteen seconds, within its bounds
/// and not faster than its behavior allows. While nothing is known of new pods, it looks more
/// often.
final class HorizontalPodAutoscalerController implements Reconciler<HorizontalPodAutoscaler> {
  private static final Duration EVERY = Duration.ofSeconds(15);
  private static final Duration SOON = Duration.ofSeconds(5);

  /// For so long after its creation a pod may be one of which something will be known soon.
  private static final Duration NEW = Duration.ofMinutes(1);

  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Supplier<Cluster> api;
  private final AutoscaleMetrics metrics;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Map<Key, AutoscaleHistory> histories = new ConcurrentHashMap<>();

  /// What is to become of the target.
  private record Decision(int replicas, String why) {}

  private HorizontalPodAutoscalerController(
      Informers on,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock,
      Supplier<Cluster> api) {
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.api = api;
    this.metrics = new AutoscaleMetrics(new PodUsage(api), new OtherMetrics(cluster, api));
    this.events = events.as("horizontal-pod-autoscaler");
    this.clock = clock;
  }

  static Controller register(
      Informers on,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock,
      Supplier<Cluster> api) {
    return Controller.of(
            HorizontalPodAutoscaler.class,
            new HorizontalPodAutoscalerController(on, cluster, events, clock, api))
        .workers(5);
  }

  @Override
  public Result gone(Key key) {
    histories.remove(key);
    return Result.done();
  }

  @Override
  public Result reconcile(HorizontalPodAutoscaler seen) {
    HorizontalPodAutoscaler autoscaler = Objects.copy(seen);
    if (autoscaler.getStatus() == null) {
      autoscaler.setStatus(new HorizontalPodAutoscalerStatus());
    }
    var conditions = new AutoscaleConditions(autoscaler.getStatus(), clock.instant());
    try {
      return Result.after(scale(autoscaler, conditions));
    } finally {
      if (!autoscaler.getStatus().equals(seen.getStatus())) {
        cluster.updateStatus(autoscaler);
      }
    }
  }

  /// @return how long until it is worth while to look again
  private Duration scale(HorizontalPodAutoscaler autoscaler, AutoscaleConditions conditions) {
    AutoscaledTarget target;
    try {
      target =
          AutoscaledTarget.of(
              cluster,
              api.get(),
              autoscaler.getMetadata().getNamespace(),
              autoscaler.getSpec().getScaleTargetRef());
    } catch (ApiException e) {
      events.warning(autoscaler, "FailedGetScale", String.valueOf(e.getMessage()));
      conditions.set(
          AutoscaleConditions.ABLE,
          false,
          "FailedGetScale",
          "the HPA controller was unable to get the target's current scale: " + e.getMessage());
      return EVERY;
    }
    conditions.set(AutoscaleConditions.ABLE, true, "SucceededGetScale");
    HorizontalPodAutoscalerStatus status = autoscaler.getStatus();
    status.setCurrentReplicas(Numbers.nullIfZero(target.statusReplicas()));
    int current = target.replicas();
    if (current == 0 && least(autoscaler) != 0) {
      status.setDesiredReplicas(0);
      conditions.set(AutoscaleConditions.ACTIVE, false, "ScalingDisabled");
      return EVERY;
    }
    Decision decision;
    try {
      decision = decide(autoscaler, target, conditions);
    } catch (AutoscaleMetrics.FailedException e) {
      status.setDesiredReplicas(current);
      return hasNew(pods(target)) ? SOON : EVERY;
    }
    status.setDesiredReplicas(decision.replicas);
    if (decision.replicas != current) {
      rescale(autoscaler, target, decision, conditions);
    }
    return EVERY;
  }

  private boolean hasNew(List<Pod> pods) {
    Instant since = clock.instant().minus(NEW);
    return pods.stream().anyMatch(pod -> Pods.created(pod).isAfter(since));
  }

  private Decision decide(
      HorizontalPodAutoscaler autoscaler, AutoscaledTarget target, AutoscaleConditions conditions) {
    HorizontalPodAutoscalerSpec spec = autoscaler.getSpec();
    int current = target.replicas();
    if (current > spec.getMaxReplicas()) {
      return new Decision(
          spec.getMaxReplicas(), "Current number of replicas above Spec.MaxReplicas");
    }
    if (current < least(autoscaler)) {
      return new Decision(least(autoscaler), "Current number of replicas below Spec.MinReplicas");
    }
    AutoscaleMetrics.Proposal proposal = highest(autoscaler, target, conditions);
    int wanted = sized(autoscaler, current, proposal.replicas(), conditions);
    return new Decision(
        wanted, wanted > current ? proposal.name() + " above target" : "All metrics below target");
  }

  /// The metric that asks for most decides. One that fails prevents shrinking.
  private AutoscaleMetrics.Proposal highest(
      HorizontalPodAutoscaler autoscaler, AutoscaledTarget target, AutoscaleConditions conditions) {
    List<MetricSpec> wanted = autoscaler.getSpec().getMetrics();
    List<MetricStatus> current = new ArrayList<>();
    AutoscaleMetrics.Proposal highest = null;
    AutoscaleMetrics.FailedException failure = null;
    int failed = 0;
    var scaled =
        new AutoscaleMetrics.Scaled(
            autoscaler.getMetadata().getNamespace(),
            target.selector(),
            pods(target),
            target.replicas(),
            target.statusReplicas(),
            clock.instant());
    for (MetricSpec metric : wanted) {
      try {
        AutoscaleMetrics.Proposal one = metrics.propose(metric, scaled);
        current.add(one.status());
        highest = highest == null || one.replicas() > highest.replicas() ? one : highest;
      } catch (AutoscaleMetrics.FailedException e) {
        events.warning(autoscaler, e.reason, String.valueOf(e.getMessage()));
        failure = failure == null ? e : failure;
        failed++;
      }
    }
    autoscaler.getStatus().setCurrentMetrics(current);
    if (highest == null || (failure != null && highest.replicas() < target.replicas())) {
      AutoscaleMetrics.FailedException why =
          failure == null
              ? new AutoscaleMetrics.FailedException("InvalidMetricSourceType", "no metrics")
              : failure;
      String message =
          "invalid metrics (%d invalid out of %d), first error is: %s"
              .formatted(failed, wanted.size(), why.getMessage());
      conditions.set(
          AutoscaleConditions.ACTIVE,
          false,
          why.reason,
          "the HPA was unable to compute the replica count: " + why.getMessage());
      events.warning(autoscaler, "FailedComputeMetricsReplicas", message);
      throw why;
    }
    conditions.set(
        AutoscaleConditions.ACTIVE,
        true,
        "ValidMetricFound",
        "the HPA was able to successfully calculate a replica count from " + highest.name());
    return highest;
  }

  private List<Pod> pods(AutoscaledTarget target) {
    if (target.selector().isEmpty()) {
      return List.of();
    }
    LabelSelector selector = LabelSelector.parse(target.selector());
    return pods.in(target.key().namespace())
        .filter(pod -> selector.matches(Pods.labels(pod)))
        .toList();
  }

  private int sized(
      HorizontalPodAutoscaler autoscaler,
      int current,
      int proposed,
      AutoscaleConditions conditions) {
    HorizontalPodAutoscalerBehavior behavior =
        autoscaler.getSpec().getBehavior() == null
            ? new HorizontalPodAutoscalerBehavior()
            : autoscaler.getSpec().getBehavior();
    AutoscaleHistory history =
        histories.computeIfAbsent(Key.of(autoscaler), key -> new AutoscaleHistory());
    Instant now = clock.instant();
    AutoscaleHistory.Sized steady =
        history.stabilized(current, proposed, behavior.getScaleUp(), behavior.getScaleDown(), now);
    conditions.set(
        AutoscaleConditions.ABLE,
        true,
        steady.reason() == null ? "ReadyForNewScale" : steady.reason());
    AutoscaleHistory.Sized limited =
        history.limited(
            current, steady.replicas(), behavior.getScaleUp(), behavior.getScaleDown(), now);
    int most = autoscaler.getSpec().getMaxReplicas();
    int least = least(autoscaler);
    int size = Math.clamp(limited.replicas(), least, most);
    String reason = "DesiredWithinRange";
    if (limited.replicas() > most) {
      reason = "TooManyReplicas";
    } else if (limited.replicas() < least) {
      reason = "TooFewReplicas";
    } else if (limited.reason() != null) {
      reason = limited.reason();
    }
    conditions.set(AutoscaleConditions.LIMITED, !reason.equals("DesiredWithinRange"), reason);
    return size;
  }

  private void rescale(
      HorizontalPodAutoscaler autoscaler,
      AutoscaledTarget target,
      Decision decision,
      AutoscaleConditions conditions) {
    String what = "New size: %d; reason: %s".formatted(decision.replicas, decision.why);
    try {
      target.scale(api.get(), decision.replicas);
    } catch (ApiException e) {
      events.warning(autoscaler, "FailedRescale", what + "; error: " + e.getMessage());
      conditions.set(
          AutoscaleConditions.ABLE,
          false,
          "FailedUpdateScale",
          "the HPA controller was unable to update the target scale: " + e.getMessage());
      autoscaler.getStatus().setDesiredReplicas(target.replicas());
      throw e;
    }
    conditions.set(
        AutoscaleConditions.ABLE,
        true,
        "SucceededRescale",
        "the HPA controller was able to update the target scale to " + decision.replicas);
    events.normal(autoscaler, "SuccessfulRescale", what);
    Instant now = clock.instant();
    autoscaler.getStatus().setLastScaleTime(Pods.timestamp(now));
    histories
        .computeIfAbsent(Key.of(autoscaler), key -> new AutoscaleHistory())
        .scaled(target.replicas(), decision.replicas, now);
  }

  private static int least(HorizontalPodAutoscaler autoscaler) {
    Integer least = autoscaler.getSpec().getMinReplicas();
    return least == null ? 1 : least;
  }
}
