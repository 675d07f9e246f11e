package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The templates that a workload had, each kept in a ControllerRevision, from which `kubectl
/// rollout undo` brings one back. A template that comes back gets the newest number.
///
/// @param hashLabel the label of a revision that holds the hash of its template
record TemplateHistory(Cluster cluster, String hashLabel) {
  static final String POD_LABEL = "controller-revision-hash";
  private static final Comparator<ControllerRevision> OLDEST_FIRST =
      Comparator.comparingLong(TemplateHistory::number)
          .thenComparing(Pods::created)
          .thenComparing(revision -> revision.getMetadata().getName());

  /// The revision of the present template.
  ///
  /// @param collisions how often a name was taken by another template, as the owner's status holds
  ///   it
  record Present(ControllerRevision revision, @Nullable Integer collisions) {}

  static List<ControllerRevision> inOrder(List<ControllerRevision> revisions) {
    return revisions.stream().sorted(OLDEST_FIRST).toList();
  }

  /// Finds the revision of a template or makes it.
  ///
  /// @param revisions all that the owner has, in order
  Present present(
      HasMetadata owner,
      PodTemplateSpec template,
      List<ControllerRevision> revisions,
      @Nullable Integer collisions) {
    ObjectNode data = data(template);
    long last = revisions.isEmpty() ? 0 : number(revisions.getLast());
    for (ControllerRevision revision : revisions.reversed()) {
      if (data.equals(data(revision))) {
        return new Present(
            number(revision) == last ? revision : renumbered(revision, last + 1), collisions);
      }
    }
    return make(owner, template, last + 1, collisions);
  }

  /// Deletes the oldest of those that no pod has, beyond the history that is to be kept.
  void cleanUp(List<ControllerRevision> revisions, Set<String> inUse, @Nullable Integer limit) {
    List<ControllerRevision> unused =
        revisions.stream().filter(one -> !inUse.contains(one.getMetadata().getName())).toList();
    int kept = limit == null ? 10 : limit;
    unused.stream()
        .limit(Math.max(0, unused.size() - kept))
        .forEach(
            revision -> {
              try {
                cluster.delete(revision);
              } catch (ApiException e) {
                if (!e.isNotFound()) {
                  throw e;
                }
              }
            });
  }

  String hash(ControllerRevision revision) {
    return Pods.labels(revision).getOrDefault(hashLabel, "");
  }

  /// The template that a revision keeps.
  static PodTemplateSpec template(ControllerRevision revision) {
    ObjectNode data = data(revision);
    return data.at("/spec/template") instanceof ObjectNode template
        ? Objects.convert(template, PodTemplateSpec.class)
        : new PodTemplateSpec();
  }

  /// The number alone is sent: the data must stay as they are, to the letter.
  private ControllerRevision renumbered(ControllerRevision revision, long number) {
    ObjectNode patch = Objects.emptyDocument();
    patch.putObject("metadata").put("resourceVersion", revision.getMetadata().getResourceVersion());
    patch.put("revision", number);
    return cluster.patch(
        Resource.of(ControllerRevision.class),
        Key.of(revision),
        new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch)),
        "");
  }

  private Present make(
      HasMetadata owner, PodTemplateSpec template, long number, @Nullable Integer collisions) {
    Integer count = collisions;
    while (true) {
      String hash = Revisions.hash(template, Numbers.orZero(count));
      ControllerRevision wanted = revision(owner, template, number, hash);
      try {
        return new Present(cluster.create(wanted), count);
      } catch (ApiException e) {
        if (!e.isAlreadyExists()) {
          throw e;
        }
        ControllerRevision there =
            cluster.get(Resource.of(ControllerRevision.class), Key.of(wanted));
        if (OwnerReferences.isControlledBy(there, owner) && data(there).equals(data(wanted))) {
          return new Present(there, count);
        }
        count = Numbers.orZero(count) + 1;
      }
    }
  }

  private ControllerRevision revision(
      HasMetadata owner, PodTemplateSpec template, long number, String hash) {
    Map<String, String> labels = new HashMap<>();
    if (template.getMetadata() != null && template.getMetadata().getLabels() != null) {
      labels.putAll(template.getMetadata().getLabels());
    }
    labels.put(hashLabel, hash);
    Map<String, String> annotations = new HashMap<>(Pods.annotations(owner));
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    return new ControllerRevisionBuilder()
        .withNewMetadata()
        .withNamespace(owner.getMetadata().getNamespace())
        .withName(owner.getMetadata().getName() + "-" + hash)
        .withLabels(labels)
        .withAnnotations(annotations)
        .withOwnerReferences(OwnerReferences.to(owner))
        .endMetadata()
        .withRevision(number)
        .withData(data(template))
        .build();
  }

  /// A patch that brings the template back.
  private static ObjectNode data(PodTemplateSpec template) {
    ObjectNode patch = Objects.emptyDocument();
    ObjectNode tree = Objects.tree(template);
    tree.put("$patch", "replace");
    patch.putObject("spec").set("template", tree);
    return Objects.document(Objects.write(patch));
  }

  private static ObjectNode data(ControllerRevision revision) {
    return revision.getData() == null
        ? Objects.emptyDocument()
        : Objects.document(Objects.write(revision.getData()));
  }

  private static long number(ControllerRevision revision) {
    return Numbers.orZero(revision.getRevision());
  }
}
