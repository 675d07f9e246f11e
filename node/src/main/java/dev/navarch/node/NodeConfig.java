package dev.navarch.node;

import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.settings.KubeletSettings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;

/// What one node's agent has to know before it starts. Everything that it keeps is below `dataDir`,
/// every container that it starts is below `cgroupRoot`: two agents share a machine without
/// meeting.
///
/// @param nodeIp the address that pods and the control plane reach the agent at
/// @param cgroupRoot a cgroup path from the hierarchy's root, as `/navarch/east/node-1`
/// @param settings what a KubeletConfiguration says
/// @param credentialProviders who know credentials of registries
public record NodeConfig(
    String nodeName,
    InetAddress nodeIp,
    Path dataDir,
    Path criSocket,
    String cgroupRoot,
    Path servingCert,
    Path servingKey,
    Path clientCa,
    Map<String, String> labels,
    KubeletSettings settings,
    CredentialProviders credentialProviders) {

  public NodeConfig {
    labels = Map.copyOf(labels);
  }

  /// The root of a pod's own files: volumes, the hosts file, termination messages.
  public Path podDir(String uid) {
    return dataDir.resolve("pods").resolve(uid);
  }

  /// Where the runtime writes the logs of a pod: a folder per container.
  public Path podLogDir(String namespace, String name, String uid) {
    Path logs =
        settings.ifStated("podLogsDir").map(Path::of).orElseGet(() -> dataDir.resolve("logs/pods"));
    return logs.resolve(namespace + "_" + name + "_" + uid);
  }
}
