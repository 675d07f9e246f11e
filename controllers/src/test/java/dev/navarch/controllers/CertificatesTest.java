package dev.navarch.controllers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Simulation;
import dev.navarch.controllers.ClusterAuthority.Subject;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How machines come to certificates, and what becomes of requests and tokens.
class CertificatesTest {
  private static final String BOOTSTRAP = "system:bootstrap:abcdef";
  private static final List<String> CLIENT = List.of("digital signature", "client auth");
  private static final List<String> SERVING = List.of("digital signature", "server auth");
  private final Simulation simulation = new Simulation();
  private final FakeAuthority authority = new FakeAuthority();

  @BeforeEach
  void start() {
    var cluster = simulation.cluster();
    var clock = simulation.clock();
    simulation
        .with(CertificateApprover.register(simulation.informers(), cluster, clock, authority))
        .with(CertificateSigner.register(cluster, clock, authority))
        .with(CertificateCleaner.register(cluster, clock))
        .with(BootstrapSigner.register(simulation.informers(), cluster, clock))
        .with(TokenCleaner.register(cluster, clock));
    authority.rights.add(BOOTSTRAP + " nodeclient");
    authority.rights.add("system:node:one selfnodeclient");
    authority.subjects.put("one", subject("system:node:one", List.of("system:nodes")));
    authority.subjects.put("no-node", subject("system:node:one", List.of("others")));
    authority.subjects.put(
        "serve",
        new Subject(
            "system:node:one",
            List.of("system:nodes"),
            List.of("one"),
            List.of("10.0.0.1"),
            List.of(),
            List.of()));
  }

  private static Subject subject(String name, List<String> groups) {
    return new Subject(name, groups, List.of(), List.of(), List.of(), List.of());
  }

  private CertificateSigningRequest ask(
      String request, String signer, String user, List<String> usages) {
    simulation
        .cluster()
        .create(
            new CertificateSigningRequestBuilder()
                .withNewMetadata()
                .withName("asked")
                .endMetadata()
                .withNewSpec()
                .withRequest(request)
                .withSignerName(signer)
                .withUsages(usages)
                .withUsername(user)
                .withGroups("system:nodes")
                .withExpirationSeconds(3600)
                .endSpec()
                .build());
    simulation.settle();
    return asked().orElseThrow();
  }

  private Optional<CertificateSigningRequest> asked() {
    return simulation.cluster().find(CertificateSigningRequest.class, "", "asked");
  }

  private void node(String name, String address, String ready) {
    simulation
        .cluster()
        .given(
            new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .addNewAddress(address, "InternalIP")
                .endStatus()
                .build());
    simulation.settle();
  }

  private static List<String> conditions(CertificateSigningRequest request) {
    return CertificateRequests.conditions(request)
        .map(CertificateSigningRequestCondition::getType)
        .toList();
  }

  private static String certificate(CertificateSigningRequest request) {
    return new String(Base64.getDecoder().decode(request.getStatus().getCertificate()), UTF_8);
  }

  @Test
  void aMachineThatJoinsGetsACertificate() {
    var issued = ask("one", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT);
    assertThat(conditions(issued)).containsExactly("Approved");
    assertThat(certificate(issued)).isEqualTo("one for PT1H");
  }

  /// The limit may be shorter than what a request may ask for at the least, as upstream.
  @Test
  void nothingIsSignedForLongerThanTheAuthoritySays() {
    authority.longest = Duration.ofSeconds(40);
    var issued = ask("one", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT);
    assertThat(certificate(issued)).isEqualTo("one for PT40S");
  }

  @Test
  void aLivingNodesNameIsTaken() {
    node("one", "10.0.0.1", "True");
    var denied = ask("one", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT);
    assertThat(conditions(denied)).containsExactly("Denied");
    assertThat(denied.getStatus().getConditions().getFirst().getMessage())
        .contains("node one is alive");
  }

  @Test
  void aDeadNodesNameIsFreeAndALivingNodeRenewsItsOwn() {
    node("one", "10.0.0.1", "Unknown");
    assertThat(conditions(ask("one", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT)))
        .containsExactly("Approved");
    simulation.cluster().delete(asked().orElseThrow());
    node("two", "10.0.0.2", "True");
    assertThat(conditions(ask("one", SignerRules.KUBELET_CLIENT, "system:node:one", CLIENT)))
        .containsExactly("Approved");
  }

  @Test
  void othersWaitForPeople() {
    assertThat(conditions(ask("one", SignerRules.KUBELET_CLIENT, "mallory", CLIENT))).isEmpty();
  }

  @Test
  void anAddressToServeWithMustBeTheNodesOwn() {
    var early = ask("serve", SignerRules.KUBELET_SERVING, "system:node:one", SERVING);
    assertThat(conditions(early)).isEmpty();
    node("one", "10.0.0.1", "True");
    simulation.pass(Duration.ofSeconds(2));
    assertThat(conditions(asked().orElseThrow())).containsExactly("Approved");
  }

  @Test
  void anAddressOfAnotherNodeIsNotForServing() {
    node("one", "10.0.0.1", "True");
    node("two", "10.0.0.1", "True");
    assertThat(conditions(ask("serve", SignerRules.KUBELET_SERVING, "system:node:one", SERVING)))
        .isEmpty();
  }

  @Test
  void whatASignerDoesNotAllowFailsOnceApproved() {
    var asked = ask("no-node", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT);
    assertThat(conditions(asked)).isEmpty();
    simulation
        .cluster()
        .updateStatus(
            CertificateRequests.with(
                asked, "Approved", "Me", "by hand", simulation.clock().instant()));
    simulation.settle();
    var failed = asked().orElseThrow();
    assertThat(conditions(failed)).containsExactly("Approved", "Failed");
    assertThat(failed.getStatus().getConditions().getLast().getReason())
        .isEqualTo("SignerValidationFailure");
    assertThat(failed.getStatus().getConditions().getLast().getMessage())
        .isEqualTo("subject organization is not system:nodes");
  }

  @Test
  void settledRequestsGoAfterAnHourOthersAfterADay() {
    ask("one", SignerRules.KUBELET_CLIENT, BOOTSTRAP, CLIENT);
    simulation.pass(Duration.ofMinutes(59));
    assertThat(asked()).isPresent();
    simulation.pass(Duration.ofMinutes(2));
    assertThat(asked()).isEmpty();
    ask("one", SignerRules.KUBELET_CLIENT, "mallory", CLIENT);
    simulation.pass(Duration.ofHours(23));
    assertThat(asked()).isPresent();
    simulation.pass(Duration.ofHours(2));
    assertThat(asked()).isEmpty();
  }

  @Test
  void publicInformationIsSignedWithEachTokenUntilItIsOver() {
    var cluster = simulation.cluster();
    cluster.create(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("kube-public")
            .withName("cluster-info")
            .endMetadata()
            .addToData("kubeconfig", "who we are")
            .build());
    var token =
        BootstrapToken.create(Optional.of(simulation.clock().instant().plus(Duration.ofHours(1))));
    cluster.create(token.toSecret());
    simulation.settle();
    assertThat(info().getData())
        .containsEntry("jws-kubeconfig-" + token.id(), token.signature("who we are"));
    simulation.pass(Duration.ofHours(1));
    assertThat(cluster.all(Secret.class)).isEmpty();
    assertThat(info().getData()).containsOnlyKeys("kubeconfig");
  }

  private ConfigMap info() {
    return simulation.cluster().find(ConfigMap.class, "kube-public", "cluster-info").orElseThrow();
  }
}
