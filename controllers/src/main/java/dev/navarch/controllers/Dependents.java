package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.controllers.OwnerGraph.Item;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// The garbage collector's writes. Each holds only for the very object and revision that it was
/// decided on; what is gone already needs none.
record Dependents(Cluster cluster) {

  /// The object as the server has it; empty when it is gone, or another one has its name.
  Optional<Item> live(Item item) {
    return cluster
        .find(item.resource(), item.key())
        .map(object -> new Item(item.resource(), object))
        .filter(now -> now.uid().equals(item.uid()));
  }

  /// Takes owners away from a dependent, which goes on without them.
  void release(Item item, Set<String> owners) {
    live(item)
        .filter(now -> now.owners().stream().anyMatch(one -> owners.contains(one.getUid())))
        .ifPresent(
            now ->
                setOwners(
                    now,
                    now.owners().stream().filter(one -> !owners.contains(one.getUid())).toList()));
  }

  /// Lets owners go before this object, for where they wait for each other in a circle.
  void unblock(Item item) {
    live(item)
        .ifPresent(
            now -> setOwners(now, now.owners().stream().map(OwnerLookup::unblocked).toList()));
  }

  void removeFinalizer(Item item, String finalizer) {
    live(item)
        .filter(now -> now.holds(finalizer))
        .ifPresent(
            now -> {
              ObjectNode patch = exactly(now);
              var left = patch.withObject("metadata").putArray("finalizers");
              now.object().getMetadata().getFinalizers().stream()
                  .filter(one -> !one.equals(finalizer))
                  .forEach(left::add);
              send(now, patch);
            });
  }

  void delete(Item item, String propagation) {
    String revision = item.object().getMetadata().getResourceVersion();
    var options = new Cluster.DeleteOptions(null, propagation, item.uid(), revision);
    PodEnds.unlessGone(() -> cluster.delete(item.resource(), item.key(), options));
  }

  private void setOwners(Item item, List<OwnerReference> owners) {
    ObjectNode patch = exactly(item);
    var list = patch.withObject("metadata").putArray("ownerReferences");
    owners.forEach(owner -> list.add(Objects.tree(owner)));
    send(item, patch);
  }

  private static ObjectNode exactly(Item item) {
    ObjectNode patch = Objects.emptyDocument();
    patch
        .putObject("metadata")
        .put("uid", item.uid())
        .put("resourceVersion", item.object().getMetadata().getResourceVersion());
    return patch;
  }

  private void send(Item item, ObjectNode patch) {
    var merge = new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch));
    PodEnds.unlessGone(() -> cluster.patch(item.resource(), item.key(), merge, ""));
  }
}
