package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every pod has an address of its own node's range, and reaches every other pod by it, without
/// translation; the containers of one pod share one address.
@RealClusterTest
class PodNetworkTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  PodNetworkTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("network");
  }

  @Test
  void replicasSpreadOverNodesWithAddressesOfTheirRanges() {
    kubectl.apply(Manifests.servers("spread", 4));
    List<Pod> pods = cluster.awaitPods(kubectl, "spread", 4);
    assertThat(pods.stream().collect(Collectors.groupingBy(p -> p.getSpec().getNodeName())))
        .hasSize(2)
        .allSatisfy((node, there) -> assertThat(there).hasSize(2));
    for (Pod pod : pods) {
      String number = pod.getSpec().getNodeName().replace("node", "");
      assertThat(pod.getStatus().getPodIP()).startsWith(RealCluster.PODS + number + ".");
    }
    kubectl.ok("delete", "deployment", "spread");
  }

  @Test
  void podOfTwoContainersAnswersOnBothPortsFromAnotherNode() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: pair}
        spec:
          terminationGracePeriodSeconds: 2
          nodeSelector: {kubernetes.io/hostname: node1}
          containers:
          - {name: http, image: "%1$s", command: [serve, "80"]}
          - {name: more, image: "%1$s", command: [serve, "90"]}
        """
            .formatted(RealCluster.IMAGE));
    kubectl.apply(Manifests.holder("caller", "node2"));
    String pair = cluster.awaitReady(kubectl, "pair").getStatus().getPodIP();
    String caller = cluster.awaitReady(kubectl, "caller").getStatus().getPodIP();
    for (int port : List.of(80, 90)) {
      assertThat(kubectl.in("caller", Http.get(pair, port)))
          .as("host and caller's address at port %d", port)
          .isEqualTo("pair " + caller + "\n");
      assertThat(
              kubectl.ok(
                  "exec", "pair", "-c", "http", "--", "sh", "-c", Http.get("127.0.0.1", port)))
          .isEqualTo("pair 127.0.0.1\n");
    }
    assertThat(kubectl.ok("exec", "pair", "-c", "more", "--", "hostname", "-i")).contains(pair);
    assertThat(kubectl.in("caller", "ping -c 1 -W 3 " + pair)).contains("1 packets received");
  }

  /// Three pods on one node want the same port of it, which they may.
  @Test
  void portsOfANodeAreToldApartByAddressAndProtocol() {
    String node = RealCluster.NODES + "11";
    kubectl.apply(onPort("inner", "hostIP: 127.0.0.1"));
    kubectl.apply(onPort("outer", "hostIP: " + node));
    kubectl.apply(onPort("datagrams", "protocol: UDP, hostIP: " + node));
    kubectl.apply(Manifests.pod("beside", "hostNetwork: true\n  nodeName: node1", "hold"));
    kubectl.apply(Manifests.holder("far", "node2"));
    for (String pod : List.of("inner", "outer", "datagrams", "beside", "far")) {
      cluster.awaitReady(kubectl, pod);
    }
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(kubectl.in("beside", Http.get("127.0.0.1", 18140))).startsWith("inner ");
              assertThat(kubectl.in("beside", Http.get(node, 18140))).startsWith("outer ");
              assertThat(kubectl.in("far", Http.get(node, 18140))).startsWith("outer ");
            });
    kubectl.ok("delete", "pod", "inner", "outer", "datagrams", "beside", "far", "--wait=false");
  }

  /// Datagrams have no end of connection: a caller that goes on while pods come and go must reach
  /// whoever is there.
  @Test
  void datagramsToAPortOfANodeFollowItsPods() throws IOException {
    String node = RealCluster.NODES + "11";
    String ports = "name: main, ports: [{containerPort: 9000, hostPort: 18141, protocol: UDP}],";
    try (var caller = new DatagramSocket()) {
      caller.setSoTimeout(300);
      var there = InetAddress.getByName(node);
      assertThat(Datagrams.ask(caller, there, 18141)).isEmpty();
      for (String name : List.of("early", "late")) {
        kubectl.apply(Manifests.pod(name, "nodeName: node1", "hold").replace("name: main,", ports));
        Pod pod = cluster.awaitReady(kubectl, name);
        try (Running _ = cluster.inNetworkOf(pod, Datagrams.class, "9000", name)) {
          await()
              .atMost(RealCluster.PATIENCE)
              .until(() -> Datagrams.ask(caller, there, 18141), name::equals);
        }
        kubectl.ok("delete", "pod", name);
      }
    }
  }

  /// CVE-2020-8558: for host ports on the loopback address the kernel routes that one, too.
  @Test
  void neighboursDoNotReachANodesLoopbackAddress() {
    kubectl.apply(
        Manifests.pod(
            "inside",
            "hostNetwork: true\n  nodeName: node1",
            "sh, -c, 'trap \"exit 0\" TERM; httpd -f -p 127.0.0.1:18142 -h /www & wait'"));
    kubectl.apply(onPort("routed", "hostIP: 127.0.0.1").replace("18140", "18143"));
    kubectl.apply(
        Manifests.pod("neighbour", "nodeName: node1", "hold")
            .replace("name: main,", "name: main, securityContext: {privileged: true},"));
    for (String pod : List.of("inside", "routed", "neighbour")) {
      cluster.awaitReady(kubectl, pod);
    }
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(kubectl.in("inside", Http.get("127.0.0.1", 18143))).startsWith("routed ");
              assertThat(kubectl.in("inside", Http.get("127.0.0.1", 18142))).isNotEmpty();
            });
    kubectl.in(
        "neighbour",
        """
        mount -o remount,rw /proc/sys 2>/dev/null
        echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
        ip addr del 127.0.0.1/8 dev lo
        ip route add 127.0.0.1/32 via $(ip route | awk '/^default/ {print $3}')
        """);
    assertThat(kubectl.in("neighbour", "ip route get 127.0.0.1")).contains("dev eth0");
    for (int port : List.of(18142, 18143)) {
      assertThat(kubectl.in("neighbour", Http.get("127.0.0.1", port) + " || echo none"))
          .isEqualTo("none\n");
    }
    kubectl.ok("delete", "pod", "inside", "routed", "neighbour", "--wait=false");
  }

  private static String onPort(String name, String port) {
    return Manifests.pod(name, "nodeName: node1", "serve, '80'")
        .replace(
            "name: main,",
            "name: main, ports: [{containerPort: 80, hostPort: 18140, %s}],".formatted(port));
  }

  @Test
  void podOnTheHostsNetworkHasTheNodesAddress() {
    kubectl.apply(Manifests.pod("host", "hostNetwork: true\n  nodeName: node1", "hold"));
    assertThat(cluster.awaitReady(kubectl, "host").getStatus().getPodIP())
        .isEqualTo(RealCluster.NODES + "11");
    assertThat(kubectl.in("host", "ip -o addr show cbr0")).contains(RealCluster.PODS + "1.1/24");
  }
}
