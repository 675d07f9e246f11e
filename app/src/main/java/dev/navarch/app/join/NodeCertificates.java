package dev.navarch.app.join;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.app.local.UserError;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.ServerAccess;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renews a node's certificates when four fifths of their life are over, without a restart: the one
/// it calls with in its kubeconfig, the one it serves with beside it. A serving certificate that
/// the node signed itself is replaced at once.
public final class NodeCertificates implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCertificates.class);
  private static final Duration LONGEST_SLEEP = Duration.ofHours(1);
  private static final Duration RETRY = Duration.ofSeconds(30);

  private final Node node;
  private final NodeIdentity identity;
  private final InstantSource clock;
  private final Thread thread;

  /// Whose certificates these are.
  ///
  /// @param seconds for how long new ones are asked
  public record Node(String name, String address, Path kubeconfig, int seconds) {}

  private NodeCertificates(
      Node node, NodeIdentity identity, HttpCluster cluster, InstantSource clock) {
    this.node = node;
    this.identity = identity;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("certificates").unstarted(() -> run(cluster));
  }

  /// @param cluster the node's own access, which goes on with the new certificate
  public static NodeCertificates start(
      Node node, NodeIdentity identity, HttpCluster cluster, InstantSource clock) {
    var certificates = new NodeCertificates(node, identity, cluster, clock);
    certificates.thread.start();
    return certificates;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run(HttpCluster cluster) {
    try {
      while (true) {
        Thread.sleep(attempt(cluster));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Renews what is due; answers how long there is nothing to do.
  private Duration attempt(HttpCluster cluster) throws InterruptedException {
    try {
      Kubeconfig file = Kubeconfig.read(node.kubeconfig());
      ServerAccess access = file.access();
      var requests = new NodeRequests(cluster, node.name(), node.seconds());
      X509Certificate client = certificate(access);
      if (isDue(client)) {
        NodeRequests.Issued issued = requests.client();
        ServerAccess renewed =
            ServerAccess.withCertificate(
                access.server(), authority(access), issued.certificate(), issued.key());
        Kubeconfigs.merge(node.kubeconfig(), file.currentContext().orElseThrow(), renewed);
        cluster.use(renewed);
        client = certificate(renewed);
        told("the node's client certificate is renewed", client);
      }
      X509Certificate serving = Pem.readCertificate(identity.certificate());
      if (!NodeIdentity.isSigned(serving, authority(access)) || isDue(serving)) {
        NodeRequests.Issued issued = requests.serving(node.address());
        identity.serveWith(issued.certificate(), issued.key());
        serving = Pem.readCertificate(identity.certificate());
        told("the node's serving certificate is renewed", serving);
      }
      Duration left = shorter(until(due(client)), until(due(serving)));
      return left.isPositive() ? shorter(left, LONGEST_SLEEP) : RETRY;
    } catch (ApiException | UserError e) {
      LOG.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("the node's certificates are not renewed, trying again");
      return RETRY;
    }
  }

  private static X509Certificate certificate(ServerAccess access) {
    byte[] pem = access.certificate();
    if (pem == null) {
      throw new UserError("the kubeconfig has no client certificate", "join again with a token");
    }
    return NodeIdentity.parse(pem);
  }

  private static byte[] authority(ServerAccess access) {
    byte[] pem = access.authority();
    if (pem == null) {
      throw new UserError("the kubeconfig has no authority", "join again with a token");
    }
    return pem;
  }

  private boolean isDue(X509Certificate certificate) {
    return !until(due(certificate)).isPositive();
  }

  private Duration until(Instant time) {
    return Duration.between(clock.instant(), time);
  }

  private static Instant due(X509Certificate certificate) {
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    return from.plus(life.multipliedBy(4).dividedBy(5));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static void told(String what, X509Certificate now) {
    LOG.atInfo().addKeyValue("until", now.getNotAfter().toInstant()).log(what);
  }
}
