package dev.navarch.node;

import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.CsiNodeObject;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.dra.DraDrivers;
import dev.navarch.node.plugins.PluginSockets;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The node's drivers of storage and of devices, which announce themselves by sockets.
record NodeDrivers(
    CsiNodeObject csiNode,
    CsiDrivers storage,
    DraDrivers devices,
    ClaimDevices claims,
    Path sockets)
    implements AutoCloseable {

  static NodeDrivers of(NodeTools tools) {
    String name = tools.config().nodeName();
    Path data = tools.config().dataDir();
    var csiNode = new CsiNodeObject(tools.cluster(), name);
    var storage = new CsiDrivers(csiNode);
    var devices = new DraDrivers(tools.cluster(), name, tools.clock());
    var claims = new ClaimDevices(tools.cluster(), devices, data);
    return new NodeDrivers(csiNode, storage, devices, claims, data.resolve("plugins_registry"));
  }

  /// Once the node is registered: the API learns of the drivers that are there.
  void announce(Node node) throws InterruptedException {
    Attempts.untilItWorks(
        "drivers",
        () -> {
          csiNode.ensure();
          devices.begin();
          return node;
        });
  }

  /// Hears of drivers that come and go, as long as what it returns is open.
  AutoCloseable listen() throws IOException {
    return PluginSockets.watch(sockets, Map.of(CsiDrivers.TYPE, storage, DraDrivers.TYPE, devices));
  }

  @Override
  public void close() {
    devices.close();
    storage.close();
  }
}
