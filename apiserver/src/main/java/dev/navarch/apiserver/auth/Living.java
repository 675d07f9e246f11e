package dev.navarch.apiserver.auth;

import java.util.Optional;

/// Looks whether what a token was issued for still exists.
@FunctionalInterface
public interface Living {

  /// The kinds that a token can be bound to.
  enum Kind {
    SERVICE_ACCOUNT("serviceaccount", "ServiceAccount"),
    POD("pod", "Pod"),
    NODE("node", "Node"),
    SECRET("secret", "Secret");

    private final String claim;
    private final String kind;

    Kind(String claim, String kind) {
      this.claim = claim;
      this.kind = kind;
    }

    String claim() {
      return claim;
    }

    static Optional<Kind> named(String kind) {
      for (Kind one : values()) {
        if (one.kind.equals(kind)) {
          return Optional.of(one);
        }
      }
      return Optional.empty();
    }

    String kind() {
      return kind;
    }
  }

  /// The uid of the object that has this name now.
  Optional<String> uid(Kind kind, String namespace, String name);

  /// Whether a Secret is there to stay, and holds this token.
  default boolean holds(String namespace, String secret, String token) {
    return false;
  }
}
