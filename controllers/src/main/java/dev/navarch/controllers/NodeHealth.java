package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is known of a node's life from outside: the last sign that it gave and when we saw it, by
/// our own clock, since the node's may differ.
///
/// @param sign a text that changes with each renewal of the node's lease or status
/// @param wasReady what the Ready condition said when we last looked
record NodeHealth(String uid, String sign, Instant seen, boolean wasReady) {
  private static final List<String> TYPES =
      List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

  NodeHealth withReady(boolean ready) {
    return new NodeHealth(uid, sign, seen, ready);
  }

  /// The status of a node that has fallen silent: nothing that it said holds any more.
  static NodeStatus silent(Node node, Instant now) {
    NodeStatus status = node.getStatus() == null ? new NodeStatus() : node.getStatus();
    List<NodeCondition> conditions = new ArrayList<>(status.getConditions());
    for (String type : TYPES) {
      Optional<NodeCondition> said = NodeTaints.condition(node, type);
      if (said.isEmpty()) {
        conditions.add(
            unknown(new NodeCondition(), now)
                .withType(type)
                .withReason("NodeStatusNeverUpdated")
                .withMessage("Kubelet never posted node status.")
                .withLastHeartbeatTime(node.getMetadata().getCreationTimestamp())
                .build());
      } else if (!"Unknown".equals(said.get().getStatus())) {
        conditions.replaceAll(
            one ->
                one.getType().equals(type)
                    ? unknown(one, now)
                        .withReason("NodeStatusUnknown")
                        .withMessage("Kubelet stopped posting node status.")
                        .build()
                    : one);
      }
    }
    return new NodeStatusBuilder(status).withConditions(conditions).build();
  }

  private static NodeConditionBuilder unknown(NodeCondition before, Instant now) {
    return new NodeConditionBuilder(before)
        .withStatus("Unknown")
        .withLastTransitionTime(Pods.timestamp(now));
  }
}
