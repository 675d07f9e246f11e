package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Counts how many pods of a budget are healthy, and with that how many may be evicted now.
final class DisruptionController implements Reconciler<PodDisruptionBudget> {
  private static final String ALLOWED = "DisruptionAllowed";

  /// How long an evicted pod may take to be deleted until it counts as being there again.
  private static final Duration DELETION = Duration.ofMinutes(2);

  private final Lister<PodDisruptionBudget> budgets;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;

  private record Wanted(int expected, int healthy) {}

  private DisruptionController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.budgets = on.lister(PodDisruptionBudget.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.events = events.as("controllermanager");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new DisruptionController(on, cluster, events, clock);
    return Controller.of(PodDisruptionBudget.class, reconciler)
        .name("disruption")
        .watches(Pod.class, reconciler::ofPod)
        .watchesChanges(Resource.of(Deployment.class), reconciler::ofOwner)
        .watchesChanges(Resource.of(ReplicaSet.class), reconciler::ofOwner)
        .watchesChanges(Resource.of(StatefulSet.class), reconciler::ofOwner)
        .watchesChanges(Resource.of(ReplicationController.class), reconciler::ofOwner);
  }

  @Override
  public Result reconcile(PodDisruptionBudget budget) {
    List<Pod> mine =
        budget.getSpec().getSelector() == null
            ? List.of()
            : pods.matching(budget.getMetadata().getNamespace(), budget.getSpec().getSelector())
                .toList();
    if (mine.isEmpty()) {
      events.normal(budget, "NoPods", "No matching pods found");
    }
    Instant now = clock.instant();
    Wanted wanted;
    try {
      wanted = wanted(budget, mine);
    } catch (ExpectedPods.UnscalableException e) {
      events.warning(
          budget,
          "CalculateExpectedPodCountFailed",
          "Failed to calculate the number of expected pods: " + e.getMessage());
      write(budget, failed(budget, String.valueOf(e.getMessage()), now));
      return Result.done();
    }
    Map<String, String> disrupted = disrupted(budget, mine, now);
    int healthy =
        (int)
            mine.stream()
                .filter(pod -> !Pods.isDeleting(pod) && Pods.isReady(pod))
                .filter(pod -> !disrupted.containsKey(pod.getMetadata().getName()))
                .count();
    int allowed = wanted.expected <= 0 ? 0 : Math.max(0, healthy - wanted.healthy);
    write(
        budget,
        new PodDisruptionBudgetStatusBuilder()
            .withCurrentHealthy(healthy)
            .withDesiredHealthy(wanted.healthy)
            .withExpectedPods(wanted.expected)
            .withDisruptionsAllowed(allowed)
            .withDisruptedPods(disrupted.isEmpty() ? null : disrupted)
            .withObservedGeneration(budget.getMetadata().getGeneration())
            .withConditions(
                conditions(
                    budget,
                    allowed > 0 ? "True" : "False",
                    allowed > 0 ? "SufficientPods" : "InsufficientPods",
                    "",
                    now))
            .build());
    return disrupted.values().stream()
        .map(time -> Duration.between(now, Instant.parse(time).plus(DELETION)))
        .min(Duration::compareTo)
        .map(Result::after)
        .orElseGet(Result::done);
  }

  private Wanted wanted(PodDisruptionBudget budget, List<Pod> mine) {
    IntOrString most = budget.getSpec().getMaxUnavailable();
    IntOrString least = budget.getSpec().getMinAvailable();
    if (most != null) {
      int expected = expected(budget, mine);
      return new Wanted(expected, Math.max(0, expected - Numbers.resolve(most, expected, true)));
    }
    if (least != null && least.getIntVal() == null) {
      int expected = expected(budget, mine);
      return new Wanted(expected, Numbers.resolve(least, expected, true));
    }
    return new Wanted(mine.size(), least == null ? 0 : least.getIntVal());
  }

  private int expected(PodDisruptionBudget budget, List<Pod> mine) {
    ExpectedPods expected = ExpectedPods.of(cluster, mine);
    if (!expected.unmanaged().isEmpty()) {
      events.warning(
          budget,
          "UnmanagedPods",
          "Pods %s of this PodDisruptionBudget are controlled by nobody, so that it is not known"
                  .formatted(expected.unmanaged())
              + " how many there should be. To account for these pods please set"
              + " \".spec.minAvailable\" field of the PDB to an integer value.");
    }
    return expected.count();
  }

  /// Evicted pods that are still there, and not for too long.
  private Map<String, String> disrupted(PodDisruptionBudget budget, List<Pod> mine, Instant now) {
    Map<String, String> left = new TreeMap<>();
    if (budget.getStatus() == null || budget.getStatus().getDisruptedPods() == null) {
      return left;
    }
    for (Pod pod : mine) {
      String name = pod.getMetadata().getName();
      String time = budget.getStatus().getDisruptedPods().get(name);
      if (time == null || Pods.isDeleting(pod)) {
        continue;
      }
      if (Instant.parse(time).plus(DELETION).isAfter(now)) {
        left.put(name, time);
      } else {
        events.warning(
            pod,
            "NotDeleted",
            "Pod was expected by PDB %s to be deleted but it wasn't".formatted(Key.of(budget)));
      }
    }
    return left;
  }

  /// Where nothing is known, nothing may be evicted.
  private static PodDisruptionBudgetStatus failed(
      PodDisruptionBudget budget, String why, Instant now) {
    PodDisruptionBudgetStatus before =
        budget.getStatus() == null ? new PodDisruptionBudgetStatus() : budget.getStatus();
    return before.toBuilder()
        .withCurrentHealthy(Numbers.orZero(before.getCurrentHealthy()))
        .withDesiredHealthy(Numbers.orZero(before.getDesiredHealthy()))
        .withExpectedPods(Numbers.orZero(before.getExpectedPods()))
        .withDisruptionsAllowed(0)
        .withObservedGeneration(budget.getMetadata().getGeneration())
        .withConditions(conditions(budget, "False", "SyncFailed", why, now))
        .build();
  }

  private static List<Condition> conditions(
      PodDisruptionBudget budget, String status, String reason, String message, Instant now) {
    List<Condition> before =
        budget.getStatus() == null ? List.of() : budget.getStatus().getConditions();
    Optional<Condition> last =
        before.stream().filter(one -> ALLOWED.equals(one.getType())).findFirst();
    boolean same = last.filter(one -> status.equals(one.getStatus())).isPresent();
    List<Condition> conditions =
        new ArrayList<>(before.stream().filter(one -> !ALLOWED.equals(one.getType())).toList());
    conditions.add(
        new ConditionBuilder()
            .withType(ALLOWED)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withObservedGeneration(budget.getMetadata().getGeneration())
            .withLastTransitionTime(
                same ? last.orElseThrow().getLastTransitionTime() : Pods.timestamp(now))
            .build());
    return conditions;
  }

  private void write(PodDisruptionBudget budget, PodDisruptionBudgetStatus status) {
    if (!status.equals(budget.getStatus())) {
      PodDisruptionBudget changed = Objects.copy(budget);
      changed.setStatus(status);
      cluster.updateStatus(changed);
    }
  }

  private Stream<Key> ofPod(Pod pod) {
    return budgets
        .in(pod.getMetadata().getNamespace())
        .filter(budget -> LabelSelectors.matches(budget.getSpec().getSelector(), pod))
        .map(Key::of);
  }

  private <T extends HasMetadata> Stream<Key> ofOwner(Informers.Change<T> change) {
    T before = change.before();
    T now = change.now();
    return before != null
            && now != null
            && before.getMetadata().getGeneration().equals(now.getMetadata().getGeneration())
        ? Stream.empty()
        : budgets.in(change.either().getMetadata().getNamespace()).map(Key::of);
  }
}
