package dev.navarch.apiserver.auth;

import java.util.function.Supplier;

/// Says whether a user may do something.
public interface Authorizer {

  /// Either a resource with a verb, or a path with an HTTP method.
  ///
  /// @param group the API group; `*` never occurs here
  /// @param resource the plural; empty when `path` is asked
  /// @param path the URL path; empty when a resource is asked
  record Attributes(
      User user,
      String verb,
      String group,
      String version,
      String resource,
      String subresource,
      String namespace,
      String name,
      String path) {}

  /// The answer.
  ///
  /// @param explanation tells an administrator the reason; asked only when somebody wants to know
  record Decision(boolean allowed, Supplier<String> explanation) {
    public Decision(boolean allowed, String reason) {
      this(allowed, () -> reason);
    }

    public String reason() {
      return explanation.get();
    }
  }

  Decision decide(Attributes attributes);
}
