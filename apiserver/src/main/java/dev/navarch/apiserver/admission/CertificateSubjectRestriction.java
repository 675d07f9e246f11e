package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.auth.SigningRequests;
import java.util.List;

/// Keeps the group that may do everything out of certificates that anybody can ask for.
record CertificateSubjectRestriction() implements AdmissionPlugin {
  private static final String SIGNER = "kubernetes.io/kube-apiserver-client";
  private static final String MASTERS = "system:masters";

  @Override
  public void validate(Request request) {
    if (request.is(Operation.CREATE, "certificatesigningrequests.certificates.k8s.io")
        && request.content().at("/spec/signerName").asString("").equals(SIGNER)
        && organizations(request).contains(MASTERS)) {
      throw request.forbidden(
          "use of %s signer with %s group is not allowed".formatted(SIGNER, MASTERS));
    }
  }

  private static List<String> organizations(Request request) {
    try {
      return SigningRequests.organizations(
          SigningRequests.read(request.content().at("/spec/request").asString("")));
    } catch (IllegalArgumentException e) {
      throw request.forbidden("failed to parse CSR: " + e.getMessage());
    }
  }
}
