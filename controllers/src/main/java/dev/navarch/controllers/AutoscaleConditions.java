package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerConditionBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What an autoscaler says of itself: whether it can scale, whether it does, and what holds it
/// back.
record AutoscaleConditions(HorizontalPodAutoscalerStatus status, Instant now) {
  static final String ABLE = "AbleToScale";
  static final String ACTIVE = "ScalingActive";
  static final String LIMITED = "ScalingLimited";

  private static final Map<String, String> MESSAGES =
      Map.of(
          "ScaleUpStabilized",
          "recent recommendations were lower than current one, applying the lowest recent"
              + " recommendation",
          "ScaleDownStabilized",
          "recent recommendations were higher than current one, applying the highest recent"
              + " recommendation",
          "ReadyForNewScale",
          "recommended size matches current size",
          "ScaleUpLimit",
          "the desired replica count is increasing faster than the maximum scale rate",
          "ScaleDownLimit",
          "the desired replica count is decreasing faster than the maximum scale rate",
          "TooManyReplicas",
          "the desired replica count is more than the maximum replica count",
          "TooFewReplicas",
          "the desired replica count is less than the minimum replica count",
          "DesiredWithinRange",
          "the desired count is within the acceptable range",
          "ScalingDisabled",
          "scaling is disabled since the replica count of the target is zero",
          "SucceededGetScale",
          "the HPA controller was able to get the target's current scale");

  void set(String type, boolean holds, String reason) {
    set(type, holds, reason, MESSAGES.getOrDefault(reason, reason));
  }

  void set(String type, boolean holds, String reason, String message) {
    String value = holds ? "True" : "False";
    List<HorizontalPodAutoscalerCondition> conditions = new ArrayList<>(status.getConditions());
    String since = Pods.timestamp(now);
    int at = conditions.size();
    for (int i = 0; i < conditions.size(); i++) {
      if (conditions.get(i).getType().equals(type)) {
        at = i;
        since =
            conditions.get(i).getStatus().equals(value)
                ? conditions.get(i).getLastTransitionTime()
                : since;
      }
    }
    var condition =
        new HorizontalPodAutoscalerConditionBuilder()
            .withType(type)
            .withStatus(value)
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(since)
            .build();
    if (at < conditions.size()) {
      conditions.set(at, condition);
    } else {
      conditions.add(condition);
    }
    status.setConditions(conditions);
  }
}
