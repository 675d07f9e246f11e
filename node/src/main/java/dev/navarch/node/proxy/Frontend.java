package dev.navarch.node.proxy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One port of one Service as a node must serve it: where connections arrive, and to which pods
/// they go.
///
/// @param name namespace, Service and port, unique: `default/web:http`
/// @param protocol `tcp`, `udp` or `sctp`
/// @param clusterIps virtual addresses; empty for a pod's host port
/// @param externalIps further addresses that reach it from outside
/// @param nodePort the port on every node's own addresses; 0 for none
/// @param endpoints pods for connections from inside
/// @param externalEndpoints pods for connections from outside
/// @param keepSource whether outside connections keep their source address (traffic policy Local)
/// @param affinity how long a client stays with its pod; empty for not at all
record Frontend(
    String name,
    String protocol,
    List<String> clusterIps,
    List<String> externalIps,
    int port,
    int nodePort,
    List<Endpoint> endpoints,
    List<Endpoint> externalEndpoints,
    boolean keepSource,
    Optional<Duration> affinity) {

  /// A pod's address and port.
  record Endpoint(String ip, int port) {}
}
