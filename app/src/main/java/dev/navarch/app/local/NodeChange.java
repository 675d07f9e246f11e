package dev.navarch.app.local;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Node;
import java.util.ArrayList;
import java.util.List;

/// Changes the number of nodes of a running cluster.
public final class NodeChange {
  private NodeChange() {}

  public static String add(ClusterSpec spec, Layout layout) {
    if (!spec.hasMachines()) {
      throw new UserError(
          "cluster '%s' has no nodes with containers, and so no network for one"
              .formatted(spec.name()),
          "start one with `navarch up --nodes 2`");
    }
    int number = 1;
    while (spec.nodes().contains(number)) {
      number++;
    }
    List<Integer> numbers = new ArrayList<>(spec.nodes());
    numbers.add(number);
    ClusterSpec grown = spec.withNodes(numbers);
    NodePlace place = NodePlace.of(grown, number, layout);
    grown.save(layout.data());
    new ClusterUp(grown, layout, Progress.onStandardOutput()).addNode(place);
    return place.name();
  }

  public static void remove(ClusterSpec spec, Layout layout, String name) {
    NodePlace place =
        spec.places(layout).stream()
            .filter(candidate -> candidate.name().equals(name) && !candidate.isMaster())
            .findFirst()
            .orElseThrow(
                () ->
                    new UserError(
                        "cluster '%s' has no removable node '%s'".formatted(spec.name(), name),
                        "there are "
                            + String.join(
                                ", ", spec.nodes().stream().map(n -> "node" + n).toList())));
    if (spec.nodes().size() == 1) {
      throw new UserError(
          name + " is the last node of the cluster", "remove the cluster with `navarch down`");
    }
    Cluster cluster = new Credentials(spec, layout).cluster();
    if (cluster.find(Node.class, "", name).isPresent()) {
      cluster.delete(Resource.of(Node.class), new Key("", name), Cluster.DeleteOptions.DEFAULT);
    }
    List<Integer> numbers = new ArrayList<>(spec.nodes());
    numbers.remove(Integer.valueOf(place.number()));
    new ClusterDown(spec, layout, Progress.onStandardOutput()).removeNode(place);
    spec.withNodes(numbers).save(layout.data());
  }
}
