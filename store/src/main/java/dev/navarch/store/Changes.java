package dev.navarch.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts and deletes of records, in order, that become durable together.
final class Changes {
  private final List<Change> all = new ArrayList<>();
  private long bytes;

  /// @param value null to delete
  record Change(byte[] key, byte @Nullable [] value) {}

  void put(byte[] key, byte[] value) {
    all.add(new Change(key, value));
    bytes += key.length + value.length;
  }

  void delete(byte[] key) {
    all.add(new Change(key, null));
    bytes += key.length;
  }

  List<Change> all() {
    return all;
  }

  int count() {
    return all.size();
  }

  /// Of keys and values.
  long bytes() {
    return bytes;
  }

  void clear() {
    all.clear();
    bytes = 0;
  }
}
