package dev.navarch.controllers;

import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.NamespaceConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// What one pass over a namespace found left in it, as the conditions that users look at when a
/// namespace does not go away.
final class NamespaceContent {
  private final Map<String, Integer> remaining = new TreeMap<>();
  private final Map<String, Integer> finalizers = new TreeMap<>();
  private final Map<String, String> failures = new TreeMap<>();
  private String discovery = "";

  void discoveryFailed(String why) {
    discovery = why;
  }

  void deletionFailed(Resource<?> resource, String why) {
    failures.put(resource.toString(), why);
  }

  void remains(Resource<?> resource, HasMetadata object) {
    remaining.merge(resource.plural() + "." + resource.group(), 1, Integer::sum);
    object
        .getMetadata()
        .getFinalizers()
        .forEach(finalizer -> finalizers.merge(finalizer, 1, Integer::sum));
  }

  boolean isEmpty() {
    return remaining.isEmpty() && failures.isEmpty() && discovery.isEmpty();
  }

  List<NamespaceCondition> conditions(Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    return List.of(
        condition(
            time,
            "NamespaceDeletionDiscoveryFailure",
            "DiscoveryFailed",
            discovery.isEmpty() ? "" : "Discovery failed: " + discovery,
            "ResourcesDiscovered",
            "All resources successfully discovered"),
        condition(
            time,
            "NamespaceDeletionGroupVersionParsingFailure",
            "GroupVersionParsingFailed",
            "",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed"),
        condition(
            time,
            "NamespaceDeletionContentFailure",
            "ContentDeletionFailed",
            failures.isEmpty()
                ? ""
                : "Failed to delete all resource types, %d remaining: %s"
                    .formatted(failures.size(), String.join(", ", failures.values())),
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization"),
        condition(
            time,
            "NamespaceContentRemaining",
            "SomeResourcesRemain",
            counted("Some resources are remaining: ", remaining, " has "),
            "ContentRemoved",
            "All content successfully removed"),
        condition(
            time,
            "NamespaceFinalizersRemaining",
            "SomeFinalizersRemain",
            counted("Some content in the namespace has finalizers remaining: ", finalizers, " in "),
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished"));
  }

  /// New conditions, with the times of those that say the same as before.
  static List<NamespaceCondition> merged(
      List<NamespaceCondition> before, List<NamespaceCondition> now) {
    UnaryOperator<NamespaceCondition> keepTime =
        fresh -> {
          before.stream()
              .filter(old -> old.getType().equals(fresh.getType()))
              .filter(old -> old.getStatus().equals(fresh.getStatus()))
              .forEach(old -> fresh.setLastTransitionTime(old.getLastTransitionTime()));
          return fresh;
        };
    return now.stream().map(keepTime).toList();
  }

  private static String counted(String start, Map<String, Integer> counts, String verb) {
    return counts.isEmpty()
        ? ""
        : counts.entrySet().stream()
            .map(entry -> entry.getKey() + verb + entry.getValue() + " resource instances")
            .collect(Collectors.joining(", ", start, ""));
  }

  private static NamespaceCondition condition(
      String time, String type, String badReason, String bad, String goodReason, String good) {
    boolean isBad = !bad.isEmpty();
    return new NamespaceConditionBuilder()
        .withType(type)
        .withStatus(isBad ? "True" : "False")
        .withReason(isBad ? badReason : goodReason)
        .withMessage(isBad ? bad : good)
        .withLastTransitionTime(time)
        .build();
  }
}
