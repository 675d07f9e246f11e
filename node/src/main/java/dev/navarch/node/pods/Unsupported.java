package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Fields that this agent does not act on yet. A pod that states one is not started: running it
/// without would be a lie.
final class Unsupported {
  private Unsupported() {}

  /// The first such field, as a path with its value.
  static Optional<String> find(Pod pod) {
    List<String> found = new ArrayList<>();
    PodSpec spec = pod.getSpec();
    mark(
        found,
        "spec.os.name=windows",
        spec.getOs() != null && "windows".equals(spec.getOs().getName()));
    var security = spec.getSecurityContext();
    if (security != null) {
      String at = "spec.securityContext.";
      mark(found, at + "windowsOptions", security.getWindowsOptions() != null);
    }
    Containers.all(pod).forEach(container -> find(found, container));
    return found.stream().findFirst();
  }

  private static void find(List<String> found, Container container) {
    String at = "spec.containers[%s].".formatted(container.getName());
    SecurityContext security = container.getSecurityContext();
    if (security != null) {
      mark(found, at + "securityContext.windowsOptions", security.getWindowsOptions() != null);
    }
  }

  private static void mark(List<String> found, String field, boolean stated) {
    if (stated) {
      found.add(field);
    }
  }
}
