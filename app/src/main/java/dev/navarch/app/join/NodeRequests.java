package dev.navarch.app.join;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.auth.SigningRequest;
import dev.navarch.app.local.UserError;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/// Asks the cluster for a node's certificates. Keys are made here and never leave the machine.
final class NodeRequests {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(300);

  private final Cluster cluster;
  private final String node;
  private final int seconds;

  /// A certificate with its key, both as PEM.
  record Issued(byte[] certificate, byte[] key) {}

  /// @param seconds for how long certificates are asked
  NodeRequests(Cluster cluster, String node, int seconds) {
    this.cluster = cluster;
    this.node = node;
    this.seconds = seconds;
  }

  /// To call the API server with.
  Issued client() throws InterruptedException {
    return ask("kubernetes.io/kube-apiserver-client-kubelet", List.of(), "client auth");
  }

  /// To be called with, at the node's address.
  Issued serving(String address) throws InterruptedException {
    return ask("kubernetes.io/kubelet-serving", List.of(node, address), "server auth");
  }

  private Issued ask(String signer, List<String> names, String purpose)
      throws InterruptedException {
    KeyPair keys = CertificateAuthority.newKeys();
    String request =
        SigningRequest.make(
            keys,
            new CertificateAuthority.Request(
                "system:node:" + node, List.of("system:nodes"), names));
    CertificateSigningRequest asked =
        cluster.create(
            new CertificateSigningRequestBuilder()
                .withNewMetadata()
                .withGenerateName("node-csr-")
                .endMetadata()
                .withNewSpec()
                .withRequest(request)
                .withSignerName(signer)
                .withUsages("digital signature", purpose)
                .withExpirationSeconds(seconds)
                .endSpec()
                .build());
    byte[] certificate = await(asked.getMetadata().getName());
    return new Issued(certificate, Pem.of(keys.getPrivate()).getBytes(US_ASCII));
  }

  private byte[] await(String name) throws InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(deadline)) {
      CertificateSigningRequest request =
          cluster
              .find(CertificateSigningRequest.class, "", name)
              .orElseThrow(
                  () ->
                      new UserError(
                          "request %s for a certificate was removed".formatted(name),
                          "start the agent again"));
      var status = request.getStatus();
      if (status != null) {
        for (CertificateSigningRequestCondition condition : status.getConditions()) {
          if (!condition.getType().equals("Approved")) {
            throw new UserError(
                "the cluster gives node '%s' no certificate: %s"
                    .formatted(node, condition.getMessage()),
                "put that right, and start the agent again");
          }
        }
        if (status.getCertificate() != null && !status.getCertificate().isEmpty()) {
          return Base64.getDecoder().decode(status.getCertificate());
        }
      }
      Thread.sleep(LOOK_AGAIN);
    }
    throw new UserError(
        "nobody has approved request %s for a certificate within two minutes".formatted(name),
        "approve it on the master with `kubectl certificate approve %s`".formatted(name));
  }
}
