package dev.navarch.apiserver.cache;

import java.util.function.Predicate;

/// Which changes of a resource a watcher wants to be woken for. He may see others, too, when he is
/// awake.
///
/// @param scope what the keys begin with: {@link StorageKeys#prefix} of the resource or of one of
///   its namespaces, or one whole key
/// @param change asked about a change within the scope, on the cache's own thread
public record Interest(String scope, Predicate<CacheEvent> change) {

  /// Every change within a scope.
  public static Interest in(String scope) {
    return new Interest(scope, change -> true);
  }
}
