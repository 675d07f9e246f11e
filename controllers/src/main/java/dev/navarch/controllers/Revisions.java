package dev.navarch.controllers;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// What `kubectl rollout` reads: the revisions of a deployment's templates, and how each replica
/// set is told from the others. All of it stands in labels and annotations.
final class Revisions {
  static final String HASH = "pod-template-hash";
  static final String REVISION = "deployment.kubernetes.io/revision";
  private static final String HISTORY = "deployment.kubernetes.io/revision-history";
  private static final String DESIRED = "deployment.kubernetes.io/desired-replicas";
  private static final String CEILING = "deployment.kubernetes.io/max-replicas";
  private static final Set<String> NOT_INHERITED =
      Set.of(
          "kubectl.kubernetes.io/last-applied-configuration",
          REVISION,
          HISTORY,
          DESIRED,
          CEILING,
          "deprecated.deployment.rollback.to");
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private Revisions() {}

  /// 0 for what has none yet.
  static long of(HasMetadata object) {
    return number(object, REVISION).orElse(0);
  }

  static long next(List<ReplicaSet> old) {
    return old.stream().mapToLong(Revisions::of).max().orElse(0) + 1;
  }

  /// The deployment's size when the set was last scaled.
  static Optional<Integer> desired(ReplicaSet set) {
    return number(set, DESIRED);
  }

  /// The most pods that the deployment could have when the set was last scaled.
  static Optional<Integer> ceiling(ReplicaSet set) {
    return number(set, CEILING);
  }

  static Map<String, String> withSizes(Map<String, String> annotations, Rollout rollout) {
    Map<String, String> changed = new HashMap<>(annotations);
    changed.put(DESIRED, Integer.toString(rollout.wanted()));
    changed.put(CEILING, Integer.toString(rollout.ceiling()));
    return changed;
  }

  /// A set's annotations with the deployment's own, and with a revision that only grows; earlier
  /// ones are kept as its history.
  static Map<String, String> inherited(
      Map<String, String> annotations, Rollout rollout, long revision) {
    Map<String, String> changed = new HashMap<>(annotations);
    Pods.annotations(rollout.deployment())
        .forEach(
            (name, value) -> {
              if (!NOT_INHERITED.contains(name)) {
                changed.put(name, value);
              }
            });
    String before = annotations.get(REVISION);
    if (before == null || Long.parseLong(before) < revision) {
      changed.put(REVISION, Long.toString(revision));
      if (before != null) {
        changed.merge(HISTORY, before, (history, last) -> history + "," + last);
      }
    }
    return changed;
  }

  /// Whether a set was made from this template. The label that tells sets apart does not count.
  static boolean sameTemplate(PodTemplateSpec template, ReplicaSet set) {
    return comparable(template).equals(comparable(set.getSpec().getTemplate()));
  }

  /// A short name for a template, in letters that spell nothing.
  ///
  /// @param collisions how often a name was taken by another template already
  static String hash(PodTemplateSpec template, int collisions) {
    int hash = 0x811c9dc5;
    String text = comparable(template) + "/" + collisions;
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (one & 0xff)) * 0x01000193;
    }
    StringBuilder name = new StringBuilder();
    Integer.toUnsignedString(hash)
        .chars()
        .forEach(digit -> name.append(ALPHABET.charAt(digit % ALPHABET.length())));
    return name.toString();
  }

  private static ObjectNode comparable(PodTemplateSpec template) {
    ObjectNode tree = Objects.tree(template);
    if (tree.at("/metadata/labels") instanceof ObjectNode labels) {
      labels.remove(HASH);
    }
    return tree;
  }

  private static Optional<Integer> number(HasMetadata object, String annotation) {
    return Optional.ofNullable(Pods.annotations(object).get(annotation))
        .filter(text -> text.matches("\\d{1,9}"))
        .map(Integer::valueOf);
  }
}
