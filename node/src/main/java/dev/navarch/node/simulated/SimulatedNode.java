package dev.navarch.node.simulated;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.node.NodeFacts;
import dev.navarch.node.NodeLease;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A node that is only an object and a heartbeat. It has no address besides its name, so that
/// nothing is ever sent to it.
final class SimulatedNode {
  private static final Resource<Node> NODES = Resource.of(Node.class);
  private static final Duration PERIOD = NodeLease.PERIOD.multipliedBy(2);
  private static final int LEASE_SECONDS = 40;
  private static final Map<String, Quantity> CAPACITY =
      Map.of(
          "cpu", new Quantity("32"),
          "memory", new Quantity("256Gi"),
          "ephemeral-storage", new Quantity("1Ti"),
          "pods", new Quantity(String.valueOf(110)));

  private final int number;
  private final int count;
  private final Cluster cluster;
  private final InstantSource clock;
  private @Nullable NodeLease lease;

  SimulatedNode(int number, int count, Cluster cluster, InstantSource clock) {
    this.number = number;
    this.count = count;
    this.cluster = cluster;
    this.clock = clock;
  }

  String name() {
    return "simulated-" + number;
  }

  /// A /24 out of 100.64.0.0/10, the range for addresses that leave no network.
  String ownRange() {
    return "100.%d.%d.0/24".formatted(64 + (number >> 8 & 63), number & 255);
  }

  /// Registers the node the first time, gives its heartbeat each time, and says that it is ready if
  /// somebody came to doubt it.
  ///
  /// @return when to come again; the nodes' times are spread evenly
  Duration tend(Optional<Node> shown) {
    NodeLease known = lease;
    if (known == null) {
      Node node = register();
      lease = new NodeLease(cluster, node, clock, LEASE_SECONDS);
      reportReady();
      lease.renew();
      return PERIOD.multipliedBy(number).dividedBy(count);
    }
    if (shown.isPresent() && !isReady(shown.get())) {
      reportReady();
    }
    known.renew();
    return PERIOD;
  }

  private Node register() {
    Map<String, String> labels =
        Map.of(
            "type",
            "simulated",
            "kubernetes.io/hostname",
            name(),
            "kubernetes.io/os",
            "linux",
            "kubernetes.io/arch",
            NodeFacts.architecture());
    try {
      return cluster.create(
          new NodeBuilder()
              .withNewMetadata()
              .withName(name())
              .withLabels(labels)
              .endMetadata()
              .withNewSpec()
              .endSpec()
              .withStatus(status())
              .build());
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      return cluster.get(NODES, new Key("", name()));
    }
  }

  private void reportReady() {
    byte[] body = Objects.write(Map.of("status", status()));
    var patch = new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, body);
    cluster.patch(NODES, new Key("", name()), patch, "status");
  }

  private NodeStatus status() {
    return new NodeStatusBuilder()
        .withCapacity(CAPACITY)
        .withAllocatable(CAPACITY)
        .withAddresses(new NodeAddress(name(), "Hostname"))
        .withConditions(
            condition(
                "MemoryPressure",
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available"),
            condition(
                "DiskPressure",
                "False",
                "KubeletHasNoDiskPressure",
                "kubelet has no disk pressure"),
            condition(
                "PIDPressure",
                "False",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
        .withNewNodeInfo()
        .withArchitecture(NodeFacts.architecture())
        .withOperatingSystem("linux")
        .withOsImage("simulated")
        .withKernelVersion("simulated")
        .withKubeletVersion(NodeFacts.KUBELET_VERSION)
        .withKubeProxyVersion("")
        .withContainerRuntimeVersion("simulated://1")
        .withMachineID(name())
        .withSystemUUID(name())
        .withBootID(name())
        .endNodeInfo()
        .build();
  }

  private NodeCondition condition(String type, String status, String reason, String message) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    return new NodeConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastHeartbeatTime(now)
        .withLastTransitionTime(now)
        .build();
  }

  private static boolean isReady(Node node) {
    return node.getStatus() != null
        && node.getStatus().getConditions().stream()
            .anyMatch(one -> "Ready".equals(one.getType()) && "True".equals(one.getStatus()));
  }
}
