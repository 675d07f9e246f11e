package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The taints that follow from a node's conditions: what keeps new pods off a node that is in
/// trouble, and what drives the present ones away.
final class NodeTaints {
  static final String NO_SCHEDULE = "NoSchedule";
  static final String NO_EXECUTE = "NoExecute";
  static final String OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

  private static final String NOT_READY = "node.kubernetes.io/not-ready";
  private static final String UNREACHABLE = "node.kubernetes.io/unreachable";
  private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
  private static final Map<String, String> WHEN_TRUE =
      Map.of(
          "MemoryPressure", "node.kubernetes.io/memory-pressure",
          "DiskPressure", "node.kubernetes.io/disk-pressure",
          "PIDPressure", "node.kubernetes.io/pid-pressure",
          "NetworkUnavailable", "node.kubernetes.io/network-unavailable");

  private NodeTaints() {}

  static List<Taint> of(Node node) {
    return node.getSpec() == null ? List.of() : node.getSpec().getTaints();
  }

  static List<Taint> noExecute(Node node) {
    return of(node).stream().filter(taint -> NO_EXECUTE.equals(taint.getEffect())).toList();
  }

  static Optional<NodeCondition> condition(Node node, String type) {
    return node.getStatus() == null
        ? Optional.empty()
        : node.getStatus().getConditions().stream()
            .filter(one -> type.equals(one.getType()))
            .findFirst();
  }

  /// `True`, `False` or `Unknown`; empty when the node never said.
  static String readiness(Node node) {
    return condition(node, "Ready").map(NodeCondition::getStatus).orElse("");
  }

  static boolean isReady(Node node) {
    return readiness(node).equals("True");
  }

  /// The node's taints as they should be.
  ///
  /// @param mayEvict whether pods may newly be driven away; a taint that does so stays in any case
  static List<Taint> wanted(Node node, boolean mayEvict, Instant now) {
    Set<String> noSchedule = noScheduleKeys(node);
    Set<String> noExecute = noExecuteKeys(node);
    List<Taint> present = of(node);
    if (!mayEvict && present.stream().noneMatch(NodeTaints::drivesAway)) {
      noExecute = Set.of();
    }
    List<Taint> wanted = new ArrayList<>();
    for (Taint taint : present) {
      if (!isOurs(taint)
          || (NO_EXECUTE.equals(taint.getEffect()) ? noExecute : noSchedule)
              .contains(taint.getKey())) {
        wanted.add(taint);
      }
    }
    noSchedule.forEach(key -> addMissing(wanted, key, NO_SCHEDULE, now));
    noExecute.forEach(key -> addMissing(wanted, key, NO_EXECUTE, now));
    return wanted;
  }

  /// The taints without those that drive pods away because the node is not ready.
  static List<Taint> withoutEviction(List<Taint> taints) {
    return taints.stream().filter(taint -> !drivesAway(taint)).toList();
  }

  static boolean drivesAway(Taint taint) {
    return NO_EXECUTE.equals(taint.getEffect())
        && (NOT_READY.equals(taint.getKey()) || UNREACHABLE.equals(taint.getKey()));
  }

  private static boolean isOurs(Taint taint) {
    return drivesAway(taint)
        || (NO_SCHEDULE.equals(taint.getEffect())
            && (WHEN_TRUE.containsValue(taint.getKey())
                || Set.of(NOT_READY, UNREACHABLE, UNSCHEDULABLE).contains(taint.getKey())));
  }

  private static Set<String> noScheduleKeys(Node node) {
    Set<String> keys = new TreeSet<>(noExecuteKeys(node));
    WHEN_TRUE.forEach(
        (type, key) -> {
          if (condition(node, type).filter(one -> "True".equals(one.getStatus())).isPresent()) {
            keys.add(key);
          }
        });
    if (node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
      keys.add(UNSCHEDULABLE);
    }
    return keys;
  }

  private static Set<String> noExecuteKeys(Node node) {
    return switch (readiness(node)) {
      case "False" -> Set.of(NOT_READY);
      case "Unknown" -> Set.of(UNREACHABLE);
      default -> Set.of();
    };
  }

  private static void addMissing(List<Taint> taints, String key, String effect, Instant now) {
    if (taints.stream()
        .noneMatch(one -> key.equals(one.getKey()) && effect.equals(one.getEffect()))) {
      taints.add(
          new TaintBuilder()
              .withKey(key)
              .withEffect(effect)
              .withTimeAdded(Pods.timestamp(now))
              .build());
    }
  }
}
