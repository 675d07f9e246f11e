package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.controllers.OwnerGraph.Item;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What a reference to an owner leads to. The graph answers for owners that it shows; that one is
/// gone, only the server itself can say.
final class OwnerLookup {
  private static final int REMEMBERED = 500;

  private final OwnerGraph graph;
  private final Cluster cluster;
  private final EventRecorder events;
  private final Map<String, Resource<ObjectIdentity>> kinds = new ConcurrentHashMap<>();

  /// Owners that are known to be gone: uids never come back.
  private final Set<String> absent =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > REMEMBERED;
                }
              }));

  /// What became of an owner.
  enum Owner {
    PRESENT,
    /// There, but the graph does not show it yet: look again.
    UNSEEN,
    /// Being deleted, and waits for its dependents to go first.
    WAITING,
    ABSENT,
    /// A kind that is not served, or a reference that can lead nowhere: no ground to delete
    /// anything.
    UNKNOWN
  }

  OwnerLookup(OwnerGraph graph, Cluster cluster, EventRecorder events) {
    this.graph = graph;
    this.cluster = cluster;
    this.events = events;
  }

  void serves(Resource<ObjectIdentity> resource) {
    kinds.put(name(resource.apiVersion(), resource.kind()), resource);
  }

  void forget(Resource<ObjectIdentity> resource) {
    kinds.remove(name(resource.apiVersion(), resource.kind()), resource);
  }

  Owner of(Item item, OwnerReference reference) {
    Optional<Item> known = graph.find(reference.getUid());
    if (known.isPresent() && item.canBeOwnedBy(known.get())) {
      return known.get().awaitsDependents() ? Owner.WAITING : Owner.PRESENT;
    }
    Resource<ObjectIdentity> resource =
        kinds.get(name(reference.getApiVersion(), reference.getKind()));
    if (resource == null) {
      return Owner.UNKNOWN;
    }
    if (known.isPresent()) {
      warn(item, reference);
    }
    if (resource.namespaced() && item.key().namespace().isEmpty()) {
      return Owner.UNKNOWN;
    }
    return live(item, reference, resource);
  }

  private Owner live(Item item, OwnerReference reference, Resource<ObjectIdentity> resource) {
    Key key = new Key(resource.namespaced() ? item.key().namespace() : "", reference.getName());
    String memory = reference.getUid() + " " + key;
    if (absent.contains(memory)) {
      return Owner.ABSENT;
    }
    Optional<Item> found =
        cluster
            .find(resource, key)
            .map(object -> new Item(resource, object))
            .filter(owner -> owner.uid().equals(reference.getUid()));
    if (found.isEmpty()) {
      absent.add(memory);
      return Owner.ABSENT;
    }
    return found.get().awaitsDependents() ? Owner.WAITING : Owner.UNSEEN;
  }

  private void warn(Item item, OwnerReference reference) {
    String namespace = item.key().namespace();
    events.warning(
        item.object(),
        "OwnerRefInvalidNamespace",
        "ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in namespace \"%s\""
            .formatted(
                reference.getApiVersion(),
                reference.getKind(),
                namespace,
                reference.getName(),
                reference.getUid(),
                namespace));
  }

  /// The version does not matter: whoever is named in one version is the same in another.
  private static String name(String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    return (slash < 0 ? "" : apiVersion.substring(0, slash)) + "/" + kind;
  }

  static OwnerReference unblocked(OwnerReference reference) {
    return new OwnerReferenceBuilder(reference).withBlockOwnerDeletion(false).build();
  }
}
