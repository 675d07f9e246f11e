package dev.navarch.apiserver;

import dev.navarch.api.Json;
import dev.navarch.store.Snapshot;
import dev.navarch.store.Store;
import dev.navarch.store.Store.KeyValue;
import dev.navarch.store.Store.Outcome;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import tools.jackson.databind.node.ObjectNode;

/// Says in the store which cluster its objects belong to, so that no server with another name or
/// other keys takes them for its own.
record ClusterMark(String name, String authority) {
  private static final String KEY = "/cluster";

  static ClusterMark of(String name, X509Certificate authority) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(authority.getEncoded());
      return new ClusterMark(name, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException("the authority's certificate has no fingerprint", e);
    }
  }

  /// Leaves the mark in a new store.
  ///
  /// @throws IllegalStateException when another cluster's is there
  void check(Store store) {
    if (store.get(Snapshot.UNFINISHED).isPresent()) {
      throw new IllegalStateException(
          "a restore into this store has not come to its end: run 'navarch snapshot restore' again");
    }
    store.get(KEY).ifPresentOrElse(this::compare, () -> leave(store));
  }

  private void leave(Store store) {
    byte[] mark = Json.bytes(Json.object().put("name", name).put("authority", authority));
    if (store.put(KEY, mark, 0, null) instanceof Outcome.Mismatch) {
      store.get(KEY).ifPresent(this::compare);
    }
  }

  private void compare(KeyValue stored) {
    ObjectNode found = Json.parse(stored.value());
    String there = found.path("name").asString("");
    if (!there.equals(name)) {
      throw new IllegalStateException(
          "the store belongs to cluster '%s', this server is of cluster '%s': correct --cluster-name, or use another --data-dir or --etcd-prefix"
              .formatted(there, name));
    }
    if (!found.path("authority").asString("").equals(authority)) {
      throw new IllegalStateException(
          "the store belongs to a cluster '%s' with another certificate authority: copy the folder pki from the data directory of a server that belongs to it, or use another --data-dir or --etcd-prefix"
              .formatted(name));
    }
  }
}
