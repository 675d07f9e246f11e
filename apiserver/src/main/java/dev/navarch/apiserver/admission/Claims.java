package dev.navarch.apiserver.admission;

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
}
