package dev.navarch.api;

import java.util.List;
import java.util.Set;

/// A kind of object in one version of its group, and the resource that serves it.
///
/// @param group empty for the core group
/// @param verbs what the resource itself answers: `create`, `delete`, `deletecollection`, `get`,
///   `list`, `patch`, `update`, `watch`
/// @param subresources names that are served below an object: `status`, `scale`, `log`…
/// @param schema fields, types, defaults and merge rules of the whole object
public record Kind(
    String group,
    String version,
    String kind,
    String plural,
    String singular,
    List<String> shortNames,
    List<String> categories,
    boolean namespaced,
    Set<String> verbs,
    Set<String> subresources,
    Schema schema) {

  /// `v1` or `apps/v1`, as it stands in an object.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// Whether a CustomResourceDefinition brought this kind.
  public boolean isCustom() {
    return schema.structural();
  }

  /// Whether the resource has this name: `pods`, `deployments.apps`.
  public boolean isResource(String name) {
    int dot = plural.length();
    return group.isEmpty()
        ? plural.equals(name)
        : name.length() == dot + 1 + group.length()
            && name.startsWith(plural)
            && name.charAt(dot) == '.'
            && name.endsWith(group);
  }

  /// `pods` or `deployments.apps`, as errors and RBAC name it.
  public ApiError.Resource resource() {
    return new ApiError.Resource(group, plural);
  }
}
