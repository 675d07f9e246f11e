package dev.navarch.apiserver.proxy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.CertificateAuthority.Identity;
import dev.navarch.client.Cluster;
import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.node.ObjectNode;

/// Finds a node's kubelet by what the node says of itself, and proves to it who is calling. Its
/// certificate must come from the cluster's authority and name the address.
public final class Kubelets {
  private static final int DEFAULT_PORT = 10250;
  private static final String SUMMARY = "/stats/summary?only_cpu_and_memory=true";
  private static final int MAX_SUMMARY = 16 << 20;
  private final Cluster cluster;
  private final SSLContext tls;

  /// @param own the identity that kubelets know this server by
  public Kubelets(Cluster cluster, X509Certificate authority, Identity own) {
    this.cluster = cluster;
    this.tls = ClientTls.trusting(List.of(authority), own);
  }

  Backend at(String nodeName) {
    Node node =
        cluster
            .find(Node.class, "", nodeName)
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(new ApiError.Resource("", "nodes"), nodeName)));
    String address = address(node);
    return Backend.of(address, port(node), Optional.of(tls), address);
  }

  /// What a kubelet tells of the processor time and the memory that its node and pods use.
  public ObjectNode summary(String nodeName) throws IOException {
    Backend kubelet = at(nodeName);
    Map<String, List<String>> headers =
        Map.of("Host", List.of(kubelet.hostHeader()), "Accept", List.of("application/json"));
    try (Exchange.Connection connection = kubelet.connect();
        ClientCall call = ClientCall.send(connection, "GET", SUMMARY, headers, new byte[0])) {
      if (call.status() != 200) {
        throw new IOException(
            "expected status 200 of https://%s%s, found %d"
                .formatted(kubelet.hostHeader(), SUMMARY, call.status()));
      }
      return Json.parse(call.body().readNBytes(MAX_SUMMARY));
    }
  }

  static String address(Node node) {
    return Optional.ofNullable(node.getStatus()).stream()
        .flatMap(status -> status.getAddresses().stream())
        .filter(address -> Set.of("InternalIP", "ExternalIP").contains(address.getType()))
        .sorted(java.util.Comparator.comparing(NodeAddress::getType).reversed())
        .map(NodeAddress::getAddress)
        .findFirst()
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.Unavailable(
                        "no preferred addresses found; known addresses of node %s: []"
                            .formatted(node.getMetadata().getName()))));
  }

  private static int port(Node node) {
    return Optional.ofNullable(node.getStatus())
        .flatMap(status -> Optional.ofNullable(status.getDaemonEndpoints()))
        .flatMap(endpoints -> Optional.ofNullable(endpoints.getKubeletEndpoint()))
        .flatMap(endpoint -> Optional.ofNullable(endpoint.getPort()))
        .filter(port -> port > 0)
        .orElse(DEFAULT_PORT);
  }
}
