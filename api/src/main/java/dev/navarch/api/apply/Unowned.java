package dev.navarch.api.apply;

import java.util.Set;

/// What no manager ever owns: the object's identity, and what the server alone writes.
final class Unowned {
  static final Set<String> TOP = Set.of("apiVersion", "kind");
  static final Set<String> METADATA =
      Set.of(
          "clusterName",
          "creationTimestamp",
          "generation",
          "managedFields",
          "name",
          "namespace",
          "resourceVersion",
          "selfLink",
          "uid");
  private static final String METADATA_ELEMENT = PathElements.field("metadata");

  private Unowned() {}

  /// The set without these places.
  static FieldSet removedFrom(FieldSet set) {
    return set.minus(ALL);
  }

  private static final FieldSet ALL = all();

  private static FieldSet all() {
    FieldSet.Builder all = new FieldSet.Builder();
    TOP.forEach(name -> all.add(PathElements.field(name)));
    all.add(METADATA_ELEMENT);
    METADATA.forEach(name -> all.below(METADATA_ELEMENT).add(PathElements.field(name)));
    return all.build();
  }
}
