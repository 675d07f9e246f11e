package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.controllers.ClusterAuthority.Subject;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Decides on the certificates of nodes: a joining machine gets its first one unless a living node
/// has its name, a node gets its next one, and one to serve with for addresses that are its own and
/// nobody else's. All other requests are left to people.
final class CertificateApprover implements Reconciler<CertificateSigningRequest> {
  private static final Resource<CertificateSigningRequest> REQUESTS =
      Resource.of(CertificateSigningRequest.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Lister<Node> nodes;
  private final Cluster cluster;
  private final InstantSource clock;
  private final ClusterAuthority authority;

  private CertificateApprover(
      Informers on, Cluster cluster, InstantSource clock, ClusterAuthority authority) {
    this.nodes = on.lister(Node.class);
    this.cluster = cluster;
    this.clock = clock;
    this.authority = authority;
  }

  static Controller register(
      Informers on, Cluster cluster, InstantSource clock, ClusterAuthority authority) {
    return Controller.of(REQUESTS, new CertificateApprover(on, cluster, clock, authority))
        .name("csrapproving");
  }

  @Override
  public Result reconcile(CertificateSigningRequest request) {
    String signer = request.getSpec().getSignerName();
    boolean forKubelet =
        signer.equals(SignerRules.KUBELET_CLIENT) || signer.equals(SignerRules.KUBELET_SERVING);
    if (!forKubelet
        || CertificateRequests.conditions(request).findAny().isPresent()
        || CertificateRequests.isIssued(request)) {
      return Result.done();
    }
    Subject subject;
    try {
      subject = authority.read(request.getSpec().getRequest());
    } catch (IllegalArgumentException leftToTheSigner) {
      return Result.done();
    }
    if (SignerRules.fault(signer, subject, request.getSpec().getUsages()).isPresent()) {
      return Result.done();
    }
    return signer.equals(SignerRules.KUBELET_CLIENT)
        ? decideClient(request, subject)
        : decideServing(request, subject);
  }

  private Result decideClient(CertificateSigningRequest request, Subject subject) {
    var asked = request.getSpec();
    if (subject.commonName().equals(asked.getUsername())
        && authority.mayAsk(asked, "selfnodeclient")) {
      return decide(
          request,
          "Approved",
          "AutoApproved",
          "Auto approving self kubelet client certificate after SubjectAccessReview.");
    }
    if (!authority.mayAsk(asked, "nodeclient")) {
      return Result.done();
    }
    String name = SignerRules.node(subject);
    boolean taken =
        nodes.find("", name).filter(node -> NodeTaints.readiness(node).equals("True")).isPresent();
    return taken
        ? decide(
            request,
            "Denied",
            "NameTaken",
            "node %s is alive: choose another name, or delete that node".formatted(name))
        : decide(
            request,
            "Approved",
            "AutoApproved",
            "Auto approving kubelet client certificate after SubjectAccessReview.");
  }

  private Result decideServing(CertificateSigningRequest request, Subject subject) {
    var asked = request.getSpec();
    if (!subject.commonName().equals(asked.getUsername())
        || !asked.getGroups().contains("system:nodes")) {
      return Result.done();
    }
    String name = SignerRules.node(subject);
    Set<String> wanted =
        Stream.of(subject.dnsNames(), subject.addresses())
            .flatMap(List::stream)
            .collect(Collectors.toSet());
    boolean own =
        nodes.find("", name).stream().anyMatch(node -> addresses(node).containsAll(wanted));
    boolean alsoOfOthers =
        nodes
            .all()
            .filter(node -> !node.getMetadata().getName().equals(name))
            .anyMatch(node -> addresses(node).stream().anyMatch(wanted::contains));
    if (own && !alsoOfOthers) {
      return decide(
          request,
          "Approved",
          "AutoApproved",
          "Auto approving kubelet serving certificate for the node's own addresses.");
    }
    boolean young =
        Instant.parse(request.getMetadata().getCreationTimestamp())
            .plus(PATIENCE)
            .isAfter(clock.instant());
    return young ? Result.after(LOOK_AGAIN) : Result.done();
  }

  /// A node's name and all addresses that it says it has.
  private static Set<String> addresses(Node node) {
    Stream<String> told =
        node.getStatus() == null
            ? Stream.empty()
            : node.getStatus().getAddresses().stream().map(NodeAddress::getAddress);
    return Stream.concat(Stream.of(node.getMetadata().getName()), told).collect(Collectors.toSet());
  }

  private Result decide(
      CertificateSigningRequest request, String type, String reason, String message) {
    cluster.update(
        REQUESTS,
        CertificateRequests.with(request, type, reason, message, clock.instant()),
        "approval");
    return Result.done();
  }
}
