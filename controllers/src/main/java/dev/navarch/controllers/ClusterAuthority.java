package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import java.time.Duration;
import java.util.List;

/// What signs certificates and tokens of the cluster, as controllers need it. The keys stay with
/// whoever implements this.
public interface ClusterAuthority {

  /// What a request for a certificate says about whom it is for.
  record Subject(
      String commonName,
      List<String> organizations,
      List<String> dnsNames,
      List<String> addresses,
      List<String> emails,
      List<String> uris) {}

  /// The certificate that the API server's own is checked against, as PEM.
  String pem();

  /// @param request PKCS#10 as it stands in objects: PEM in base64
  /// @throws IllegalArgumentException for what is none; the message says why
  Subject read(String request);

  /// A certificate as PEM, for what a request asks.
  ///
  /// @param usages `digital signature`, `key encipherment`, `client auth`, `server auth`
  String sign(String request, List<String> usages, Duration life);

  /// A token for the Secret that is to hold it.
  ///
  /// @param uid of the service account
  String token(String namespace, String serviceAccount, String uid, String secret);

  /// The longest that it signs for.
  Duration longest();

  /// Whether whoever asks has the right to `create` certificatesigningrequests/{subresource}.
  boolean mayAsk(CertificateSigningRequestSpec asked, String subresource);
}
