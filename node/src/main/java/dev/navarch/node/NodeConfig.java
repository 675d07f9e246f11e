package dev.navarch.node;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What one node's agent has to know before it starts. Everything that it keeps is below `dataDir`,
/// every container that it starts is below `cgroupRoot`: two agents share a machine without
/// meeting.
///
/// @param nodeIp the address that pods and the control plane reach the agent at
/// @param cgroupRoot a cgroup path from the hierarchy's root, as `/navarch/east/node-1`
/// @param port of the kubelet's HTTPS API
/// @param taints as `key=value:Effect` or `key:Effect`, set when the node registers first
/// @param clusterDns empty for none
public record NodeConfig(
    String nodeName,
    InetAddress nodeIp,
    Path dataDir,
    Path criSocket,
    String cgroupRoot,
    int port,
    Path servingCert,
    Path servingKey,
    Path clientCa,
    Map<String, String> labels,
    List<String> taints,
    int maxPods,
    List<String> clusterDns,
    String clusterDomain) {

  public static final int KUBELET_PORT = 10250;
  public static final int MAX_PODS = 110;

  public NodeConfig {
    labels = Map.copyOf(labels);
    taints = List.copyOf(taints);
    clusterDns = List.copyOf(clusterDns);
  }

  /// The root of a pod's own files: volumes, the hosts file, termination messages.
  public Path podDir(String uid) {
    return dataDir.resolve("pods").resolve(uid);
  }

  /// Where the runtime writes the logs of a pod: a folder per container.
  public Path podLogDir(String namespace, String name, String uid) {
    return dataDir.resolve("logs/pods").resolve(namespace + "_" + name + "_" + uid);
  }
}
