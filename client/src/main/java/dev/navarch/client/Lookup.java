package dev.navarch.client;

import java.util.Collection;

/// Finds objects of a cache by something that they hold, without a look at the others.
@FunctionalInterface
public interface Lookup<T> {

  /// The objects that hold this now, in no order.
  Collection<T> of(String value);
}
