package dev.navarch.app.local;

import static dev.navarch.node.host.Commands.run;
import static dev.navarch.node.host.Commands.succeeds;

import dev.navarch.node.host.Commands;
import dev.navarch.node.host.Sysctl;
import java.util.List;

/// The cluster's own network on this machine: a switch in a namespace of its own (so that the
/// machine's firewall, Docker's for one, never sees traffic between nodes), a plug for each node,
/// and one link to the machine. Packets for pods and services can reach the cluster or nothing:
/// blackhole routes catch them when the cluster is away.
final class Switchboard {
  private static final String FALLBACK_METRIC = "4000";

  private final ClusterSpec spec;
  private final Cidr nodeRange;
  private final String netns;
  private final String link;

  Switchboard(ClusterSpec spec) {
    this.spec = spec;
    this.nodeRange = Cidr.parse(spec.nodeRange());
    this.netns = spec.name() + "-switch";
    this.link = linkName(spec.name());
  }

  /// The link on the machine's side; the kernel allows 15 characters.
  static String linkName(String cluster) {
    return cluster.length() <= 14
        ? cluster + "0"
        : cluster.substring(0, 8) + "%06x".formatted(cluster.hashCode() & 0xffffff);
  }

  void create(List<NodePlace> places) {
    blackholes();
    if (!namespaceExists(netns)) {
      run("ip", "netns", "add", netns);
    }
    in(netns, "link", "set", "lo", "up");
    if (!succeeds("ip", "-n", netns, "link", "show", "switch")) {
      in(netns, "link", "add", "switch", "type", "bridge", "forward_delay", "0");
    }
    in(netns, "link", "set", "switch", "up");
    if (!succeeds("ip", "link", "show", link)) {
      run("ip", "link", "add", link, "type", "veth", "peer", "name", "machine", "netns", netns);
    }
    in(netns, "link", "set", "machine", "master", "switch", "up");
    if (!run("ip", "-4", "-o", "addr", "show", "dev", link).contains(nodeRange.host(1) + "/")) {
      run("ip", "addr", "add", nodeRange.hostWithBits(1), "dev", link);
    }
    run("ip", "link", "set", link, "up");
    places.forEach(this::plug);
    if (!spec.isolated()) {
      openWayOut();
    }
  }

  /// Gives a node its namespace and its plug in the switch.
  void plug(NodePlace place) {
    String node = place.netns();
    if (!namespaceExists(node)) {
      run("ip", "netns", "add", node);
    }
    in(node, "link", "set", "lo", "up");
    if (!succeeds("ip", "-n", node, "link", "show", "eth0")) {
      in(
          netns,
          "link",
          "add",
          "name",
          place.port(),
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          node);
    }
    in(netns, "link", "set", "dev", place.port(), "master", "switch", "up");
    String address = place.address() + "/" + place.addressBits();
    if (!run("ip", "-n", node, "-4", "-o", "addr", "show", "dev", "eth0").contains(address)) {
      in(node, "addr", "add", address, "dev", "eth0");
    }
    in(node, "link", "set", "eth0", "up");
    in(node, "route", "replace", spec.serviceRange(), "dev", "eth0");
    if (!spec.isolated()) {
      in(node, "route", "replace", "default", "via", nodeRange.host(1));
    }
    run("ip", "route", "replace", place.podRange(), "via", place.address(), "dev", link);
    if (place.isMaster()) {
      run("ip", "route", "replace", spec.serviceRange(), "via", place.address(), "dev", link);
    }
  }

  void unplug(NodePlace place) {
    Commands.outcome("", "ip", "route", "del", place.podRange(), "via", place.address());
    Commands.outcome("", "ip", "netns", "del", place.netns());
    Commands.outcome("", "ip", "-n", netns, "link", "del", place.port());
  }

  /// Takes everything away; what is not there is no failure.
  void remove(List<NodePlace> places) {
    places.forEach(this::unplug);
    Commands.outcome("", "ip", "link", "del", link);
    Commands.outcome("", "ip", "netns", "del", netns);
    for (String range : List.of(spec.podRange(), spec.serviceRange())) {
      Commands.outcome("", "ip", "route", "del", "blackhole", range, "metric", FALLBACK_METRIC);
    }
    Commands.outcome("", "nft", "delete", "table", "ip", table());
  }

  private void blackholes() {
    for (String range : List.of(spec.podRange(), spec.serviceRange())) {
      run("ip", "route", "replace", "blackhole", range, "metric", FALLBACK_METRIC);
    }
  }

  /// Nodes reach registries and the like through the machine, under the machine's address.
  private void openWayOut() {
    Sysctl.set("net.ipv4.ip_forward", "1");
    Commands.runWithInput(
        """
        table ip %1$s
        delete table ip %1$s
        table ip %1$s {
          chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr %2$s oifname != "%3$s" masquerade
          }
        }
        """
            .formatted(table(), spec.nodeRange(), link),
        "nft",
        "-f",
        "-");
  }

  private String table() {
    return "navarch-" + spec.name();
  }

  static boolean namespaceExists(String name) {
    return run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ", 2)[0].equals(name));
  }

  private static void in(String namespace, String... words) {
    String[] argv = new String[words.length + 3];
    argv[0] = "ip";
    argv[1] = "-n";
    argv[2] = namespace;
    System.arraycopy(words, 0, argv, 3, words.length);
    run(argv);
  }
}
