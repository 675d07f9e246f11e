package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.client.Write;
import dev.navarch.controllers.OwnerGraph.Item;
import dev.navarch.controllers.OwnerLookup.Owner;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Deletes objects whose owners are gone, whatever their kinds; keeps an owner that is deleted in
/// the foreground until its dependents are gone; and frees dependents that are to outlive theirs.
/// Kinds that come to be served are taken in, those that are no longer served forgotten.
final class GarbageCollector {
  private static final Key DISCOVERY = new Key("", "discovery");
  private static final String OBJECT = "uid";
  private static final Duration REDISCOVER = Duration.ofSeconds(30);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
  private static final String DEFINITIONS = "customresourcedefinitions";

  private final Informers on;
  private final Cluster cluster;
  private final OwnerGraph graph = new OwnerGraph();
  private final OwnerLookup lookup;
  private final Dependents dependents;
  private final Set<Resource<ObjectIdentity>> seen = ConcurrentHashMap.newKeySet();
  private Consumer<Key> wake = _ -> {};

  private GarbageCollector(Informers on, Cluster cluster, EventRecorder events) {
    this.on = on;
    this.cluster = cluster;
    this.lookup = new OwnerLookup(graph, cluster, events.as("garbage-collector-controller"));
    this.dependents = new Dependents(cluster);
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    var collector = new GarbageCollector(on, cluster, events);
    return Controller.ofKeys("garbage_collector", collector::reconcile, collector::connect)
        .workers(20);
  }

  private void connect(Informers informers, Consumer<Key> waking) {
    wake = waking;
    waking.accept(DISCOVERY);
  }

  private Result reconcile(Key key) {
    if (key.equals(DISCOVERY)) {
      discover();
      return Result.after(REDISCOVER);
    }
    return graph.find(key.name()).map(this::settle).orElseGet(Result::done);
  }

  private void discover() {
    Set<Resource<ObjectIdentity>> gone = new LinkedHashSet<>(seen);
    for (Resource<?> served : cluster.discover()) {
      Resource<ObjectIdentity> resource = ObjectIdentity.of(served);
      gone.remove(resource);
      if (!served.plural().equals("events") && seen.add(resource)) {
        lookup.serves(resource);
        on.onChange(resource, change -> changed(resource, change));
      }
    }
    for (Resource<ObjectIdentity> resource : gone) {
      seen.remove(resource);
      lookup.forget(resource);
      on.forget(resource);
    }
  }

  private void changed(Resource<ObjectIdentity> resource, Informers.Change<ObjectIdentity> change) {
    ObjectIdentity before = change.before();
    ObjectIdentity now = change.now();
    Set<String> concerned = new LinkedHashSet<>();
    if (before != null) {
      var last = new Item(resource, before);
      last.owners().forEach(owner -> concerned.add(owner.getUid()));
      if (now == null || !last.uid().equals(now.getMetadata().getUid())) {
        graph.remove(last.uid());
        graph.dependents(last.uid()).forEach(one -> concerned.add(one.uid()));
      }
    }
    if (now != null) {
      var item = new Item(resource, now);
      graph.put(item);
      item.owners().forEach(owner -> concerned.add(owner.getUid()));
      if (item.awaitsDependents()) {
        graph.dependents(item.uid()).forEach(one -> concerned.add(one.uid()));
      }
      concerned.add(item.uid());
    }
    if (resource.plural().equals(DEFINITIONS)) {
      wake.accept(DISCOVERY);
    }
    concerned.stream().filter(this::needsWork).forEach(uid -> wake.accept(object(uid)));
  }

  /// Most objects have no owner, or one that is well; those need not be looked at.
  private boolean needsWork(String uid) {
    return graph
        .find(uid)
        .filter(
            item ->
                item.awaitsDependents()
                    || item.orphansDependents()
                    || item.owners().stream()
                        .anyMatch(
                            owner ->
                                graph
                                    .find(owner.getUid())
                                    .filter(item::canBeOwnedBy)
                                    .filter(one -> !one.awaitsDependents())
                                    .isEmpty()))
        .isPresent();
  }

  private Result settle(Item item) {
    if (item.orphansDependents() || item.awaitsDependents()) {
      if (!hasSeenEverything()) {
        return Result.after(Duration.ofSeconds(1));
      }
      if (item.orphansDependents()) {
        graph.dependents(item.uid()).stream()
            .filter(one -> one.canBeOwnedBy(item))
            .forEach(one -> dependents.release(one, Set.of(item.uid())));
        dependents.removeFinalizer(item, OwnerGraph.ORPHAN);
      } else if (graph.dependents(item.uid()).stream()
          .noneMatch(one -> one.canBeOwnedBy(item) && one.blocks(item.uid()))) {
        dependents.removeFinalizer(item, OwnerGraph.FOREGROUND);
      }
      return Result.done();
    }
    return item.isDeleting() ? Result.done() : judge(item);
  }

  private Result judge(Item seenItem) {
    Map<Owner, List<OwnerReference>> owners = owners(seenItem);
    if (!isEndangered(owners)) {
      return later(owners);
    }
    Optional<Item> live = dependents.live(seenItem);
    if (live.isEmpty() || live.get().isDeleting()) {
      return Result.done();
    }
    Item item = live.get();
    Map<Owner, List<OwnerReference>> now = owners(item);
    if (!isEndangered(now)) {
      return later(now);
    }
    Set<String> lost =
        Stream.of(Owner.ABSENT, Owner.WAITING)
            .flatMap(state -> now.getOrDefault(state, List.of()).stream())
            .map(OwnerReference::getUid)
            .collect(Collectors.toSet());
    if (lost.size() < item.owners().size()) {
      dependents.release(item, lost);
      return later(now);
    }
    List<Item> below = graph.dependents(item.uid());
    if (now.containsKey(Owner.WAITING) && !below.isEmpty()) {
      if (below.stream().anyMatch(Item::awaitsDependents)) {
        dependents.unblock(item);
      }
      dependents.delete(item, "Foreground");
    } else {
      dependents.delete(
          item,
          item.holds(OwnerGraph.ORPHAN)
              ? "Orphan"
              : item.holds(OwnerGraph.FOREGROUND) ? "Foreground" : "Background");
    }
    return Result.done();
  }

  private Map<Owner, List<OwnerReference>> owners(Item item) {
    return item.owners().stream()
        .collect(Collectors.groupingBy(reference -> lookup.of(item, reference)));
  }

  private static boolean isEndangered(Map<Owner, List<OwnerReference>> owners) {
    return owners.containsKey(Owner.ABSENT) || owners.containsKey(Owner.WAITING);
  }

  private static Result later(Map<Owner, List<OwnerReference>> owners) {
    return owners.containsKey(Owner.UNSEEN)
        ? Result.after(LOOK_AGAIN)
        : owners.containsKey(Owner.UNKNOWN) ? Result.after(REDISCOVER) : Result.done();
  }

  /// Whether every kind's cache has been filled once: until then, an owner may have dependents that
  /// the graph does not show.
  private boolean hasSeenEverything() {
    try {
      for (Resource<ObjectIdentity> resource : seen) {
        var anything = new Write.Stored(resource, DISCOVERY, 1);
        if (!on.awaitWrite(anything, Duration.ZERO)) {
          return false;
        }
      }
      return !seen.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Key object(String uid) {
    return new Key(OBJECT, uid);
  }
}
