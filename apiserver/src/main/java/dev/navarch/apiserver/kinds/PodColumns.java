package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.text;
import static dev.navarch.apiserver.kinds.Columns.timed;
import static dev.navarch.apiserver.kinds.Columns.wide;

import dev.navarch.apiserver.kinds.KindRules.Column;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What `kubectl get pods` shows.
final class PodColumns {
  static final List<Column> ALL =
      List.of(
          Column.NAME,
          text(
              "Ready", "Containers that are ready, out of all.", pod -> PodSummary.of(pod).ready()),
          text("Status", "What the pod is doing, in one word.", pod -> PodSummary.of(pod).reason()),
          timed(
              "Restarts",
              "How often containers were started again, and when last.",
              row -> PodSummary.of(row.object()).restarts(row.now())),
          Column.AGE,
          wide(text("IP", "The pod's address.", PodColumns::address)),
          wide(text("Node", "Where the pod runs.", "/spec/nodeName")),
          wide(
              text(
                  "Nominated Node",
                  "Where the pod goes once others have made room.",
                  "/status/nominatedNodeName")),
          wide(
              text(
                  "Readiness Gates",
                  "Further conditions that readiness waits for, and how many hold.",
                  PodColumns::gates)));

  private PodColumns() {}

  private static String address(ObjectNode pod) {
    String first = Columns.textAt(pod, "/status/podIPs/0/ip", "");
    return first.isEmpty() ? Columns.textAt(pod, "/status/podIP", Columns.NONE) : first;
  }

  private static String gates(ObjectNode pod) {
    JsonNode gates = pod.at("/spec/readinessGates");
    if (gates.isEmpty()) {
      return Columns.NONE;
    }
    long open =
        gates
            .valueStream()
            .filter(gate -> Conditions.isTrue(pod, gate.path("conditionType").asString("")))
            .count();
    return open + "/" + gates.size();
  }
}
