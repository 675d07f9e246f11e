package dev.navarch.apiserver.usage;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What a node and the containers on it used lately, as its kubelet told. What the kubelet does not
/// know in full is left out, so that nobody takes half of a pod for all of it.
///
/// @param containers by pod; a pod is here with all of its running containers, or not at all
public record NodeUsage(Optional<Usage> node, Map<PodName, List<Container>> containers) {
  static final NodeUsage UNKNOWN = new NodeUsage(Optional.empty(), Map.of());

  /// @param at when it was measured
  /// @param nanoCores billionths of a processor, at the rate of the time before
  /// @param bytes the working set
  public record Usage(Instant at, long nanoCores, long bytes) {
    static Optional<Usage> read(JsonNode stats) {
      JsonNode cpu = stats.at("/cpu/usageNanoCores");
      JsonNode memory = stats.at("/memory/workingSetBytes");
      if (!cpu.isIntegralNumber() || !memory.isIntegralNumber()) {
        return Optional.empty();
      }
      try {
        Instant at = Instant.parse(stats.at("/cpu/time").asString(""));
        return Optional.of(new Usage(at, cpu.asLong(), memory.asLong()));
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }
  }

  /// Which pod.
  public record PodName(String namespace, String name) {}

  /// A container of a pod.
  public record Container(String name, Usage usage) {}

  /// @param summary what `/stats/summary` of a kubelet answers
  static NodeUsage read(JsonNode summary) {
    Map<PodName, List<Container>> pods = new HashMap<>();
    for (JsonNode pod : summary.path("pods")) {
      List<Container> containers = new ArrayList<>();
      for (JsonNode container : pod.path("containers")) {
        Usage.read(container)
            .map(usage -> new Container(container.path("name").asString(""), usage))
            .ifPresent(containers::add);
      }
      if (!containers.isEmpty() && containers.size() == pod.path("containers").size()) {
        JsonNode name = pod.path("podRef");
        pods.put(
            new PodName(name.path("namespace").asString(""), name.path("name").asString("")),
            List.copyOf(containers));
      }
    }
    return new NodeUsage(Usage.read(summary.path("node")), Map.copyOf(pods));
  }
}
