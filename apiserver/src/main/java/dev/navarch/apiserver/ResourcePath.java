package dev.navarch.apiserver;

import java.util.Optional;

/// A URL path taken apart: `/apis/{group}/{version}/namespaces/{namespace}/{plural}/{name}/{sub…}`.
///
/// @param group empty for the core group (`/api/v1/…`)
/// @param namespace empty when the path names none
/// @param name empty for a collection
/// @param subresource empty for the object itself
/// @param rest what follows the subresource, with its leading slash, for proxies; else empty
public record ResourcePath(
    String group,
    String version,
    String namespace,
    String plural,
    String name,
    String subresource,
    String rest) {

  /// The same, with another path behind the subresource.
  public ResourcePath leadingTo(String other) {
    return new ResourcePath(group, version, namespace, plural, name, subresource, other);
  }

  /// Empty for paths that name no resource (`/version`, `/apis/apps/v1`, `/healthz`…).
  /// `/api/v1/namespaces/x` is the namespace x itself, `/api/v1/namespaces/x/status` and
  /// `/finalize` its subresources; any other third part is a resource inside x.
  public static Optional<ResourcePath> parse(String path) {
    String[] parts = path.split("/", -1);
    int at;
    String group;
    if (parts.length > 3 && parts[1].equals("api")) {
      group = "";
      at = 2;
    } else if (parts.length > 4 && parts[1].equals("apis")) {
      group = parts[2];
      at = 3;
    } else {
      return Optional.empty();
    }
    String version = parts[at++];
    String namespace = "";
    boolean inNamespace =
        parts[at].equals("namespaces")
            && parts.length > at + 2
            && !(group.isEmpty()
                && (parts[at + 2].equals("status") || parts[at + 2].equals("finalize"))
                && parts.length == at + 3)
            && !parts[at + 2].isEmpty();
    if (inNamespace) {
      namespace = parts[at + 1];
      at += 2;
    }
    String plural = parts[at++];
    if (plural.isEmpty()) {
      return Optional.empty();
    }
    String name = at < parts.length ? parts[at++] : "";
    String subresource = at < parts.length ? parts[at++] : "";
    StringBuilder rest = new StringBuilder();
    while (at < parts.length) {
      rest.append('/').append(parts[at++]);
    }
    if (group.isEmpty() && plural.equals("namespaces") && namespace.isEmpty()) {
      namespace = name;
    }
    return Optional.of(
        new ResourcePath(group, version, namespace, plural, name, subresource, rest.toString()));
  }
}
