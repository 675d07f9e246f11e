package dev.navarch.controllers;

import dev.navarch.controllers.ClusterAuthority.Subject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What each of the cluster's own signers signs. An answer is what is wrong with a request, in the
/// words that upstream has for it; empty when nothing is.
final class SignerRules {
  static final String CLIENT = "kubernetes.io/kube-apiserver-client";
  static final String KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
  static final String KUBELET_SERVING = "kubernetes.io/kubelet-serving";
  static final Set<String> SIGNERS = Set.of(CLIENT, KUBELET_CLIENT, KUBELET_SERVING);

  private static final String NODE_PREFIX = "system:node:";
  private static final String NODES = "system:nodes";
  private static final String SIGNS = "digital signature";
  private static final String ENCIPHERS = "key encipherment";

  private SignerRules() {}

  static Optional<String> fault(String signer, Subject subject, List<String> usages) {
    return switch (signer) {
      case CLIENT -> client(usages);
      case KUBELET_CLIENT -> kubeletClient(subject, usages);
      case KUBELET_SERVING -> kubeletServing(subject, usages);
      default -> Optional.of("signer %s is not the cluster's own".formatted(signer));
    };
  }

  /// The node that a kubelet's certificate is for.
  static String node(Subject subject) {
    return subject.commonName().substring(NODE_PREFIX.length());
  }

  private static Optional<String> client(List<String> usages) {
    return usages.stream()
        .filter(usage -> !Set.of(SIGNS, ENCIPHERS, "client auth").contains(usage))
        .findFirst()
        .map("invalid usage for client certificate: %s"::formatted)
        .or(
            () ->
                when(
                    !usages.contains("client auth"),
                    "missing required usage for client certificate: client auth"));
  }

  private static Optional<String> kubeletClient(Subject subject, List<String> usages) {
    return organization(subject)
        .or(() -> when(!subject.dnsNames().isEmpty(), "DNS subjectAltNames are not allowed"))
        .or(() -> when(!subject.addresses().isEmpty(), "IP subjectAltNames are not allowed"))
        .or(() -> mailsAndUris(subject))
        .or(() -> commonName(subject))
        .or(() -> usages(usages, "client auth"));
  }

  private static Optional<String> kubeletServing(Subject subject, List<String> usages) {
    return organization(subject)
        .or(
            () ->
                when(
                    subject.dnsNames().isEmpty() && subject.addresses().isEmpty(),
                    "DNS or IP subjectAltName is required"))
        .or(() -> mailsAndUris(subject))
        .or(() -> usages(usages, "server auth"))
        .or(() -> commonName(subject));
  }

  private static Optional<String> organization(Subject subject) {
    return when(
        !subject.organizations().equals(List.of(NODES)),
        "subject organization is not system:nodes");
  }

  private static Optional<String> commonName(Subject subject) {
    return when(
        !subject.commonName().startsWith(NODE_PREFIX),
        "subject common name does not begin with system:node:");
  }

  private static Optional<String> mailsAndUris(Subject subject) {
    return when(!subject.emails().isEmpty(), "Email subjectAltNames are not allowed")
        .or(() -> when(!subject.uris().isEmpty(), "URI subjectAltNames are not allowed"));
  }

  private static Optional<String> usages(List<String> usages, String purpose) {
    Set<String> wanted = new TreeSet<>(Set.of(purpose, SIGNS, ENCIPHERS));
    Set<String> found = new TreeSet<>(usages);
    found.add(ENCIPHERS);
    return when(
        !found.equals(wanted), "usages did not match [%s]".formatted(String.join(" ", wanted)));
  }

  private static Optional<String> when(boolean wrong, String why) {
    return wrong ? Optional.of(why) : Optional.empty();
  }
}
