package dev.navarch.apiserver.usage;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// What a node and the containers on it used lately, as its kubelet told. What the kubelet does not
/// know in full is left out, so that nobody takes half of a pod for all of it.
///
/// @param containers by pod; a pod is here with all of its running containers, or not at all
public record NodeUsage(Optional<Usage> node, Map<PodName, List<Container>> containers) {
  /// A rate of less time would say little.
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  static final NodeUsage UNKNOWN = new NodeUsage(Optional.empty(), Map.of());

  /// @param at when it was measured
  /// @param window the time before that, of which `nanoCores` is the rate
  /// @param nanoCores billionths of a processor
  /// @param bytes the working set
  /// @param nanoSeconds of processors since the start
  public record Usage(
      Instant at, Duration window, long nanoCores, long bytes, OptionalLong nanoSeconds) {
    static Optional<Usage> read(JsonNode stats) {
      JsonNode cpu = stats.at("/cpu/usageNanoCores");
      JsonNode memory = stats.at("/memory/workingSetBytes");
      JsonNode spent = stats.at("/cpu/usageCoreNanoSeconds");
      if (!cpu.isIntegralNumber() || !memory.isIntegralNumber()) {
        return Optional.empty();
      }
      try {
        Instant at = Instant.parse(stats.at("/cpu/time").asString(""));
        return Optional.of(
            new Usage(
                at,
                window(stats.path("startTime"), at),
                cpu.asLong(),
                memory.asLong(),
                spent.isIntegralNumber() ? OptionalLong.of(spent.asLong()) : OptionalLong.empty()));
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }

    /// What has just started can have used something since then only.
    private static Duration window(JsonNode started, Instant at) {
      if (!started.isString()) {
        return NodeUsages.WINDOW;
      }
      Duration age = Duration.between(Instant.parse(started.asString("")), at);
      return age.isPositive() && age.compareTo(NodeUsages.WINDOW) < 0 ? age : NodeUsages.WINDOW;
    }

    /// The rate since an earlier look, where that is nearer than what the kubelet promises.
    Usage since(Usage before) {
      Duration between = Duration.between(before.at, at);
      if (between.isZero()) {
        return before;
      }
      if (between.compareTo(SHORTEST) < 0
          || between.compareTo(window) > 0
          || nanoSeconds.isEmpty()
          || before.nanoSeconds.isEmpty()
          || nanoSeconds.getAsLong() < before.nanoSeconds.getAsLong()) {
        return this;
      }
      double spent = nanoSeconds.getAsLong() - before.nanoSeconds.getAsLong();
      long rate = Math.round(spent / between.toNanos() * Duration.ofSeconds(1).toNanos());
      return new Usage(at, between, rate, bytes, nanoSeconds);
    }
  }

  /// Which pod.
  public record PodName(String namespace, String name) {}

  /// A container of a pod.
  public record Container(String name, Usage usage) {}

  /// The same, with rates since an earlier look.
  NodeUsage since(NodeUsage before) {
    Map<PodName, List<Container>> pods = new HashMap<>();
    containers.forEach(
        (pod, now) -> pods.put(pod, since(now, before.containers.getOrDefault(pod, List.of()))));
    return new NodeUsage(
        node.map(now -> before.node.map(now::since).orElse(now)), Map.copyOf(pods));
  }

  private static List<Container> since(List<Container> now, List<Container> before) {
    return now.stream()
        .map(
            one ->
                before.stream()
                    .filter(old -> old.name.equals(one.name))
                    .findFirst()
                    .map(old -> new Container(one.name, one.usage.since(old.usage)))
                    .orElse(one))
        .toList();
  }

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
