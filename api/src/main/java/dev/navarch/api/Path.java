package dev.navarch.api;

import org.jspecify.annotations.Nullable;

/// Where in a document a walk stands: a link to the parent, so that a walk pays for text only when
/// it has something to say.
///
/// @param name the field or the key, empty for an element of a list
/// @param index the element of a list, {@link #FIELD}, or {@link #KEY} for an entry of a map
record Path(@Nullable Path parent, String name, int index) {
  private static final int FIELD = -1;
  private static final int KEY = -2;
  static final Path ROOT = new Path(null, "", FIELD);

  Path field(String field) {
    return new Path(this, field, FIELD);
  }

  Path key(String key) {
    return new Path(this, key, KEY);
  }

  Path element(int element) {
    return new Path(this, "", element);
  }

  /// The fields alone, without keys and indices, as Go's JSON errors name a place.
  String fields() {
    if (parent == null) {
      return "";
    }
    String before = parent.fields();
    return index != FIELD ? before : before.isEmpty() ? name : before + "." + name;
  }

  /// `spec.containers[0].image`
  @Override
  public String toString() {
    if (parent == null) {
      return "";
    }
    String before = parent.toString();
    return index >= 0 ? before + "[" + index + "]" : before.isEmpty() ? name : before + "." + name;
  }
}
