package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// Settles what an owner controls: adopts what its selector picks and nobody controls, and lets go
/// of what its selector no longer picks. Two owners never share an object.
///
/// @param finalizer what controlled objects carry until their owner has seen their end; empty for
///   none
record Claims<O extends HasMetadata, T extends HasMetadata>(
    Cluster cluster, Resource<O> owners, Resource<T> resource, Lister<T> lister, String finalizer) {

  Claims(Cluster cluster, Resource<O> owners, Resource<T> resource, Lister<T> lister) {
    this(cluster, owners, resource, lister, "");
  }

  /// Those who may adopt an object: they pick it, and nobody controls it.
  static <O extends HasMetadata> Stream<Key> adopters(
      HasMetadata object, Lister<O> owners, Function<O, LabelSelector> selector) {
    if (OwnerReferences.controllerOf(object).isPresent()) {
      return Stream.empty();
    }
    return owners
        .in(object.getMetadata().getNamespace())
        .filter(owner -> LabelSelectors.matches(selector.apply(owner), object))
        .map(Key::of);
  }

  /// @param wanted leaves out what is not worth a change of hands
  List<T> settle(O owner, LabelSelector selector, Predicate<T> wanted) {
    List<T> controlled = new ArrayList<>();
    lister
        .controlledBy(owner)
        .filter(wanted)
        .forEach(
            object -> {
              if (LabelSelectors.matches(selector, object)) {
                controlled.add(object);
              } else if (!Pods.isDeleting(owner)) {
                release(owner, object);
              }
            });
    if (!Pods.isDeleting(owner)) {
      List<T> orphans = orphans(owner, selector).filter(wanted).toList();
      if (!orphans.isEmpty() && mayAdopt(owner)) {
        orphans.forEach(orphan -> adopt(owner, orphan).forEach(controlled::add));
      }
    }
    return controlled;
  }

  private Stream<T> orphans(O owner, LabelSelector selector) {
    return lister
        .in(owner.getMetadata().getNamespace())
        .filter(
            object ->
                !Pods.isDeleting(object)
                    && OwnerReferences.controllerOf(object).isEmpty()
                    && LabelSelectors.matches(selector, object));
  }

  /// Asks the server, not the cache: an owner that is gone must not take anything with it.
  private boolean mayAdopt(O owner) {
    return cluster
        .find(owners, Key.of(owner))
        .filter(now -> now.getMetadata().getUid().equals(owner.getMetadata().getUid()))
        .filter(now -> !Pods.isDeleting(now))
        .isPresent();
  }

  private Stream<T> adopt(O owner, T orphan) {
    List<OwnerReference> references = new ArrayList<>(orphan.getMetadata().getOwnerReferences());
    references.add(OwnerReferences.to(owner));
    return change(orphan, references, true).stream();
  }

  private void release(O owner, T object) {
    change(
        object,
        object.getMetadata().getOwnerReferences().stream()
            .filter(reference -> !reference.getUid().equals(owner.getMetadata().getUid()))
            .toList(),
        false);
  }

  private Optional<T> change(T object, List<OwnerReference> references, boolean held) {
    ObjectNode patch = Objects.emptyDocument();
    ObjectNode metadata = patch.putObject("metadata");
    metadata.put("uid", object.getMetadata().getUid());
    metadata.put("resourceVersion", object.getMetadata().getResourceVersion());
    var list = metadata.putArray("ownerReferences");
    references.forEach(reference -> list.add(Objects.tree(reference)));
    if (!finalizer.isEmpty()) {
      var finalizers = metadata.putArray("finalizers");
      object.getMetadata().getFinalizers().stream()
          .filter(one -> !one.equals(finalizer))
          .forEach(finalizers::add);
      if (held) {
        finalizers.add(finalizer);
      }
    }
    try {
      var merge = new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch));
      return Optional.of(cluster.patch(resource, Key.of(object), merge, ""));
    } catch (ApiException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
