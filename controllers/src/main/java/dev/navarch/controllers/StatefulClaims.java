package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The storage of a stateful set's pods: made before a pod, kept after it, or left to the garbage
/// collector together with its pod or its set where the set says so.
record StatefulClaims(Cluster cluster, Lister<PersistentVolumeClaim> claims, EventRecorder events) {
  private static final Resource<PersistentVolumeClaim> CLAIMS =
      Resource.of(PersistentVolumeClaim.class);

  /// Makes the claims of a pod that are missing.
  void make(StatefulSet set, int ordinal) {
    for (PersistentVolumeClaim template : set.getSpec().getVolumeClaimTemplates()) {
      PersistentVolumeClaim wanted = claim(template, set, ordinal);
      Optional<PersistentVolumeClaim> there = claims.find(Key.of(wanted));
      if (there.isPresent()) {
        continue;
      }
      String what =
          "create Claim %s Pod %s in StatefulSet %s"
              .formatted(
                  wanted.getMetadata().getName(),
                  StatefulPods.name(set, ordinal),
                  set.getMetadata().getName());
      try {
        cluster.create(CLAIMS, wanted);
        events.normal(set, "SuccessfulCreate", what + " success");
      } catch (ApiException e) {
        if (!e.isAlreadyExists()) {
          events.warning(set, "FailedCreate", what + " failed error: " + e.getMessage());
          throw e;
        }
      }
    }
  }

  /// Whether a claim still belongs to an earlier pod of this name: it is going to be deleted.
  boolean areStale(StatefulSet set, int ordinal) {
    String pod = StatefulPods.name(set, ordinal);
    return of(set, ordinal)
        .anyMatch(
            claim ->
                Pods.isDeleting(claim)
                    || claim.getMetadata().getOwnerReferences().stream()
                        .anyMatch(
                            owner -> owner.getKind().equals("Pod") && owner.getName().equals(pod)));
  }

  /// Says to the garbage collector with whom the claims of a pod go.
  ///
  /// @param wanted whether the set still has a place for the pod
  void settle(StatefulSet set, Pod pod, int ordinal, boolean wanted) {
    var policy = set.getSpec().getPersistentVolumeClaimRetentionPolicy();
    boolean whenScaled = policy != null && "Delete".equals(policy.getWhenScaled());
    boolean withPod = whenScaled && !wanted;
    boolean withSet = goWith(set) && !withPod;
    of(set, ordinal)
        .filter(claim -> !Pods.isDeleting(claim))
        .forEach(claim -> own(claim, List.of(set, pod), List.of(withSet, withPod)));
  }

  /// Whether claims go when their set does.
  private static boolean goWith(StatefulSet set) {
    var policy = set.getSpec().getPersistentVolumeClaimRetentionPolicy();
    return policy != null && "Delete".equals(policy.getWhenDeleted());
  }

  /// The claims of one pod that are there.
  private Stream<PersistentVolumeClaim> of(StatefulSet set, int ordinal) {
    return set.getSpec().getVolumeClaimTemplates().stream()
        .map(template -> StatefulPods.claimName(template, set, ordinal))
        .flatMap(name -> claims.find(set.getMetadata().getNamespace(), name).stream());
  }

  private void own(PersistentVolumeClaim claim, List<HasMetadata> owners, List<Boolean> wanted) {
    List<OwnerReference> references = new ArrayList<>(claim.getMetadata().getOwnerReferences());
    for (int i = 0; i < owners.size(); i++) {
      HasMetadata owner = owners.get(i);
      String uid = owner.getMetadata().getUid();
      boolean there = references.stream().anyMatch(it -> it.getUid().equals(uid));
      if (there && !wanted.get(i)) {
        references.removeIf(it -> it.getUid().equals(uid));
      } else if (!there && wanted.get(i)) {
        references.add(reference(owner));
      }
    }
    if (!references.equals(claim.getMetadata().getOwnerReferences())) {
      PersistentVolumeClaim changed = Objects.copy(claim);
      changed.getMetadata().setOwnerReferences(references);
      cluster.update(changed);
    }
  }

  private static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController("StatefulSet".equals(owner.getKind()))
        .build();
  }

  private static PersistentVolumeClaim claim(
      PersistentVolumeClaim template, StatefulSet set, int ordinal) {
    Map<String, String> labels = new HashMap<>(Pods.labels(template));
    if (set.getSpec().getSelector().getMatchLabels() != null) {
      labels.putAll(set.getSpec().getSelector().getMatchLabels());
    }
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withNamespace(set.getMetadata().getNamespace())
        .withName(StatefulPods.claimName(template, set, ordinal))
        .withLabels(labels)
        .withAnnotations(template.getMetadata().getAnnotations())
        .withOwnerReferences(goWith(set) ? List.of(reference(set)) : List.of())
        .endMetadata()
        .withSpec(template.getSpec())
        .build();
  }
}
