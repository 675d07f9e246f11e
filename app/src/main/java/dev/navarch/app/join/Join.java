package dev.navarch.app.join;

import dev.navarch.api.ApiException;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.app.local.UserError;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.ServerAccess;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;

/// Makes this machine known to a cluster by a token: learns whom it joins, makes a key, gets a
/// certificate for it, and keeps both in a kubeconfig.
public final class Join {
  /// For how long a node's certificates are asked: a year, which the signer may shorten.
  public static final int SECONDS = 365 * 24 * 3600;

  private Join() {}

  /// Whether a kept identity is this node's, still good, and for that server.
  public static boolean holds(Path kubeconfig, String node, Optional<URI> server) {
    if (!Files.exists(kubeconfig)) {
      return false;
    }
    ServerAccess kept = Kubeconfig.read(kubeconfig).access();
    byte[] pem = kept.certificate();
    if (pem == null || server.filter(wanted -> !wanted.equals(kept.server())).isPresent()) {
      return false;
    }
    X509Certificate certificate = NodeIdentity.parse(pem);
    return certificate.getNotAfter().toInstant().isAfter(Instant.now())
        && certificate.getSubjectX500Principal().getName().contains("CN=system:node:" + node + ",");
  }

  /// @param hash `sha256:…` of the cluster's authority; without it, the token's signature alone
  ///   tells that the server is the right one
  /// @param kubeconfig where the identity is written to
  public static void join(
      URI server, String token, Optional<String> hash, String node, int seconds, Path kubeconfig)
      throws InterruptedException {
    BootstrapToken parsed =
        BootstrapToken.parse(token)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "--token: expected the form abcdef.0123456789abcdef"));
    if (hash.filter(text -> !text.matches("sha256:[0-9a-f]{64}")).isPresent()) {
      throw new IllegalArgumentException(
          "--ca-cert-hash: '%s' is no hash; expected sha256: and 64 hexadecimal digits"
              .formatted(hash.get()));
    }
    byte[] authority = ClusterInfo.authority(server, parsed, hash);
    ServerAccess joining = ServerAccess.withToken(server, authority, token);
    try (var cluster = new HttpCluster(joining, "navarch-join", new Random())) {
      NodeRequests.Issued issued = new NodeRequests(cluster, node, seconds).client();
      Kubeconfigs.merge(
          kubeconfig,
          "navarch",
          ServerAccess.withCertificate(server, authority, issued.certificate(), issued.key()));
    } catch (ApiException e) {
      throw new UserError(
          "%s does not let this machine join: %s".formatted(server, e.getMessage()),
          "make a new token on the master with `navarch token create`");
    }
  }
}
