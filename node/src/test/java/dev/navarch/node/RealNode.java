package dev.navarch.node;

import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.runtime.Containerd;
import dev.navarch.node.runtime.OciArchive;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.runtime.Registries;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/// A real node in its own network namespace: containerd, CNI and an agent over a simulated cluster.
final class RealNode implements AutoCloseable {
  static final String IMAGE = "navarch.dev/busybox:1";
  static final int REGISTRY_PORT = 5443;
  static final Duration PATIENCE = Duration.ofSeconds(40);

  final Path dir;
  final SimulatedCluster cluster = new SimulatedCluster(InstantSource.system());
  final List<String> events = new CopyOnWriteArrayList<>();
  final Containerd containerd;
  final Certificates certificates;
  final Cri cri;
  private NodeAgent agent;

  RealNode(Path dir) throws Exception {
    this.dir = dir;
    Files.writeString(
        dir.resolve("registries.yaml"),
        """
        mirrors: {registry.test: {endpoint: ['https://127.0.0.1:%1$d']}}
        configs: {'127.0.0.1:%1$d': {tls: {ca_file: %2$s}}}
        """
            .formatted(REGISTRY_PORT, dir.resolve("pki/ca.crt")));
    this.containerd =
        new Containerd(
            Files.createDirectories(dir.resolve("containerd")),
            dir.resolve("run"),
            PauseImage.NAME,
            Registries.read(dir.resolve("registries.yaml")));
    this.certificates = Certificates.in(dir.resolve("pki"));
    Files.createDirectories(containerd.cniConfigurations());
    Files.writeString(containerd.cniConfigurations().resolve("10-test.conflist"), cni());
    containerd.ensureRunning();
    PauseImage.load(containerd, dir);
    loadBusybox();
    this.cri = Cri.at(containerd.socket());
    this.agent = startAgent();
  }

  private String cni() {
    return """
    {"cniVersion": "0.4.0", "name": "test", "plugins": [
      {"type": "bridge", "bridge": "cbr0", "isGateway": true, "ipMasq": false,
       "ipam": {"type": "host-local", "dataDir": "%s", "ranges": [[{"subnet": "10.49.0.0/24"}]],
                "routes": [{"dst": "0.0.0.0/0"}]}}]}
    """
        .formatted(dir.resolve("ipam"));
  }

  boolean isRunning() {
    return agent.isRunning();
  }

  void stopAgent() {
    agent.close();
  }

  void restartAgent() throws Exception {
    agent = startAgent();
  }

  @Override
  public void close() {
    agent.close();
    cri.sandboxes("").forEach(left -> cri.stopSandbox(left.getId()));
    cri.sandboxes("").forEach(left -> cri.removeSandbox(left.getId()));
    cri.close();
  }

  private NodeAgent startAgent() throws Exception {
    var config =
        new NodeConfig(
            "node-1",
            InetAddress.getLoopbackAddress(),
            dir.resolve("data"),
            containerd.socket(),
            "/navarch-test-pods/node-1",
            certificates.cert("serving"),
            certificates.key("serving"),
            certificates.cert("ca"),
            Map.of(),
            KubeletSettings.defaults()
                .with("cpuManagerPolicy", "static")
                .with("reservedSystemCPUs", "0")
                .with("cpuManagerReconcilePeriod", "1s")
                .with("podPidsLimit", 200),
            CredentialProviders.none());
    return NodeAgent.start(
        config,
        NodeProvision.of(config, InstantSource.system()),
        Cri.at(containerd.socket()),
        cluster,
        new ClusterInformers(
            cluster,
            new Random(2),
            new ClusterInformers.Scope(Resource.of(Pod.class), "spec.nodeName=node-1")),
        new Told(),
        InstantSource.system());
  }

  void step(String name) {
    System.out.println("- " + name);
  }

  io.fabric8.kubernetes.api.model.ContainerStateWaiting waiting(String pod) {
    return get(pod).getStatus().getContainerStatuses().getFirst().getState().getWaiting();
  }

  PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName("node-1")
        .withRestartPolicy("Always")
        .withTerminationGracePeriodSeconds(2L)
        .endSpec()
        .withNewStatus()
        .withPhase("Pending")
        .endStatus();
  }

  static ContainerBuilder container(String name, String script) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(IMAGE)
        .withImagePullPolicy("IfNotPresent")
        .withCommand("sh", "-c", script);
  }

  Pod create(Pod pod) {
    return cluster.given(pod);
  }

  void delete(Pod pod) {
    cluster.delete(
        Resource.of(Pod.class), Key.of(pod), new Cluster.DeleteOptions(null, null, null, null));
  }

  void awaitDeleted(String name) {
    delete(get(name));
    await().atMost(PATIENCE).until(() -> cluster.find(Pod.class, "default", name).isEmpty());
  }

  Pod get(String name) {
    return cluster.find(Pod.class, "default", name).orElseThrow();
  }

  boolean isReady(String name) {
    return get(name).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .map(PodCondition::getStatus)
        .anyMatch("True"::equals);
  }

  Pod awaitReady(String name) {
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> isReady(name));
    return get(name);
  }

  String exec(Pod pod, String container, String... command) {
    String id =
        get(pod.getMetadata().getName()).getStatus().getContainerStatuses().stream()
            .filter(status -> status.getName().equals(container))
            .findFirst()
            .orElseThrow()
            .getContainerID()
            .replace("containerd://", "");
    var result = cri.execSync(id, List.of(command), Duration.ofSeconds(10));
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  private void loadBusybox() throws Exception {
    Path file = dir.resolve("busybox.tar");
    busybox().write(file);
    containerd.load(file);
  }

  private static OciArchive busybox() throws Exception {
    var archive = new OciArchive(IMAGE);
    archive.file("bin/busybox", Files.readAllBytes(Path.of("/bin/busybox")), true);
    for (String tool :
        List.of(
            "sh",
            "sleep",
            "cat",
            "echo",
            "httpd",
            "wget",
            "hostname",
            "id",
            "ln",
            "mkdir",
            "grep",
            "rm",
            "test",
            "touch",
            "true")) {
      archive.link("bin/" + tool, "busybox");
    }
    return archive.folder("tmp", 01777).command("/bin/sh");
  }

  private final class Told implements EventRecorder {
    @Override
    public EventRecorder as(String component) {
      return this;
    }

    @Override
    public void record(ObjectReference about, Type type, String reason, String message) {
      events.add("%s %s %s: %s".formatted(type, about.getName(), reason, message));
    }
  }
}
