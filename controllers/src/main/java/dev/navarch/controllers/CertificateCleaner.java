package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Removes requests for certificates that are settled (after an hour) or that nobody settled (after
/// a day).
final class CertificateCleaner implements Reconciler<CertificateSigningRequest> {
  private static final Duration SETTLED = Duration.ofHours(1);
  private static final Duration PENDING = Duration.ofHours(24);

  private final Cluster cluster;
  private final InstantSource clock;

  private CertificateCleaner(Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  static Controller register(Cluster cluster, InstantSource clock) {
    return Controller.of(CertificateSigningRequest.class, new CertificateCleaner(cluster, clock))
        .name("csrcleaner");
  }

  @Override
  public Result reconcile(CertificateSigningRequest request) {
    boolean settled =
        CertificateRequests.is(request, "Denied")
            || CertificateRequests.is(request, "Failed")
            || CertificateRequests.isIssued(request);
    Instant since =
        CertificateRequests.conditions(request)
            .map(one -> one.getLastUpdateTime())
            .filter(time -> time != null)
            .map(Instant::parse)
            .max(Instant::compareTo)
            .orElseGet(() -> Instant.parse(request.getMetadata().getCreationTimestamp()));
    Duration left = Duration.between(clock.instant(), since.plus(settled ? SETTLED : PENDING));
    if (left.isPositive()) {
      return Result.after(left);
    }
    cluster.delete(request);
    return Result.done();
  }
}
