package dev.navarch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
    return text(part -> part.index == FIELD);
  }

  /// `spec.containers[0].image`
  @Override
  public String toString() {
    return text(_ -> true);
  }

  private String text(Predicate<Path> shown) {
    List<Path> parts = new ArrayList<>();
    for (Path part = this; part.parent != null; part = part.parent) {
      if (shown.test(part)) {
        parts.add(part);
      }
    }
    StringBuilder text = new StringBuilder();
    for (Path part : parts.reversed()) {
      if (part.index >= 0) {
        text.append('[').append(part.index).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(part.name);
      }
    }
    return text.toString();
  }
}
