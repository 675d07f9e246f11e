package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// An authority whose requests are mere names, and that notes what it signed.
final class FakeAuthority implements ClusterAuthority {
  final Map<String, Subject> subjects = new HashMap<>();
  Duration longest = Duration.ofDays(365);
  final Set<String> rights = new HashSet<>();

  @Override
  public String pem() {
    return "PEM";
  }

  @Override
  public Subject read(String request) {
    Subject subject = subjects.get(request);
    if (subject == null) {
      throw new IllegalArgumentException("PEM block type must be CERTIFICATE REQUEST");
    }
    return subject;
  }

  @Override
  public String sign(String request, List<String> usages, Duration life) {
    return request + " for " + life;
  }

  @Override
  public String token(String namespace, String serviceAccount, String uid, String secret) {
    return String.join("/", namespace, serviceAccount, uid, secret);
  }

  @Override
  public Duration longest() {
    return longest;
  }

  @Override
  public boolean mayAsk(CertificateSigningRequestSpec asked, String subresource) {
    return rights.contains(asked.getUsername() + " " + subresource);
  }
}
