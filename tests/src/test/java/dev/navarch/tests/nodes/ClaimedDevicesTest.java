package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.app.local.NodePlace;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Resource;
import dev.navarch.node.dra.FakeDraDriver;
import dev.navarch.node.dra.v1.Device;
import dev.navarch.node.dra.v1.NodePrepareResourceResponse;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Devices of claims in real containers: a driver that comes late, what containers see of its
/// device, an agent that is killed meanwhile, and that all of it is taken back.
@RealClusterTest
class ClaimedDevicesTest {
  private static final String DRIVER = "toys.navarch.test";
  private static final String NODE = "node1";
  private static final String SLICE =
      """
      apiVersion: resource.k8s.io/v1
      kind: ResourceSlice
      metadata: {name: toys}
      spec:
        driver: toys.navarch.test
        nodeName: node1
        pool: {name: node1, generation: 1, resourceSliceCount: 1}
        devices: [{name: toy-0, attributes: {colour: {string: red}}}]
      """;

  private final RealCluster cluster;
  private final Kubectl kubectl;
  private final NodePlace place;

  ClaimedDevicesTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("claimed");
    this.place = cluster.place(NODE);
  }

  @Test
  void aDeviceReachesItsContainerAndIsTakenBack() throws IOException {
    onTheNode(
        """
        mkdir -p /var/run/cdi && cat > /var/run/cdi/toys.navarch.test.json <<'END'
        {"cdiVersion": "0.6.0", "kind": "navarch.test/toy", "containerEdits": {"env": ["TOYS=here"]},
         "devices": [{"name": "toy-0", "containerEdits": {"env": ["TOY=toy-0"],
           "deviceNodes": [{"path": "/dev/toy", "hostPath": "/dev/zero"}],
           "mounts": [{"hostPath": "/var/run/cdi", "containerPath": "/toys", "options": ["ro"]}]}}]}
        END
        """);
    kubectl.apply(
        """
        apiVersion: resource.k8s.io/v1
        kind: DeviceClass
        metadata: {name: toys}
        spec: {selectors: [{cel: {expression: "device.driver == 'toys.navarch.test'"}}]}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaimTemplate
        metadata: {name: toy}
        spec:
          spec:
            devices:
              requests:
              - name: one
                exactly:
                  deviceClassName: toys
                  selectors: [{cel: {expression: "device.attributes['toys.navarch.test'].colour == 'red'"}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: player}
        spec:
          terminationGracePeriodSeconds: 1
          resourceClaims: [{name: toy, resourceClaimTemplateName: toy}]
          containers:
          - name: with
            image: "%s"
            command: [hold]
            resources: {claims: [{name: toy, request: one}]}
          - name: without
            image: "%s"
            command: [hold]
        """
                .formatted(RealCluster.IMAGE, RealCluster.IMAGE)
            + "---\n"
            + SLICE);
    awaitEvent("DRA driver toys.navarch.test is not registered");
    try (var driver =
        new FakeDraDriver(
            DRIVER,
            place.data(),
            claim ->
                NodePrepareResourceResponse.newBuilder()
                    .addDevices(
                        Device.newBuilder()
                            .addRequestNames("one")
                            .setPoolName(NODE)
                            .setDeviceName("toy-0")
                            .addCdiDeviceIds("navarch.test/toy=toy-0"))
                    .build())) {
      Pod pod = cluster.awaitReady(kubectl, "player");
      assertThat(pod.getSpec().getNodeName()).isEqualTo(NODE);
      assertThat(
              kubectl.ok(
                  "exec",
                  "player",
                  "-c",
                  "with",
                  "--",
                  "sh",
                  "-c",
                  "echo $TOYS $TOY; test -c /dev/toy && head -c 2 /dev/toy | od -An -tx1; ls /toys"))
          .contains("here toy-0", " 00 00", "toys.navarch.test.json");
      assertThat(
              kubectl.ok(
                  "exec",
                  "player",
                  "-c",
                  "without",
                  "--",
                  "sh",
                  "-c",
                  "echo [$TOY]; test -e /dev/toy || echo none"))
          .isEqualTo("[]\nnone\n");
      ResourceClaim claim = claims().getFirst();
      assertThat(driver.calls()).containsExactly("prepare " + claim.getMetadata().getName());

      restartAgent();
      await()
          .atMost(RealCluster.PATIENCE)
          .until(() -> cluster.api().find(ResourceSlice.class, "", "toys").isEmpty());
      kubectl.apply(SLICE);
      assertThat(cluster.awaitReady(kubectl, "player").getStatus().getContainerStatuses())
          .extracting(status -> status.getContainerID())
          .isEqualTo(
              pod.getStatus().getContainerStatuses().stream()
                  .map(status -> status.getContainerID())
                  .toList());

      kubectl.ok("delete", "pod", "player");
      String name = claim.getMetadata().getName();
      assertThat(driver.calls()).containsExactly("prepare " + name, "unprepare " + name);
      await().atMost(RealCluster.PATIENCE).until(() -> claims().isEmpty());
    } finally {
      onTheNode("rm -f /var/run/cdi/toys.navarch.test.json; rmdir /var/run/cdi 2>/dev/null; true");
      kubectl.ok("delete", "namespace", "claimed", "--wait=false");
      kubectl.ok("delete", "deviceclass", "toys", "--ignore-not-found");
      kubectl.ok("delete", "resourceslice", "toys", "--ignore-not-found");
    }
  }

  private List<ResourceClaim> claims() {
    return cluster.api().list(Resource.of(ResourceClaim.class), ListOptions.in("claimed")).items();
  }

  private void awaitEvent(String message) {
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        kubectl.ok(
                            "get",
                            "events",
                            "--field-selector=reason=FailedPrepareDynamicResources"))
                    .contains(message));
  }

  private void onTheNode(String script) {
    Commands.run("nsenter", "--mount=" + place.mountNamespace(), "sh", "-c", script);
  }

  private void restartAgent() {
    ProcessId agent = cluster.agent(NODE);
    List<String> commandLine = RealCluster.commandLine(agent);
    RealCluster.kill(agent);
    cluster.startAgent(NODE, commandLine);
    await().atMost(RealCluster.PATIENCE).until(() -> cluster.agent(NODE).isAlive());
  }
}
