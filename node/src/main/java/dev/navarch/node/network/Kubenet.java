package dev.navarch.node.network;

import dev.navarch.node.host.Commands;
import dev.navarch.node.host.Sysctl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// The pod network of one node: bridge `cbr0` with the first address of the node's pod range, every
/// pod on it with an address of its own, no translation between pods. Traffic that leaves the
/// cluster's ranges is translated to the node's address.
public final class Kubenet {
  static final String NAME = "kubenet";
  private static final String FILE = "10-kubenet.conflist";
  private static final String TABLE = "navarch-kubenet";

  private final Path configurations;

  /// @param configurations the folder from which the runtime reads CNI configurations
  public Kubenet(Path configurations) {
    this.configurations = configurations;
  }

  /// Sets the kernel and the CNI plugins up for a pod range. Safe to repeat.
  ///
  /// @param podRange this node's own, as `10.40.1.0/24`
  /// @param clusterRanges all ranges that are reached without translation: pods, nodes
  public void apply(String podRange, List<String> clusterRanges) {
    Sysctl.set("net.ipv4.ip_forward", "1");
    Sysctl.set("net.bridge.bridge-nf-call-iptables", "1");
    write(conflist(podRange));
    Commands.runWithInput(masquerade(podRange, clusterRanges), "nft", "-f", "-");
  }

  static String conflist(String podRange) {
    return """
    {
      "cniVersion": "0.4.0",
      "name": "%s",
      "plugins": [
        {
          "type": "bridge",
          "bridge": "cbr0",
          "isGateway": true,
          "ipMasq": false,
          "hairpinMode": true,
          "mtu": 1500,
          "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": "%s"}]],
            "routes": [{"dst": "0.0.0.0/0"}]
          }
        }
      ]
    }
    """
        .formatted(NAME, podRange);
  }

  static String masquerade(String podRange, List<String> clusterRanges) {
    return """
    table ip %1$s
    delete table ip %1$s
    table ip %1$s {
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr %2$s ip daddr != { %3$s, 127.0.0.0/8, 224.0.0.0/4 } masquerade
      }
    }
    """
        .formatted(TABLE, podRange, String.join(", ", clusterRanges));
  }

  private void write(String conflist) {
    Path file = configurations.resolve(FILE);
    try {
      Files.createDirectories(configurations);
      if (Files.exists(file) && Files.readString(file).equals(conflist)) {
        return;
      }
      Path fresh = configurations.resolve(FILE + ".new");
      Files.writeString(fresh, conflist);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("the CNI configuration cannot be written: " + file, e);
    }
  }
}
