package dev.navarch.node.pods;

import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster.DeleteOptions;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.CsiNodeObject;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.dra.DraDrivers;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.host.CgroupTree;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A node whose runtime, cluster and clock a test holds in its hands.
class OnANode {
  static final Resource<Pod> PODS = Resource.of(Pod.class);

  private static final Map<String, Quantity> OFFER =
      Map.of("memory", new Quantity("1Gi"), "cpu", new Quantity("2"), "pods", new Quantity("10"));

  final Path dir;
  volatile Set<String> pressures = Set.of();
  volatile @Nullable Node node;
  final Admission admission =
      new Admission(() -> pressures, () -> OFFER, () -> Optional.ofNullable(node), provision());
  final SimulatedCluster cluster = new SimulatedCluster(InstantSource.system());
  final FakeRuntime runtime = new FakeRuntime();

  /// How far the node's clock is ahead.
  volatile Duration ahead = Duration.ZERO;

  ClusterInformers informers = new ClusterInformers(cluster, new Random(1));
  PodWorkers workers;

  OnANode(@TempDir Path dir) {
    this.dir = dir;
    this.workers = newWorkers();
  }

  /// What containers can have for themselves.
  Provision provision() {
    return Provision.NONE;
  }

  final PodWorkers newWorkers() {
    var config =
        new NodeConfig(
            "node-1",
            InetAddress.getLoopbackAddress(),
            dir.resolve("data"),
            Path.of("/none"),
            "/test",
            Path.of("/none"),
            Path.of("/none"),
            Path.of("/none"),
            Map.of(),
            KubeletSettings.defaults().with("clusterDNS", List.of("10.96.0.10")),
            CredentialProviders.none());
    return PodWorkers.of(
        config,
        runtime,
        cluster,
        informers.lister(Service.class),
        new PodStory(EventRecorder.SILENT),
        () -> Instant.now().plus(ahead),
        "fake",
        new PodGroups(
            new CgroupTree(dir.resolve("cgroup")), "/test", KubeletSettings.defaults(), 0),
        admission,
        new CsiDrivers(new CsiNodeObject(cluster, "node-1")),
        new ClaimDevices(
            cluster, new DraDrivers(cluster, "node-1", Instant::now), dir.resolve("data")));
  }

  @BeforeEach
  void start() throws Exception {
    runtime.images.add("here:1");
    begin();
  }

  @AfterEach
  void stop() {
    workers.close();
    informers.close();
  }

  void begin() throws Exception {
    informers.onChange(PODS, change -> workers.changed(change));
    informers.start();
    informers.awaitSynced();
    workers.begin();
    workers.sweep(this::known);
  }

  /// The uids of all pods.
  Optional<Set<String>> known() {
    return Optional.of(
        cluster.all(Pod.class).stream()
            .map(pod -> pod.getMetadata().getUid())
            .collect(Collectors.toSet()));
  }

  Pod once(String name) {
    return pod(name, container(name)).editSpec().withRestartPolicy("Never").endSpec().build();
  }

  static PodBuilder pod(String name, Container... containers) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName("node-1")
        .withRestartPolicy("Always")
        .withContainers(containers)
        .endSpec()
        .withNewStatus()
        .withPhase("Pending")
        .endStatus();
  }

  static Container container(String name) {
    return new ContainerBuilder()
        .withName(name)
        .withImage("here:1")
        .withImagePullPolicy("IfNotPresent")
        .build();
  }

  void delete(String name) {
    cluster.delete(PODS, new Key("default", name), DeleteOptions.DEFAULT);
  }

  static DeleteOptions now() {
    return new DeleteOptions(Duration.ZERO, null, null, null);
  }

  Pod get(String name) {
    return cluster.find(Pod.class, "default", name).orElseThrow();
  }

  ContainerState state(String name) {
    return get(name).getStatus().getContainerStatuses().getFirst().getState();
  }

  int restarts(String name) {
    return get(name).getStatus().getContainerStatuses().getFirst().getRestartCount();
  }

  void awaitPhase(String name, String phase) {
    await().until(() -> phase.equals(get(name).getStatus().getPhase()));
  }
}
