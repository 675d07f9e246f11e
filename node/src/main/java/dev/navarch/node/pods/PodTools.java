package dev.navarch.node.pods;

import dev.navarch.client.Cluster;
import dev.navarch.client.Lister;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.dra.Cdi;
import dev.navarch.node.dra.CdiSpecs;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.images.Images;
import dev.navarch.node.probes.Checks;
import dev.navarch.node.probes.ProbeBoard;
import dev.navarch.node.probes.Probes;
import dev.navarch.node.volumes.DownwardApi;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// What every pod's worker works with.
record PodTools(
    NodeConfig config,
    ContainerRuntime runtime,
    Cluster cluster,
    PodStory story,
    InstantSource clock,
    Images images,
    Volumes volumes,
    Probes probes,
    Health health,
    Hooks hooks,
    Dns dns,
    PodGroups cgroups,
    SandboxConfigs sandboxes,
    ContainerConfigs containers,
    PodStatuses statuses,
    StatusWriter writer,
    Mirrors mirrors,
    UserNamespaces userNamespaces,
    Supplier<RuntimeFeatures> features,
    NodeAbilities abilities,
    Admission admission,
    ClaimDevices claims) {

  /// @param runtimeName the scheme of container ids: `containerd`
  /// @param cgroups of the pods
  /// @param admission which pods the node takes
  /// @param drivers the node's storage drivers
  /// @param claims the devices of pods' claims
  static PodTools of(
      NodeConfig config,
      ContainerRuntime runtime,
      Cluster cluster,
      Lister<Service> services,
      PodStory story,
      InstantSource clock,
      String runtimeName,
      PodGroups cgroups,
      Admission admission,
      CsiDrivers drivers,
      ClaimDevices claims) {
    var checks = new Checks(runtime);
    Supplier<RuntimeFeatures> features = () -> RuntimeFeatures.of(runtime);
    var health = new Health(new ProbeBoard());
    var volumes = new Volumes(config.dataDir(), config.nodeName(), cluster, drivers, story, clock);
    var dns =
        new Dns(
            config.settings().clusterDns(),
            config.settings().clusterDomain(),
            config.settings().ifStated("resolvConf").map(Path::of));
    Quantity memory = admission.allocatable().get("memory");
    return new PodTools(
        config,
        runtime,
        cluster,
        story,
        clock,
        new Images(runtime, cluster, story, clock, config),
        volumes,
        new Probes(checks, health.board(), story, clock),
        health,
        new Hooks(checks, story, Executors.newVirtualThreadPerTaskExecutor()),
        dns,
        cgroups,
        new SandboxConfigs(config, dns, cgroups),
        new ContainerConfigs(
            config,
            new Environment(cluster, services),
            new ContainerMounts(volumes, runtime, pod -> Sandboxes.handler(cluster, pod)),
            cgroups,
            admission.provision(),
            claims,
            new Cdi(runtime, CdiSpecs.OF_MACHINE),
            memory == null ? 0 : memory.getNumericalAmount().longValue()),
        new PodStatuses(runtimeName, hostIps(config), health, admission.provision()),
        new StatusWriter(cluster),
        new Mirrors(),
        new UserNamespaces(
            config.dataDir().resolve("pods"),
            config.settings().longNumber("userNamespaces.idsPerPod")),
        features,
        NodeAbilities.of(
            features, new Sysctls(config.settings().list("allowedUnsafeSysctls")), Path.of("/")),
        admission,
        claims);
  }

  DownwardApi self(Pod pod, List<String> podIps) {
    List<String> ips = SandboxConfigs.isHostNetwork(pod) ? hostIps(config) : podIps;
    return new DownwardApi(pod, ips, hostIps(config), admission.allocatable());
  }

  private static List<String> hostIps(NodeConfig config) {
    return List.of(config.nodeIp().getHostAddress());
  }
}
