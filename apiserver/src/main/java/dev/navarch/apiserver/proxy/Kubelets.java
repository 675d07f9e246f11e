package dev.navarch.apiserver.proxy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Finds a node's kubelet by what the node says of itself, and proves to it who is calling. Its
/// certificate must come from the cluster's authority and name the address.
public final class Kubelets {
  private static final int DEFAULT_PORT = 10250;
  private final Cluster cluster;
  private final SSLContext tls;

  public Kubelets(Cluster cluster, X509Certificate authority, X509Certificate own, PrivateKey key) {
    this.cluster = cluster;
    this.tls = context(authority, own, key);
  }

  Backend at(String nodeName) {
    Node node =
        cluster
            .find(Node.class, "", nodeName)
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(new ApiError.Resource("", "nodes"), nodeName)));
    return Backend.of(address(node), port(node), Optional.of(tls), true);
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

  private static SSLContext context(
      X509Certificate authority, X509Certificate own, PrivateKey key) {
    try {
      char[] none = new char[0];
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      KeyStore identity = KeyStore.getInstance("PKCS12");
      try {
        trusted.load(null, none);
        identity.load(null, none);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      trusted.setCertificateEntry("ca", authority);
      identity.setKeyEntry("own", key, none, new Certificate[] {own});
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(identity, none);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make the client that calls kubelets", e);
    }
  }
}
