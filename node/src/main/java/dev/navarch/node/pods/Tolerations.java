package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;

/// Which taints a pod puts up with.
final class Tolerations {
  private Tolerations() {}

  static boolean tolerates(Pod pod, Taint taint) {
    return pod.getSpec().getTolerations().stream().anyMatch(each -> tolerates(each, taint));
  }

  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean effect =
        toleration.getEffect() == null
            || toleration.getEffect().isEmpty()
            || toleration.getEffect().equals(taint.getEffect());
    boolean anyKey = toleration.getKey() == null || toleration.getKey().isEmpty();
    boolean exists = "Exists".equals(toleration.getOperator());
    String value = toleration.getValue() == null ? "" : toleration.getValue();
    String tainted = taint.getValue() == null ? "" : taint.getValue();
    return effect
        && (anyKey ? exists : toleration.getKey().equals(taint.getKey()))
        && (exists || value.equals(tainted));
  }
}
