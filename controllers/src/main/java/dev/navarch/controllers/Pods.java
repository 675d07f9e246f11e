package dev.navarch.controllers;

import dev.navarch.client.OwnerReferences;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What controllers ask of pods, and how they make them from a template.
final class Pods {
  private Pods() {}

  /// A pod as the template says, named after its owner and controlled by it.
  static Pod from(PodTemplateSpec template, HasMetadata owner) {
    ObjectMeta meta = template.getMetadata() == null ? new ObjectMeta() : template.getMetadata();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(owner.getMetadata().getNamespace())
        .withGenerateName(owner.getMetadata().getName() + "-")
        .withLabels(meta.getLabels())
        .withAnnotations(meta.getAnnotations())
        .withFinalizers(meta.getFinalizers())
        .withOwnerReferences(OwnerReferences.to(owner))
        .endMetadata()
        .withSpec(template.getSpec())
        .build();
  }

  static String phase(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getPhase() == null
        ? ""
        : pod.getStatus().getPhase();
  }

  /// Finished for good, whether well or not.
  static boolean isFinished(Pod pod) {
    String phase = phase(pod);
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  static boolean isDeleting(HasMetadata object) {
    return object.getMetadata().getDeletionTimestamp() != null;
  }

  /// Counts towards what an owner wants: neither finished nor on its way out.
  static boolean isActive(Pod pod) {
    return !isFinished(pod) && !isDeleting(pod);
  }

  static boolean isTerminating(Pod pod) {
    return !isFinished(pod) && isDeleting(pod);
  }

  static boolean isReady(Pod pod) {
    return readySince(pod).isPresent();
  }

  /// Ready for at least `minReady`.
  static boolean isAvailable(Pod pod, Duration minReady, Instant now) {
    return readySince(pod).filter(since -> !since.plus(minReady).isAfter(now)).isPresent();
  }

  /// When the pod became ready; empty when it is not.
  static Optional<Instant> readySince(Pod pod) {
    List<PodCondition> conditions =
        pod.getStatus() == null ? List.of() : pod.getStatus().getConditions();
    return conditions.stream()
        .filter(one -> "Ready".equals(one.getType()) && "True".equals(one.getStatus()))
        .map(one -> instant(one.getLastTransitionTime()))
        .findFirst();
  }

  static Instant created(HasMetadata object) {
    return instant(object.getMetadata().getCreationTimestamp());
  }

  static Map<String, String> labels(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  static Map<String, String> annotations(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }

  /// A time as the API writes it.
  static String timestamp(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// A time of the API; the beginning of time when it is missing.
  static Instant instant(@Nullable String timestamp) {
    return timestamp == null ? Instant.EPOCH : Instant.parse(timestamp);
  }
}
