package dev.navarch.app.local;

import java.nio.file.Path;

/// One node of a cluster on this machine: its names, addresses and folders.
///
/// @param number 0 for the master
/// @param netns the name of its network namespace, as `ip netns` lists it
/// @param port the name of its plug in the cluster's switch
public record NodePlace(
    int number,
    String name,
    String netns,
    String port,
    String address,
    int addressBits,
    String podRange,
    String cgroup,
    Path data,
    Path run) {

  static NodePlace of(ClusterSpec spec, int number, Layout layout) {
    String name = number == 0 ? ClusterSpec.MASTER : "node" + number;
    Cidr nodeRange = Cidr.parse(spec.nodeRange());
    return new NodePlace(
        number,
        name,
        spec.name() + "-" + name,
        name,
        nodeRange.host(10L + number),
        nodeRange.bits(),
        Cidr.parse(spec.podRange()).part(number, 24).toString(),
        layout.cgroup() + "/" + name,
        layout.node(name),
        layout.nodeRun(name));
  }

  public boolean isMaster() {
    return number == 0;
  }

  /// The file that holds the node's mount namespace.
  public Path mountNamespace() {
    return run.resolveSibling(name + ".mnt");
  }
}
