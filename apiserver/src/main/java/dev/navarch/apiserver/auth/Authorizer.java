package dev.navarch.apiserver.auth;

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

  /// The answer; `reason` explains it to an administrator.
  record Decision(boolean allowed, String reason) {}

  Decision decide(Attributes attributes);
}
