package dev.navarch.api;

import java.util.Collection;
import java.util.Optional;

/// The kinds that a server knows at this moment: the built-in ones, and custom ones as they come
/// and go.
public interface Kinds {

  Collection<Kind> all();

  /// The kind behind `/apis/{group}/{version}/{plural}`.
  Optional<Kind> byResource(String group, String version, String plural);

  /// The kind that an object calls itself.
  Optional<Kind> byKind(String apiVersion, String kind);
}
