package dev.navarch.store.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.store.Store;
import io.etcd.jetcd.api.KeyValue;

/// Where keys stand in etcd: objects (`/registry/…`) below the cluster's prefix, as Kubernetes has
/// them, and what else the store keeps beside it, so that several clusters can share an etcd.
record KeySpace(String prefix) {
  private static final String OBJECTS = "/registry";
  private static final String OWN = ".own";

  /// Every key of etcd, as both ends of a range.
  static final ByteString ALL = ByteString.copyFrom(new byte[1]);

  /// A bound of a range may stand here too.
  ByteString outer(String key) {
    String outer =
        key.startsWith(OBJECTS) ? prefix + key.substring(OBJECTS.length()) : prefix + OWN + key;
    return ByteString.copyFromUtf8(outer);
  }

  boolean holds(ByteString outer) {
    String key = outer.toStringUtf8();
    return key.startsWith(prefix + "/") || key.startsWith(prefix + OWN + "/");
  }

  String inner(ByteString outer) {
    String key = outer.toStringUtf8();
    String own = prefix + OWN;
    return key.startsWith(own)
        ? key.substring(own.length())
        : OBJECTS + key.substring(prefix.length());
  }

  /// @param offset what is added to etcd's revisions
  Store.KeyValue keyValue(KeyValue found, long offset) {
    return new Store.KeyValue(
        inner(found.getKey()),
        found.getValue().toByteArray(),
        found.getCreateRevision() + offset,
        found.getModRevision() + offset,
        found.getLease());
  }
}
