package dev.navarch.node.server;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.pods.CriNames;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What containers use, as the runtime counts it: `/stats/summary` and a few metrics.
record Stats(String nodeName, ContainerRuntime runtime, Supplier<List<Pod>> pods) {

  ObjectNode summary() {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.putObject("node").put("nodeName", nodeName);
    ArrayNode list = summary.putArray("pods");
    Map<String, ArrayNode> byPod = new HashMap<>();
    for (ContainerStats stats : runtime.stats()) {
      Map<String, String> labels = stats.getAttributes().getLabelsMap();
      String uid = labels.getOrDefault(CriNames.POD_UID, "");
      add(byPod.computeIfAbsent(uid, key -> pod(list, labels)), stats);
    }
    return summary;
  }

  String metrics() {
    long running =
        runtime.containers("").stream()
            .filter(
                container ->
                    container.getState()
                        == dev.navarch.node.cri.v1.ContainerState.CONTAINER_RUNNING)
            .count();
    return """
    # HELP kubelet_node_name The node's name. The count is always 1.
    # TYPE kubelet_node_name gauge
    kubelet_node_name{node="%s"} 1
    # HELP kubelet_running_containers Number of containers currently running
    # TYPE kubelet_running_containers gauge
    kubelet_running_containers{container_state="running"} %d
    # HELP kubelet_desired_pods The number of pods the kubelet is being instructed to run.
    # TYPE kubelet_desired_pods gauge
    kubelet_desired_pods{static=""} %d
    """
        .formatted(nodeName, running, pods.get().size());
  }

  private static ArrayNode pod(ArrayNode list, Map<String, String> labels) {
    ObjectNode pod = list.addObject();
    pod.putObject("podRef")
        .put("name", labels.get(CriNames.POD_NAME))
        .put("namespace", labels.get(CriNames.POD_NAMESPACE))
        .put("uid", labels.get(CriNames.POD_UID));
    return pod.putArray("containers");
  }

  private static void add(ArrayNode containers, ContainerStats stats) {
    ObjectNode container = containers.addObject();
    container.put("name", stats.getAttributes().getMetadata().getName());
    container
        .putObject("cpu")
        .put("time", time(stats.getCpu().getTimestamp()))
        .put("usageNanoCores", stats.getCpu().getUsageNanoCores().getValue())
        .put("usageCoreNanoSeconds", stats.getCpu().getUsageCoreNanoSeconds().getValue());
    container
        .putObject("memory")
        .put("time", time(stats.getMemory().getTimestamp()))
        .put("workingSetBytes", stats.getMemory().getWorkingSetBytes().getValue())
        .put("usageBytes", stats.getMemory().getUsageBytes().getValue())
        .put("rssBytes", stats.getMemory().getRssBytes().getValue());
  }

  private static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).toString();
  }
}
