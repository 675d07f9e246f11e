package dev.navarch.client;

/// One write that a reconciler made, and how to see that a cache shows it. The runtime holds a key
/// back until the caches show everything that its last run wrote.
public sealed interface Write {
  Resource<?> resource();

  Key key();

  /// Stored at a revision: the cache shows it when it has come that far.
  record Stored(Resource<?> resource, Key key, long revision) implements Write {}

  /// Deleted, or marked for deletion: the cache shows it when the object is no longer there
  /// unmarked.
  ///
  /// @param uid empty for whatever had the name
  record Deleted(Resource<?> resource, Key key, String uid) implements Write {}
}
