package dev.navarch.app.local;

import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a cluster of this machine is: its processes, its API server, its nodes.
///
/// @param lines one for each part
public record ClusterStatus(List<Line> lines) {

  /// @param part what it is about
  record Line(String part, boolean healthy, String state) {}

  public static ClusterStatus of(ClusterSpec spec, Layout layout) {
    List<Line> lines = new ArrayList<>();
    Daemons daemons = new Daemons(layout);
    Credentials credentials = new Credentials(spec, layout);
    boolean serverLives = daemons.running(ClusterDown.SERVER).isPresent();
    boolean serverReady = serverLives && credentials.serverIsReady();
    lines.add(
        new Line(
            "control plane",
            serverReady,
            (serverReady ? "ready at " : serverLives ? "not ready at " : "not running, was at ")
                + spec.apiUrl()));
    Optional<List<Node>> nodes = serverReady ? Optional.of(nodes(credentials)) : Optional.empty();
    for (NodePlace place : spec.places(layout)) {
      boolean agentLives = daemons.running(ClusterDown.agentOf(place)).isPresent();
      boolean ready =
          nodes.stream()
              .flatMap(List::stream)
              .filter(node -> node.getMetadata().getName().equals(place.name()))
              .anyMatch(ClusterUp::isReady);
      String state =
          !agentLives
              ? "agent not running"
              : nodes.isEmpty() ? "agent running" : ready ? "ready" : "not ready";
      lines.add(
          new Line(
              place.name(),
              agentLives && (ready || nodes.isEmpty()),
              "%s, address %s, pods %s".formatted(state, place.address(), place.podRange())));
    }
    nodes.ifPresent(
        all -> {
          if (spec.simulatedNodes() > 0) {
            int places = spec.places(layout).size();
            long ready = all.stream().filter(ClusterUp::isReady).count();
            lines.add(
                new Line(
                    "simulated nodes",
                    all.size() - places >= spec.simulatedNodes(),
                    "%d nodes in all, %d ready".formatted(all.size(), ready)));
          }
        });
    return new ClusterStatus(lines);
  }

  public boolean isHealthy() {
    return lines.stream().allMatch(Line::healthy);
  }

  public String text() {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append("%s %-16s %s%n".formatted(line.healthy ? "✓" : "✗", line.part, line.state));
    }
    return text.toString();
  }

  private static List<Node> nodes(Credentials credentials) {
    return credentials.cluster().list(Resource.of(Node.class), Cluster.ListOptions.ALL).items();
  }
}
