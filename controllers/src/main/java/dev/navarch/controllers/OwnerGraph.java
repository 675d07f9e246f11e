package dev.navarch.controllers;

import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who owns whom, across all kinds, by uid. Owners that nobody has seen yet have dependents too.
final class OwnerGraph {
  static final String FOREGROUND = "foregroundDeletion";
  static final String ORPHAN = "orphan";

  private final Map<String, Item> items = new HashMap<>();
  private final Map<String, Set<String>> dependents = new HashMap<>();

  /// One object.
  record Item(Resource<ObjectIdentity> resource, ObjectIdentity object) {
    Key key() {
      return Key.of(object);
    }

    String uid() {
      return object.getMetadata().getUid();
    }

    List<OwnerReference> owners() {
      return object.getMetadata().getOwnerReferences();
    }

    boolean isDeleting() {
      return Pods.isDeleting(object);
    }

    boolean holds(String finalizer) {
      return object.getMetadata().getFinalizers().contains(finalizer);
    }

    /// Goes only after its dependents.
    boolean awaitsDependents() {
      return isDeleting() && holds(FOREGROUND);
    }

    /// Goes, and leaves its dependents behind.
    boolean orphansDependents() {
      return isDeleting() && holds(ORPHAN);
    }

    /// Whether it is one of those that this owner waits for.
    boolean blocks(String owner) {
      return owners().stream()
          .anyMatch(
              one ->
                  one.getUid().equals(owner) && Boolean.TRUE.equals(one.getBlockOwnerDeletion()));
    }

    /// Whether a reference in this object may mean that one: an owner lives in the same namespace,
    /// or in none.
    boolean canBeOwnedBy(Item owner) {
      return !owner.resource().namespaced() || owner.key().namespace().equals(key().namespace());
    }
  }

  synchronized Optional<Item> find(String uid) {
    return Optional.ofNullable(items.get(uid));
  }

  synchronized List<Item> dependents(String owner) {
    return dependents.getOrDefault(owner, Set.of()).stream().map(items::get).toList();
  }

  synchronized void put(Item item) {
    unlink(items.put(item.uid(), item));
    for (OwnerReference owner : item.owners()) {
      dependents.computeIfAbsent(owner.getUid(), _ -> new LinkedHashSet<>()).add(item.uid());
    }
  }

  synchronized void remove(String uid) {
    unlink(items.remove(uid));
  }

  private void unlink(@Nullable Item item) {
    if (item == null) {
      return;
    }
    for (OwnerReference owner : item.owners()) {
      dependents.computeIfPresent(
          owner.getUid(),
          (_, known) -> {
            known.remove(item.uid());
            return known.isEmpty() ? null : known;
          });
    }
  }
}
