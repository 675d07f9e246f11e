package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.ResourceClaims.Named;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Makes the ResourceClaims that pods ask for by template, and writes their names into the pods'
/// status. Pods that got their node without the scheduler have allocated claims reserved for them.
final class ResourceClaimController implements Reconciler<Pod> {
  private static final String ENTRY = "resource.kubernetes.io/pod-claim-name";
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  /// What a name may be long, less a hyphen and the five characters that the server adds.
  private static final int LONGEST_BASE = 57;

  private final Lister<ResourceClaim> claims;
  private final Lister<ResourceClaimTemplate> templates;
  private final Cluster cluster;
  private final EventRecorder events;

  private ResourceClaimController(Informers on, Cluster cluster, EventRecorder events) {
    this.claims = on.lister(ResourceClaim.class);
    this.templates = on.lister(ResourceClaimTemplate.class);
    this.cluster = cluster;
    this.events = events.as("resource_claim");
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    Lister<Pod> pods = on.lister(Pod.class);
    return Controller.of(Pod.class, new ResourceClaimController(on, cluster, events))
        .name("resource_claim")
        .workers(10)
        .watches(ResourceClaim.class, claim -> users(claim, pods))
        .watches(ResourceClaimTemplate.class, template -> askers(template, pods));
  }

  private static Stream<Key> users(ResourceClaim claim, Lister<Pod> pods) {
    String namespace = claim.getMetadata().getNamespace();
    Optional<Key> owner =
        OwnerReferences.controllerOf(claim)
            .filter(reference -> reference.getKind().equals("Pod"))
            .map(reference -> new Key(namespace, reference.getName()));
    return owner.isPresent()
        ? owner.stream()
        : pods.in(namespace)
            .filter(pod -> ResourceClaims.keys(pod).anyMatch(Key.of(claim)::equals))
            .map(Key::of);
  }

  private static Stream<Key> askers(ResourceClaimTemplate template, Lister<Pod> pods) {
    String name = template.getMetadata().getName();
    return pods.in(template.getMetadata().getNamespace())
        .filter(
            pod ->
                ResourceClaims.entries(pod).stream()
                    .anyMatch(entry -> name.equals(entry.getResourceClaimTemplateName())))
        .map(Key::of);
  }

  @Override
  public Result reconcile(Pod pod) {
    List<PodResourceClaim> entries = ResourceClaims.entries(pod);
    if (entries.isEmpty() || !Pods.isActive(pod)) {
      return Result.done();
    }
    Map<String, String> made = new LinkedHashMap<>();
    for (PodResourceClaim entry : entries) {
      try {
        ensure(pod, entry).ifPresent(name -> made.put(entry.getName(), name));
      } catch (ApiException e) {
        events.warning(
            pod,
            "FailedResourceClaimCreation",
            "PodResourceClaim %s: %s".formatted(entry.getName(), e.getMessage()));
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    if (!made.isEmpty()) {
      tell(pod, made);
      return Result.done();
    }
    if (pod.getSpec().getNodeName() != null && !pod.getSpec().getNodeName().isEmpty()) {
      ResourceClaims.keys(pod)
          .flatMap(key -> claims.find(key).stream())
          .forEach(c -> reserve(pod, c));
    }
    return Result.done();
  }

  /// The name of the entry's claim, where the pod does not show it yet.
  private Optional<String> ensure(Pod pod, PodResourceClaim entry) {
    String template = entry.getResourceClaimTemplateName();
    boolean known =
        switch (ResourceClaims.named(pod, entry)) {
          case Named.NotNeeded _ -> true;
          case Named.NotYetMade _ -> false;
          case Named.Claim(String name, boolean made) ->
              !made
                  || claims
                      .find(pod.getMetadata().getNamespace(), name)
                      .filter(claim -> OwnerReferences.isControlledBy(claim, pod))
                      .isPresent();
        };
    if (known || template == null) {
      return Optional.empty();
    }
    ResourceClaim claim =
        claims
            .controlledBy(pod)
            .filter(one -> entry.getName().equals(Pods.annotations(one).get(ENTRY)))
            .filter(one -> !Pods.isDeleting(one))
            .findFirst()
            .orElseGet(() -> create(pod, entry.getName(), template));
    return Optional.of(claim.getMetadata().getName());
  }

  private ResourceClaim create(Pod pod, String entry, String template) {
    String namespace = pod.getMetadata().getNamespace();
    var from =
        templates
            .find(namespace, template)
            .orElseGet(
                () ->
                    cluster.get(
                        Resource.of(ResourceClaimTemplate.class), new Key(namespace, template)))
            .getSpec();
    ObjectMeta meta = from.getMetadata() == null ? new ObjectMeta() : from.getMetadata();
    Map<String, String> annotations = new HashMap<>();
    if (meta.getAnnotations() != null) {
      annotations.putAll(meta.getAnnotations());
    }
    annotations.put(ENTRY, entry);
    return cluster.create(
        new ResourceClaimBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withGenerateName(base(pod.getMetadata().getName(), entry))
            .withLabels(meta.getLabels())
            .withAnnotations(annotations)
            .withOwnerReferences(OwnerReferences.to(pod))
            .endMetadata()
            .withSpec(from.getSpec())
            .build());
  }

  /// What a claim's name begins with; of long names, both parts lose the same share.
  static String base(String pod, String entry) {
    int length = pod.length() + entry.length() + 2;
    if (length <= LONGEST_BASE) {
      return pod + "-" + entry + "-";
    }
    return pod.substring(0, pod.length() * LONGEST_BASE / length)
        + "-"
        + entry.substring(0, entry.length() * LONGEST_BASE / length);
  }

  private void tell(Pod pod, Map<String, String> made) {
    List<Map<String, String>> statuses = new ArrayList<>();
    made.forEach((entry, claim) -> statuses.add(Map.of("name", entry, "resourceClaimName", claim)));
    byte[] body =
        Objects.write(
            Map.of(
                "metadata", Map.of("uid", pod.getMetadata().getUid()),
                "status", Map.of("resourceClaimStatuses", statuses)));
    cluster.patch(
        PODS, Key.of(pod), new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, body), "status");
  }

  private void reserve(Pod pod, ResourceClaim claim) {
    if (ResourceClaims.isAllocated(claim)
        && !ResourceClaims.isReservedFor(claim, pod)
        && ResourceClaims.canBeReserved(claim)) {
      ResourceClaim changed = Objects.copy(claim);
      var consumers = new ArrayList<>(ResourceClaims.reservedFor(claim));
      consumers.add(ResourceClaims.consumer(pod));
      changed.getStatus().setReservedFor(consumers);
      cluster.updateStatus(changed);
    }
  }
}
