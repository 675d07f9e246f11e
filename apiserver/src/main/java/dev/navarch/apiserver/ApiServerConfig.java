package dev.navarch.apiserver;

import dev.navarch.apiserver.audit.AuditFile;
import dev.navarch.store.etcd.EtcdConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How one API server is set up.
///
/// @param bindAddress the IP address to listen on: `0.0.0.0` for all
/// @param port 0 for any free one
/// @param advertiseAddress the IP address by which pods and nodes reach this server
/// @param extraNames further DNS names and IP addresses by which clients reach it
/// @param serviceRange of cluster IPs, as `10.96.0.0/16`
/// @param nodePortFirst the first port that a NodePort Service may have
/// @param nodePortLast the last one
/// @param tokenFile static bearer tokens, if any
/// @param etcd where objects are kept; empty for the embedded store in the data folder
/// @param access who is let in, and what is looked at on the way
/// @param auditLog where requests are told of
/// @param auditPolicy how much is told of which requests; without one nothing is
public record ApiServerConfig(
    Path dataDir,
    String bindAddress,
    int port,
    String advertiseAddress,
    List<String> extraNames,
    String serviceRange,
    int nodePortFirst,
    int nodePortLast,
    String clusterName,
    Optional<Path> tokenFile,
    Optional<EtcdConfig> etcd,
    Access access,
    Optional<AuditFile> auditLog,
    Optional<Path> auditPolicy) {
  public ApiServerConfig {
    extraNames = List.copyOf(extraNames);
  }

  /// With the usual rights and admission plugins, and no audit log.
  public ApiServerConfig(
      Path dataDir,
      String bindAddress,
      int port,
      String advertiseAddress,
      List<String> extraNames,
      String serviceRange,
      int nodePortFirst,
      int nodePortLast,
      String clusterName,
      Optional<Path> tokenFile,
      Optional<EtcdConfig> etcd) {
    this(
        dataDir,
        bindAddress,
        port,
        advertiseAddress,
        extraNames,
        serviceRange,
        nodePortFirst,
        nodePortLast,
        clusterName,
        tokenFile,
        etcd,
        Access.DEFAULT,
        Optional.empty(),
        Optional.empty());
  }

  /// With Kubernetes' usual ranges.
  public static ApiServerConfig of(
      Path dataDir, String bindAddress, int port, String advertiseAddress) {
    return new ApiServerConfig(
        dataDir,
        bindAddress,
        port,
        advertiseAddress,
        List.of(),
        "10.96.0.0/16",
        30000,
        32767,
        "navarch",
        Optional.empty(),
        Optional.empty());
  }

  /// The same server, telling of its requests.
  public ApiServerConfig withAudit(AuditFile log, Path policy) {
    return new ApiServerConfig(
        dataDir,
        bindAddress,
        port,
        advertiseAddress,
        extraNames,
        serviceRange,
        nodePortFirst,
        nodePortLast,
        clusterName,
        tokenFile,
        etcd,
        access,
        Optional.of(log),
        Optional.of(policy));
  }

  /// The address of the Service `kubernetes`: the first of the range.
  public String kubernetesServiceAddress() {
    String network = serviceRange.substring(0, serviceRange.indexOf('/'));
    int lastDot = network.lastIndexOf('.');
    int first = Integer.parseInt(network.substring(lastDot + 1)) + 1;
    return network.substring(0, lastDot + 1) + first;
  }

  /// Everything that the server's certificate must name.
  List<String> serverNames() {
    var names =
        new java.util.LinkedHashSet<>(
            List.of(
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "localhost",
                "127.0.0.1",
                kubernetesServiceAddress(),
                advertiseAddress));
    names.addAll(extraNames);
    if (!bindAddress.equals("0.0.0.0")) {
      names.add(bindAddress);
    }
    return List.copyOf(names);
  }
}
