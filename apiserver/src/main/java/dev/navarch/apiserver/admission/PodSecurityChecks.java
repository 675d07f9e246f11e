package dev.navarch.apiserver.admission;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// The controls of the Pod Security Standards, `baseline` and `restricted`, and what each finds in
/// a pod. Both have grown with Kubernetes, so that each control says since which minor version it
/// is one; a namespace may stay with an older one. Source:
/// https://kubernetes.io/docs/concepts/security/pod-security-standards/.
final class PodSecurityChecks {
  static final int LATEST = Integer.MAX_VALUE;

  private PodSecurityChecks() {}

  /// One control that a pod breaks: `privileged (container "a" must not set …)`.
  record Finding(String reason, String detail) {
    @Override
    public String toString() {
      return "%s (%s)".formatted(reason, detail);
    }
  }

  /// @param minor the version of the standard: 25 is v1.25
  static List<Finding> baseline(JsonNode pod, int minor) {
    PodUnderCheck checked = new PodUnderCheck(pod);
    new BaselineControls(checked, minor).check(false);
    return checked.findings();
  }

  static List<Finding> restricted(JsonNode pod, int minor) {
    PodUnderCheck checked = new PodUnderCheck(pod);
    new BaselineControls(checked, minor).check(true);
    new RestrictedControls(checked, minor).check();
    return checked.findings();
  }
}
