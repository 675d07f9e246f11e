package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The names that kinds and groups go by in OpenAPI documents; generated clients are built on them.
final class OpenApiNames {
  private OpenApiNames() {}

  /// `io.k8s.api.core.v1.Pod`; of a custom kind its group reversed, its version and its kind.
  static String definition(Kind kind) {
    if (!kind.schema().definition().isEmpty()) {
      return kind.schema().definition();
    }
    List<String> parts = Arrays.asList(kind.group().split("\\."));
    Collections.reverse(parts);
    return String.join(".", parts) + "." + kind.version() + "." + kind.kind();
  }

  static String list(Kind kind) {
    return definition(kind) + "List";
  }

  /// `CoreV1`, `RbacAuthorizationV1`.
  static String title(GroupVersion version) {
    String group = version.group().isEmpty() ? "core" : version.group();
    return Arrays.stream(group.replace(".k8s.io", "").split("\\."))
            .map(OpenApiNames::capital)
            .collect(Collectors.joining())
        + capital(version.version());
  }

  /// `core_v1`, `rbacAuthorization_v1`.
  static String tag(GroupVersion version) {
    String title = title(new GroupVersion(version.group(), ""));
    return title.substring(0, 1).toLowerCase(Locale.ROOT)
        + title.substring(1)
        + "_"
        + version.version();
  }

  static String capital(String word) {
    return word.isEmpty() ? "" : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }
}
