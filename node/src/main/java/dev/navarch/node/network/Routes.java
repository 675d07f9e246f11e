package dev.navarch.node.network;

import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Resource;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a route on this machine to the pod range of every other node, by that node's address, as
/// `10.40.2.0/24 via 10.140.0.12`. Our routes carry a protocol number of their own, so that ones of
/// nodes that are gone can be told from others' and removed.
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String PROTOCOL = "140";

  private final String ownName;
  private final Lister<Node> nodes;

  private Routes(String ownName, Lister<Node> nodes) {
    this.ownName = ownName;
    this.nodes = nodes;
  }

  /// Follows the cluster's nodes from now on.
  static void keep(String ownName, Informers informers) {
    var routes = new Routes(ownName, informers.lister(Node.class));
    informers.onChange(Resource.of(Node.class), change -> routes.sync());
  }

  /// Makes the machine's routes equal to what the nodes ask for.
  private synchronized void sync() {
    Map<String, String> wanted = new HashMap<>();
    nodes
        .all()
        .filter(node -> !node.getMetadata().getName().equals(ownName))
        .forEach(
            node ->
                internalAddress(node)
                    .ifPresent(
                        address -> {
                          String range =
                              node.getSpec() == null ? null : node.getSpec().getPodCIDR();
                          if (range != null && !range.isEmpty()) {
                            wanted.put(range, address);
                          }
                        }));
    Map<String, String> present = present();
    present.forEach(
        (range, via) -> {
          if (!wanted.containsKey(range)) {
            change("del", range, via);
          }
        });
    wanted.forEach(
        (range, via) -> {
          if (!via.equals(present.get(range))) {
            change("replace", range, via);
          }
        });
  }

  private static void change(String action, String range, String via) {
    Commands.Outcome outcome =
        Commands.outcome("", "ip", "route", action, range, "via", via, "proto", PROTOCOL);
    if (outcome.exit() != 0) {
      LOG.atWarn()
          .addKeyValue("route", range + " via " + via)
          .addKeyValue("reason", outcome.errors())
          .log("route not changed");
    }
  }

  private static Map<String, String> present() {
    Map<String, String> routes = new HashMap<>();
    Commands.run("ip", "-4", "route", "show", "proto", PROTOCOL)
        .lines()
        .map(line -> line.strip().split(" +"))
        .filter(words -> words.length >= 3 && words[1].equals("via"))
        .forEach(words -> routes.put(words[0], words[2]));
    return routes;
  }

  private static Optional<String> internalAddress(Node node) {
    if (node.getStatus() == null || node.getStatus().getAddresses() == null) {
      return Optional.empty();
    }
    return node.getStatus().getAddresses().stream()
        .filter(address -> "InternalIP".equals(address.getType()))
        .map(NodeAddress::getAddress)
        .findFirst();
  }
}
