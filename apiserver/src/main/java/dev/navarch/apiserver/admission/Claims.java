package dev.navarch.apiserver.admission;

import java.util.List;
import java.util.function.UnaryOperator;

/// Promises of things that there is one of, such as an address, to objects that are not stored yet.
/// A promise holds for all servers over the same store, and ends by itself: by then the object is
/// there for all to see, or was refused.
public interface Claims {
  /// Says whether the thing is promised to this owner from now on: false when it is another's.
  ///
  /// @param kind what sort of thing it is, as `addresses`
  boolean take(String kind, String thing, String owner);

  /// Ends a promise before its time: the owner goes.
  void release(String kind, String thing, String owner);

  /// Changes the promises of a scope that there is not one thing of, but an amount: as if nobody
  /// else did meanwhile. What is thrown by `change` changes nothing.
  ///
  /// @param kind what sort of amount it is, as `quotas`
  /// @param change given the promises that still hold, a line each, returns those to hold from now
  ///   on; it is asked again when somebody was faster, and must not know of its first answer
  void change(String kind, String scope, UnaryOperator<List<String>> change);
}
