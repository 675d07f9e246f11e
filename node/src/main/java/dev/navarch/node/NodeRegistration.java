package dev.navarch.node;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.pods.Provision;
import dev.navarch.node.pods.RuntimeFeatures;
import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.ContainerImageBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The node's own object in the API: made once, used again after a restart, its status kept true.
final class NodeRegistration {
  private static final Resource<Node> NODES = Resource.of(Node.class);

  private final NodeConfig config;
  private final Duration reportAnyway;
  private final Cluster cluster;
  private final ContainerRuntime runtime;
  private final NodeFacts facts;
  private final Provision provision;
  private final NodeConditions conditions;
  private final Supplier<List<String>> volumesInUse;
  private final InstantSource clock;
  private @Nullable Told told;
  private @Nullable NodeStatus written;
  private Instant writtenAt = Instant.MIN;

  /// @param volumesInUse the attached volumes that this node's pods use
  NodeRegistration(
      NodeConfig config,
      Cluster cluster,
      ContainerRuntime runtime,
      NodeFacts facts,
      Provision provision,
      NodeConditions conditions,
      Supplier<List<String>> volumesInUse,
      InstantSource clock) {
    this.config = config;
    this.reportAnyway = config.settings().duration("nodeStatusReportFrequency");
    this.cluster = cluster;
    this.runtime = runtime;
    this.facts = facts;
    this.provision = provision;
    this.conditions = conditions;
    this.volumesInUse = volumesInUse;
    this.clock = clock;
  }

  /// What the runtime said of itself last.
  ///
  /// @param version with its name: `containerd://1.6.20`
  private record Told(String version, List<ContainerImage> images, RuntimeFeatures features) {}

  /// Makes the Node, or takes over the one that is there: its labels then get what is missing.
  Node register() {
    Map<String, String> labels = labels();
    try {
      return cluster.create(
          new NodeBuilder()
              .withNewMetadata()
              .withName(config.nodeName())
              .withLabels(labels)
              .addToAnnotations("volumes.kubernetes.io/controller-managed-attach-detach", "true")
              .endMetadata()
              .withNewSpec()
              .withProviderID(config.settings().ifStated("providerID").orElse(null))
              .withTaints(
                  config.settings().objects("registerWithTaints").stream()
                      .map(NodeRegistration::taint)
                      .toList())
              .endSpec()
              .withStatus(status(List.of()))
              .build());
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode wanted = patch.putObject("metadata").putObject("labels");
    labels.forEach(wanted::put);
    return cluster.patch(NODES, key(), patch(Patch.Type.MERGE, patch), "");
  }

  /// Writes the status if anything in it changed, and now and then anyway.
  synchronized void report() {
    Instant now = clock.instant();
    NodeStatus before = written;
    NodeStatus status = status(before == null ? known().getConditions() : before.getConditions());
    boolean same = before != null && withoutHeartbeat(before).equals(withoutHeartbeat(status));
    if (same && Duration.between(writtenAt, now).compareTo(reportAnyway) < 0) {
      return;
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode tree = Objects.tree(status);
    if (before != null) {
      forget(before.getCapacity().keySet(), tree.path("capacity").asObject());
      forget(before.getAllocatable().keySet(), tree.path("allocatable").asObject());
    }
    patch.set("status", tree);
    cluster.patch(NODES, key(), patch(Patch.Type.STRATEGIC, patch), "status");
    written = status;
    writtenAt = now;
  }

  /// A patch leaves alone what it does not name.
  private static void forget(Set<String> before, ObjectNode now) {
    before.stream().filter(name -> !now.has(name)).forEach(now::putNull);
  }

  private static Map<String, Quantity> both(
      Map<String, Quantity> own, Map<String, Quantity> devices) {
    Map<String, Quantity> all = new TreeMap<>(own);
    all.putAll(devices);
    return all;
  }

  private NodeStatus known() {
    Node node = cluster.get(NODES, key());
    return node.getStatus() == null ? new NodeStatus() : node.getStatus();
  }

  private NodeStatus status(List<NodeCondition> before) {
    Told runtimes = askRuntime();
    return new NodeStatusBuilder()
        .withCapacity(both(facts.capacity(config.settings()), provision.capacity()))
        .withAllocatable(both(facts.allocatable(config.settings()), provision.allocatable()))
        .withConditions(conditions.at(clock.instant(), before))
        .withAddresses(
            new NodeAddress(config.nodeIp().getHostAddress(), "InternalIP"),
            new NodeAddress(config.nodeName(), "Hostname"))
        .withNewDaemonEndpoints()
        .withNewKubeletEndpoint(config.settings().port())
        .endDaemonEndpoints()
        .withNodeInfo(facts.systemInfo(runtimes.version()))
        .withImages(runtimes.images())
        .withVolumesInUse(volumesInUse.get())
        .withFeatures(runtimes.features().features())
        .withRuntimeHandlers(runtimes.features().handlerStatuses())
        .build();
  }

  /// A runtime that hangs must not keep the node from saying so.
  private Told askRuntime() {
    try {
      var version = runtime.version();
      String name = version.getRuntimeName() + "://" + version.getRuntimeVersion();
      told = new Told(name, images(), RuntimeFeatures.of(runtime));
    } catch (CriException e) {
      if (told == null) {
        throw e;
      }
    }
    return told;
  }

  private List<ContainerImage> images() {
    int most = config.settings().number("nodeStatusMaxImages");
    return runtime.images().stream()
        .sorted(Comparator.comparingLong(Image::getSize).reversed())
        .limit(most < 0 ? Integer.MAX_VALUE : most)
        .map(
            image -> {
              List<String> names = new ArrayList<>(image.getRepoDigestsList());
              names.addAll(image.getRepoTagsList());
              return new ContainerImageBuilder()
                  .withNames(names)
                  .withSizeBytes(image.getSize())
                  .build();
            })
        .toList();
  }

  private Map<String, String> labels() {
    Map<String, String> labels = new TreeMap<>(config.labels());
    labels.put("kubernetes.io/hostname", config.nodeName());
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", NodeFacts.architecture());
    labels.put("beta.kubernetes.io/os", "linux");
    labels.put("beta.kubernetes.io/arch", NodeFacts.architecture());
    return labels;
  }

  private Key key() {
    return new Key("", config.nodeName());
  }

  private static ObjectNode withoutHeartbeat(NodeStatus status) {
    ObjectNode tree = Objects.tree(status);
    tree.path("conditions").forEach(c -> c.asObject().remove("lastHeartbeatTime"));
    return tree;
  }

  private static Patch patch(Patch.Type type, ObjectNode document) {
    return new Patch(type, document.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Taint taint(JsonNode taint) {
    return new TaintBuilder()
        .withKey(taint.path("key").asString())
        .withValue(taint.has("value") ? taint.path("value").asString() : null)
        .withEffect(taint.path("effect").asString())
        .build();
  }
}
