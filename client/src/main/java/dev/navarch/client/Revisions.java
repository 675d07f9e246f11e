package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/// resourceVersions as the numbers that they are in Navarch and in upstream: a larger one is newer.
final class Revisions {
  private Revisions() {}

  static long of(HasMetadata object) {
    return parse(object.getMetadata().getResourceVersion());
  }

  /// 0 for what is missing or no number, as a foreign server may send.
  static long parse(@Nullable String resourceVersion) {
    if (resourceVersion == null
        || resourceVersion.isEmpty()
        || resourceVersion.length() > 18
        || !resourceVersion.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return 0;
    }
    return Long.parseLong(resourceVersion);
  }
}
