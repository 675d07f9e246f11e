package dev.navarch.node.server;

import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/// Who may speak to a node: the API server, and administrators. The certificate was checked against
/// the cluster's CA when the connection was made; here its name decides.
final class KubeletClients {
  private static final String API_SERVER = "kube-apiserver-kubelet-client";
  private static final String ADMINISTRATORS = "system:masters";

  private KubeletClients() {}

  static void require(Exchange exchange) {
    List<X509Certificate> chain = exchange.clientCertificates();
    if (chain.isEmpty()) {
      throw new RequestException(401, "Unauthorized");
    }
    String user = "";
    Set<String> groups = new HashSet<>();
    for (Rdn part : name(chain.getFirst()).getRdns()) {
      switch (part.getType().toUpperCase(java.util.Locale.ROOT)) {
        case "CN" -> user = String.valueOf(part.getValue());
        case "O" -> groups.add(String.valueOf(part.getValue()));
        default -> {}
      }
    }
    if (!user.equals(API_SERVER) && !groups.contains(ADMINISTRATORS)) {
      throw new RequestException(
          403, "Forbidden (user=%s, resource=nodes, subresource(s)=[proxy])".formatted(user));
    }
  }

  private static LdapName name(X509Certificate certificate) {
    try {
      return new LdapName(certificate.getSubjectX500Principal().getName());
    } catch (InvalidNameException e) {
      throw new RequestException(401, "Unauthorized");
    }
  }
}
