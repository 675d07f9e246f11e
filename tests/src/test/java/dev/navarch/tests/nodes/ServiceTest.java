package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A Service's virtual address and every node's port spread connections over all ready pods, and
/// follow them as they come and go.
@RealClusterTest
class ServiceTest {
  private static final int REQUESTS = 60;

  private final RealCluster cluster;
  private final Kubectl kubectl;

  ServiceTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("services");
  }

  @BeforeAll
  void start() {
    kubectl.apply(Manifests.servers("web", 3));
    kubectl.apply(Manifests.holder("caller", "node1"));
    cluster.awaitReady(kubectl, "caller");
    cluster.awaitPods(kubectl, "web", 3);
  }

  @Test
  void clusterAddressSpreadsOverAllPodsAndFollowsThem() {
    kubectl.apply(Manifests.service("virtual", "web", ""));
    String address = address("virtual");
    assertThat(address).startsWith(RealCluster.SERVICES);
    awaitAnswers(() -> Http.answers(kubectl, "caller", address, 8080, REQUESTS));
    kubectl.ok("scale", "deployment/web", "--replicas=5");
    cluster.awaitPods(kubectl, "web", 5);
    awaitAnswers(() -> Http.answers(kubectl, "caller", address, 8080, 2 * REQUESTS));
    kubectl.ok("scale", "deployment/web", "--replicas=2");
    cluster.awaitPods(kubectl, "web", 2);
    awaitAnswers(() -> Http.answers(kubectl, "caller", address, 8080, REQUESTS));
  }

  @Test
  void everyNodesPortSpreadsOverAllPods() {
    kubectl.apply(Manifests.service("ported", "web", "type: NodePort"));
    int port = kubectl.get("service", "ported").at("/spec/ports/0/nodePort").asInt();
    assertThat(port).isBetween(30000, 32767);
    for (int node : List.of(10, 11, 12)) {
      awaitAnswers(() -> Http.answers(RealCluster.NODES + node, port, REQUESTS));
    }
  }

  @Test
  void affinityKeepsACallerWithOnePod() {
    kubectl.apply(Manifests.service("sticky", "web", "sessionAffinity: ClientIP"));
    String address = address("sticky");
    await()
        .atMost(RealCluster.PATIENCE)
        .until(
            () -> kubectl.run("exec", "caller", "--", "sh", "-c", Http.get(address, 8080)).end(),
            end -> end == 0);
    assertThat(Http.answers(kubectl, "caller", address, 8080, 30)).hasSize(1);
  }

  @Test
  void headlessServiceHasEndpointsButNoAddress() {
    kubectl.apply(Manifests.service("headless", "web", "clusterIP: None"));
    assertThat(address("headless")).isEqualTo("None");
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(endpoints("headless"))
                    .isEqualTo(
                        cluster.pods(kubectl, "web").stream()
                            .map(pod -> pod.getStatus().getPodIP())
                            .collect(Collectors.toSet())));
  }

  @Test
  void serviceWithoutEndpointsRefuses() {
    kubectl.apply(Manifests.service("nobody", "nothing", ""));
    String address = address("nobody");
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        kubectl
                            .run("exec", "caller", "--", "sh", "-c", Http.get(address, 8080))
                            .all())
                    .contains("Connection refused"));
  }

  @Test
  void kubernetesServiceReachesTheApiServerFromAPod() {
    String api = RealCluster.SERVICES + "0.1";
    assertThat(kubectl.ok("get", "service", "kubernetes", "-n", "default")).contains(api);
    String folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    String token = kubectl.in("caller", "cat " + folder + "/token");
    String authority = kubectl.in("caller", "cat " + folder + "/ca.crt");
    assertThat(kubectl.in("caller", "cat " + folder + "/namespace")).isEqualTo("services");
    assertThat(kubectl.in("caller", "echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT"))
        .isEqualTo(api + ":443\n");
    Pod caller = cluster.awaitReady(kubectl, "caller");
    String url = "https://" + api;
    assertThat(cluster.statusSeenBy(caller, url + "/apis/apps/v1", authority, token))
        .isEqualTo("200");
    assertThat(cluster.statusSeenBy(caller, url + "/api/v1/nodes", authority, token))
        .as("a pod's own account may not read nodes")
        .isEqualTo("403");
    assertThat(cluster.statusSeenBy(caller, url + "/api", authority, "wrong")).isEqualTo("401");
  }

  /// Waits until the ready pods, all of them and nobody else, answer.
  private void awaitAnswers(java.util.concurrent.Callable<Set<String>> requests) {
    Set<String> names =
        cluster.pods(kubectl, "web").stream()
            .filter(RealCluster::isReady)
            .map(pod -> pod.getMetadata().getName())
            .collect(Collectors.toSet());
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(() -> assertThat(requests.call()).isEqualTo(names));
  }

  private String address(String service) {
    return kubectl.get("service", service).at("/spec/clusterIP").asString();
  }

  private Set<String> endpoints(String service) {
    return cluster
        .api()
        .list(
            Resource.of(EndpointSlice.class),
            new Cluster.ListOptions(
                kubectl.namespace(), "kubernetes.io/service-name=" + service, "", "", 0, ""))
        .items()
        .stream()
        .flatMap(slice -> slice.getEndpoints().stream())
        .flatMap(endpoint -> endpoint.getAddresses().stream())
        .collect(Collectors.toSet());
  }
}
