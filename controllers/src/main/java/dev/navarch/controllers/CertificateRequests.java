package dev.navarch.controllers;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.stream.Stream;

/// What has become of a request for a certificate.
final class CertificateRequests {
  private CertificateRequests() {}

  static Stream<CertificateSigningRequestCondition> conditions(CertificateSigningRequest request) {
    return request.getStatus() == null
        ? Stream.empty()
        : request.getStatus().getConditions().stream();
  }

  static Optional<CertificateSigningRequestCondition> condition(
      CertificateSigningRequest request, String type) {
    return conditions(request).filter(one -> type.equals(one.getType())).findFirst();
  }

  static boolean is(CertificateSigningRequest request, String type) {
    return condition(request, type).isPresent();
  }

  static boolean isIssued(CertificateSigningRequest request) {
    return request.getStatus() != null
        && request.getStatus().getCertificate() != null
        && !request.getStatus().getCertificate().isEmpty();
  }

  static CertificateSigningRequest with(
      CertificateSigningRequest request, String type, String reason, String message, Instant now) {
    CertificateSigningRequest copy = Objects.copy(request);
    if (copy.getStatus() == null) {
      copy.setStatus(new CertificateSigningRequestStatus());
    }
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    copy.getStatus()
        .getConditions()
        .add(
            new CertificateSigningRequestConditionBuilder()
                .withType(type)
                .withStatus("True")
                .withReason(reason)
                .withMessage(message)
                .withLastUpdateTime(time)
                .withLastTransitionTime(time)
                .build());
    return copy;
  }
}
