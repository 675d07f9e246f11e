package dev.navarch.controllers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;

/// Signs approved requests of the cluster's own signers with its authority, for as long as was
/// asked, at most as long as the authority signs for. A request that its signer does not allow
/// fails for good.
final class CertificateSigner implements Reconciler<CertificateSigningRequest> {
  private static final Duration SHORTEST = Duration.ofMinutes(10);

  private final Cluster cluster;
  private final InstantSource clock;
  private final ClusterAuthority authority;

  private CertificateSigner(Cluster cluster, InstantSource clock, ClusterAuthority authority) {
    this.cluster = cluster;
    this.clock = clock;
    this.authority = authority;
  }

  static Controller register(Cluster cluster, InstantSource clock, ClusterAuthority authority) {
    return Controller.of(
            CertificateSigningRequest.class, new CertificateSigner(cluster, clock, authority))
        .name("csrsigning");
  }

  @Override
  public Result reconcile(CertificateSigningRequest request) {
    if (!CertificateRequests.is(request, "Approved")
        || CertificateRequests.is(request, "Denied")
        || CertificateRequests.is(request, "Failed")
        || CertificateRequests.isIssued(request)
        || !SignerRules.SIGNERS.contains(request.getSpec().getSignerName())) {
      return Result.done();
    }
    CertificateSigningRequestSpec asked = request.getSpec();
    try {
      Optional<String> fault =
          SignerRules.fault(
              asked.getSignerName(), authority.read(asked.getRequest()), asked.getUsages());
      if (fault.isPresent()) {
        return fail(request, fault.get());
      }
      String pem = authority.sign(asked.getRequest(), asked.getUsages(), life(asked));
      CertificateSigningRequest signed = Objects.copy(request);
      signed.getStatus().setCertificate(Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII)));
      cluster.updateStatus(signed);
      return Result.done();
    } catch (IllegalArgumentException e) {
      return fail(request, "unable to parse csr: " + e.getMessage());
    }
  }

  private Result fail(CertificateSigningRequest request, String why) {
    cluster.updateStatus(
        CertificateRequests.with(
            request, "Failed", "SignerValidationFailure", why, clock.instant()));
    return Result.done();
  }

  private Duration life(CertificateSigningRequestSpec asked) {
    Duration longest = authority.longest();
    if (asked.getExpirationSeconds() == null) {
      return longest;
    }
    Duration wanted = Duration.ofSeconds(asked.getExpirationSeconds());
    if (wanted.compareTo(longest) > 0) {
      return longest;
    }
    return wanted.compareTo(SHORTEST) < 0 ? SHORTEST : wanted;
  }
}
