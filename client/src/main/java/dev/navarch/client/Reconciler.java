package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;

/// Brings the world to what one object asks for: a function from what the caches show to a few
/// writes and a {@link Result}. It may be called at any time, any number of times.
@FunctionalInterface
public interface Reconciler<T extends HasMetadata> {

  Result reconcile(T object);

  /// The object is gone from the cache.
  default Result gone(Key key) {
    return Result.done();
  }
}
