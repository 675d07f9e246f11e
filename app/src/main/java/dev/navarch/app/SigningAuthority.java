package dev.navarch.app;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.auth.SecretToken;
import dev.navarch.apiserver.auth.SigningRequest;
import dev.navarch.apiserver.auth.User;
import dev.navarch.controllers.ClusterAuthority;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lends controllers the authority and the rights of the API server in this process, so that the
/// key is in one place alone.
///
/// @param longest for how long certificates are signed at most
record SigningAuthority(ApiServer server, Duration longest) implements ClusterAuthority {

  @Override
  public String pem() {
    return server.pki().caPem();
  }

  @Override
  public Subject read(String request) {
    SigningRequest read = SigningRequest.read(request);
    return new Subject(
        read.commonName(),
        read.organizations(),
        read.dnsNames(),
        read.addresses(),
        read.emails(),
        read.uris());
  }

  @Override
  public String sign(String request, List<String> usages, Duration life) {
    return Pem.of(server.pki().authority().certify(SigningRequest.read(request), usages, life));
  }

  @Override
  public String token(String namespace, String serviceAccount, String uid, String secret) {
    return server.tokens().issueFor(new SecretToken(namespace, serviceAccount, uid, secret));
  }

  @Override
  public boolean mayAsk(CertificateSigningRequestSpec asked, String subresource) {
    var user =
        new User(
            asked.getUsername(),
            orEmpty(asked.getUid()),
            List.copyOf(asked.getGroups()),
            Map.copyOf(asked.getExtra()));
    return server
        .authorizer()
        .decide(
            new Authorizer.Attributes(
                user,
                "create",
                "certificates.k8s.io",
                "*",
                "certificatesigningrequests",
                subresource,
                "",
                "",
                ""))
        .allowed();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
