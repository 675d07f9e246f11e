package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How fast nodes that are in trouble may lose their pods. One at a time when few are; slowly or
/// not at all when most of a zone is, for then the network is to blame more likely than the nodes;
/// never when no node of the cluster is well.
final class EvictionPace {
  private static final Duration NORMAL = Duration.ofSeconds(10);
  private static final Duration SLOW = Duration.ofSeconds(100);
  private static final double UNHEALTHY = 0.55;
  private static final int LARGE = 50;

  private final Map<String, Instant> last = new HashMap<>();

  /// How an evicting taint may be added to a node now.
  sealed interface Verdict {
    record Now() implements Verdict {}

    record Later(Duration pause) implements Verdict {}

    /// No node is well: whatever drives pods away is to be taken back.
    record Never() implements Verdict {}
  }

  synchronized Verdict ask(Node node, List<Node> all, Instant now) {
    if (all.stream().noneMatch(NodeTaints::isReady)) {
      return new Verdict.Never();
    }
    String zone = zone(node);
    List<Node> near = all.stream().filter(one -> zone(one).equals(zone)).toList();
    long down = near.stream().filter(one -> !NodeTaints.isReady(one)).count();
    boolean partly = down < near.size() && down > 2 && (double) down / near.size() >= UNHEALTHY;
    if (partly && near.size() <= LARGE) {
      return new Verdict.Later(NORMAL);
    }
    Duration pause = partly ? SLOW : NORMAL;
    Duration wait = Duration.between(now, last.getOrDefault(zone, Instant.EPOCH).plus(pause));
    return wait.isPositive() ? new Verdict.Later(wait) : new Verdict.Now();
  }

  synchronized void spent(Node node, Instant now) {
    last.put(zone(node), now);
  }

  private static String zone(Node node) {
    Map<String, String> labels = Pods.labels(node);
    return labels.getOrDefault("topology.kubernetes.io/region", "")
        + ":"
        + labels.getOrDefault("topology.kubernetes.io/zone", "");
  }
}
