package dev.navarch.apiserver.cache;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The watchers of a resource by their scope: a change costs nothing to those of other namespaces
/// and other objects, and those who select are only woken for what they select.
final class Watchers {
  private final Map<String, Set<WatchCursor>> byScope = new ConcurrentHashMap<>();

  void add(WatchCursor cursor) {
    byScope.compute(
        cursor.interest().scope(),
        (_, there) -> {
          Set<WatchCursor> set = there == null ? ConcurrentHashMap.newKeySet(1) : there;
          set.add(cursor);
          return set;
        });
  }

  void remove(WatchCursor cursor) {
    byScope.computeIfPresent(
        cursor.interest().scope(),
        (_, set) -> {
          set.remove(cursor);
          return set.isEmpty() ? null : set;
        });
  }

  int count() {
    return byScope.values().stream().mapToInt(Set::size).sum();
  }

  /// How many have this scope.
  int count(String scope) {
    Set<WatchCursor> there = byScope.get(scope);
    return there == null ? 0 : there.size();
  }

  /// Wakes those who sleep and want this change: of the resource, of the namespace, of the object.
  void tell(CacheEvent event, long position) {
    String key = event.key();
    int namespace = key.lastIndexOf('/') + 1;
    String resource = StorageKeys.prefix(key);
    tell(resource, event, position);
    if (namespace > resource.length()) {
      tell(key.substring(0, namespace), event, position);
    }
    tell(key, event, position);
  }

  private void tell(String scope, CacheEvent event, long position) {
    Set<WatchCursor> there = byScope.get(scope);
    if (there != null) {
      there.forEach(cursor -> cursor.tell(event, position));
    }
  }

  /// Ends all: what they watch is shown in another way from now on.
  void endAll() {
    byScope.values().forEach(set -> set.forEach(WatchCursor::end));
  }

  /// Wakes all: they have lost their place.
  void wakeAll() {
    byScope.values().forEach(set -> set.forEach(WatchCursor::wake));
  }
}
