package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.auth.Authorizer;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Who may approve and who may sign requests for certificates: each signer's name is an object of
/// its own to RBAC, and `example.com/*` stands for all of a domain. Does what upstream's plugins
/// CertificateApproval and CertificateSigning do.
///
/// @param rights asked late, because rights are read through the API that admission guards
record CertificateSigners(Supplier<? extends Authorizer> rights) implements AdmissionPlugin {

  @Override
  public void validate(Request request) {
    if (request.operation() != Operation.UPDATE
        || !request.concerns("certificatesigningrequests.certificates.k8s.io")) {
      return;
    }
    String signer = request.before().at("/spec/signerName").asString("");
    switch (request.subresource()) {
      case "approval" -> {
        if (!may(request, "approve", signer)) {
          throw request.forbidden(
              "user not permitted to approve requests with signerName \"%s\"".formatted(signer));
        }
      }
      case "status" -> {
        if (signs(request.content(), request.before()) && !may(request, "sign", signer)) {
          throw request.forbidden(
              "user not permitted to sign requests with signerName \"%s\"".formatted(signer));
        }
      }
      default -> {}
    }
  }

  private static boolean signs(ObjectNode now, ObjectNode before) {
    return !now.at("/status/certificate").equals(before.at("/status/certificate"))
        || !now.at("/status/conditions").equals(before.at("/status/conditions"));
  }

  private boolean may(Request request, String verb, String signer) {
    String domain = signer.substring(0, Math.max(0, signer.indexOf('/'))) + "/*";
    return List.of(signer, domain).stream()
        .anyMatch(
            name ->
                rights
                    .get()
                    .decide(
                        new Authorizer.Attributes(
                            request.user(),
                            verb,
                            "certificates.k8s.io",
                            "*",
                            "signers",
                            "",
                            "",
                            name,
                            ""))
                    .allowed());
  }
}
