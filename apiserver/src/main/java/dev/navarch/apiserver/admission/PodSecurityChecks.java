package dev.navarch.apiserver.admission;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// The controls of the Pod Security Standards, `baseline` and `restricted`, and what each finds in
/// a pod. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
final class PodSecurityChecks {
  private PodSecurityChecks() {}

  /// One control that a pod breaks: `privileged (container "a" must not set …)`.
  record Finding(String reason, String detail) {
    @Override
    public String toString() {
      return "%s (%s)".formatted(reason, detail);
    }
  }

  static List<Finding> baseline(JsonNode pod) {
    PodUnderCheck checked = new PodUnderCheck(pod);
    new BaselineControls(checked).check(false);
    return checked.findings();
  }

  static List<Finding> restricted(JsonNode pod) {
    PodUnderCheck checked = new PodUnderCheck(pod);
    new BaselineControls(checked).check(true);
    new RestrictedControls(checked).check();
    return checked.findings();
  }
}
