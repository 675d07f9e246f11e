package dev.navarch.apiserver.cel;

import java.util.Optional;
import java.util.Set;

/// A value whose parts are fields of known names, not keys.
public interface Fields {
  /// The field that is present; names are as expressions write them.
  Optional<Object> field(String name);

  /// The names of the fields that are present, as documents write them.
  Set<String> present();

  /// The name that `type(x)` shows.
  String typeName();
}
