package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Parallel;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.NamespaceStatus;
import io.fabric8.kubernetes.api.model.NamespaceStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// Empties a namespace that is being deleted, whatever kinds of objects it holds, and lets it go
/// when nothing is left. Pods go first: while one still works, its policies and secrets stay.
final class NamespaceController implements Reconciler<Namespace> {
  private static final Resource<Namespace> NAMESPACES = Resource.of(Namespace.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final String FINALIZER = "kubernetes";
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final InstantSource clock;

  private NamespaceController(Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  static Controller register(Cluster cluster, InstantSource clock) {
    return Controller.of(NAMESPACES, new NamespaceController(cluster, clock)).workers(10);
  }

  @Override
  public Result reconcile(Namespace namespace) {
    if (!Pods.isDeleting(namespace) || !namespace.getSpec().getFinalizers().contains(FINALIZER)) {
      return Result.done();
    }
    String name = namespace.getMetadata().getName();
    var emptying = new NamespaceContent();
    List<Resource<?>> all = discover(emptying);
    empty(PODS, name, emptying);
    if (emptying.isEmpty()) {
      all.forEach(resource -> empty(resource, name, emptying));
    }
    Namespace noted = note(namespace, emptying.conditions(clock.instant()));
    if (!emptying.isEmpty()) {
      return Result.after(LOOK_AGAIN);
    }
    Namespace free = Objects.copy(noted);
    free.getSpec().getFinalizers().remove(FINALIZER);
    try {
      cluster.update(NAMESPACES, free, "finalize");
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
    return Result.done();
  }

  private List<Resource<?>> discover(NamespaceContent emptying) {
    try {
      return cluster.discover().stream().filter(Resource::namespaced).toList();
    } catch (ApiException e) {
      emptying.discoveryFailed(e.error().message());
      return List.of();
    }
  }

  private <T extends HasMetadata> void empty(
      Resource<T> resource, String namespace, NamespaceContent emptying) {
    try {
      List<T> found = list(resource, namespace);
      List<T> fresh = found.stream().filter(object -> !Pods.isDeleting(object)).toList();
      if (!fresh.isEmpty()) {
        Parallel.together(fresh, object -> delete(resource, object));
      }
      list(resource, namespace).forEach(object -> emptying.remains(resource, object));
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        emptying.deletionFailed(resource, e.error().message());
      }
    }
  }

  private <T extends HasMetadata> List<T> list(Resource<T> resource, String namespace) {
    return cluster.list(resource, Cluster.ListOptions.in(namespace)).items();
  }

  private <T extends HasMetadata> void delete(Resource<T> resource, T object) {
    try {
      cluster.delete(
          resource,
          Key.of(object),
          new Cluster.DeleteOptions(null, "Background", object.getMetadata().getUid(), null));
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private Namespace note(Namespace namespace, List<NamespaceCondition> conditions) {
    NamespaceStatus before =
        namespace.getStatus() == null ? new NamespaceStatus() : namespace.getStatus();
    NamespaceStatus status =
        new NamespaceStatusBuilder(before)
            .withPhase("Terminating")
            .withConditions(NamespaceContent.merged(before.getConditions(), conditions))
            .build();
    if (status.equals(before)) {
      return namespace;
    }
    Namespace changed = Objects.copy(namespace);
    changed.setStatus(status);
    return cluster.updateStatus(changed);
  }
}
