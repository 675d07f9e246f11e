package dev.navarch.node.devices;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.cri.CriCalls;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.UnixChannel;
import dev.navarch.node.devices.podresources.v1.AllocatableResourcesRequest;
import dev.navarch.node.devices.podresources.v1.AllocatableResourcesResponse;
import dev.navarch.node.devices.podresources.v1.ListPodResourcesRequest;
import dev.navarch.node.devices.podresources.v1.ListPodResourcesResponse;
import dev.navarch.node.devices.v1beta1.Empty;
import dev.navarch.node.devices.v1beta1.RegisterRequest;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.dra.DraDrivers;
import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.topology.CpuSet;
import dev.navarch.node.topology.CpuTopology;
import dev.navarch.node.topology.Cpus;
import dev.navarch.node.topology.Hint;
import dev.navarch.node.topology.Provider.NotAssigned;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevicesTest {
  private static final String RESOURCE = "example.com/toy";
  private static final CpuSet NODES = CpuSet.of(0, 1);

  private final AtomicInteger changes = new AtomicInteger();
  private final Path folder;
  private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private DevicePlugins plugins;
  private FakeDevicePlugin plugin;
  private Devices devices;

  DevicesTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.plugins = begin();
    this.plugin =
        new FakeDevicePlugin(folder, RESOURCE).device("a", 0).device("b", 0).device("c", 1);
    this.devices = new Devices(plugins, NODES, folder);
  }

  private DevicePlugins begin() throws IOException {
    return DevicePlugins.start(folder, () -> now, changes::incrementAndGet);
  }

  @BeforeEach
  void registerIt() {
    plugin.register();
    awaitAllocatable(3);
  }

  @AfterEach
  void end() {
    plugin.close();
    plugins.close();
  }

  private void awaitAllocatable(long count) {
    await().until(() -> plugins.allocatable().getOrDefault(RESOURCE, -1L) == count);
  }

  private static Pod pod(String uid, int count) {
    return new PodBuilder()
        .withNewMetadata()
        .withUid(uid)
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .withNewResources()
        .addToLimits(RESOURCE, new Quantity(String.valueOf(count)))
        .endResources()
        .endContainer()
        .endSpec()
        .build();
  }

  private void assign(Pod pod, Optional<Hint> hint) {
    devices.assign(pod, pod.getSpec().getContainers().getFirst(), hint);
  }

  private Set<String> held(String uid) {
    Devices.Grant grant = devices.of(uid, "main").get(RESOURCE);
    return grant == null ? Set.of() : grant.ids();
  }

  @Test
  void devicesAreTheNodesAndOnlyHealthyOnesCanBeHad() {
    assertThat(plugins.capacity()).isEqualTo(Map.of(RESOURCE, 3L));
    int before = changes.get();
    plugin.health("b", "Unhealthy");
    awaitAllocatable(2);
    assertThat(plugins.capacity()).isEqualTo(Map.of(RESOURCE, 3L));
    assertThat(devices.health(RESOURCE, "b")).isEqualTo("Unhealthy");
    assertThat(changes.get()).isGreaterThan(before);
  }

  @Test
  void aContainerGetsDevicesThatNobodyElseHas() {
    assign(pod("one", 1), Optional.empty());
    assign(pod("two", 2), Optional.empty());
    assertThat(held("one")).as("the plugin prefers its last").containsExactly("c");
    assertThat(held("two")).containsExactlyInAnyOrder("a", "b");
    assertThat(requireNonNull(devices.of("two", "main").get(RESOURCE)).needs().getEnvsMap())
        .containsEntry("DEVICES", "a,b");
    assertThatThrownBy(() -> assign(pod("three", 1), Optional.empty()))
        .isInstanceOf(NotAssigned.class)
        .hasMessage(
            "Allocate failed due to requested number of devices unavailable for example.com/toy."
                + " Requested: 1, Available: 0, which is unexpected");
    devices.release("one");
    assign(pod("three", 1), Optional.empty());
    assertThat(held("three")).containsExactly("c");
  }

  @Test
  void devicesComeFromWhereTheHintSays() {
    Pod pod = pod("one", 2);
    assertThat(devices.hints(pod, pod.getSpec().getContainers()))
        .containsExactly(List.of(new Hint(CpuSet.of(0), true), new Hint(CpuSet.of(0, 1), false)));
    assign(pod, Optional.of(new Hint(CpuSet.of(0), true)));
    assertThat(held("one")).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void thePluginHearsBeforeAContainerStarts() {
    assign(pod("one", 1), Optional.empty());
    devices.beforeStart("one", "main");
    assertThat(plugin.started).containsExactly("c");
  }

  @Test
  void whatIsGivenOutIsRememberedOverARestart() throws IOException {
    assign(pod("one", 1), Optional.empty());
    devices.noteRegistered();
    plugins.close();
    plugin.close();
    plugins = begin();
    devices = new Devices(plugins, NODES, folder);
    assertThat(held("one")).containsExactly("c");
    assertThat(plugins.capacity()).isEqualTo(Map.of(RESOURCE, 3L));
    assertThat(plugins.allocatable()).as("until it comes again").isEqualTo(Map.of(RESOURCE, 0L));
    assertThatThrownBy(() -> assign(pod("two", 1), Optional.empty()))
        .hasMessageContaining("no device plugin for example.com/toy");
    plugin = new FakeDevicePlugin(folder, RESOURCE).device("a", 0).device("b", 0).device("c", 1);
    plugin.register();
    awaitAllocatable(3);
    assign(pod("two", 1), Optional.empty());
    assertThat(held("two")).containsExactly("b");
  }

  @Test
  void aPluginThatIsGoneLeavesNoDevicesAndIsForgottenInTime() {
    plugin.close();
    awaitAllocatable(0);
    assertThat(plugins.capacity()).isEqualTo(Map.of(RESOURCE, 3L));
    assertThat(devices.health(RESOURCE, "a")).isEqualTo("Unknown");
    now = now.plus(Duration.ofMinutes(6));
    assertThat(plugins.capacity()).isEmpty();
  }

  @Test
  void programsOfTheMachineHearWhatContainersHave() throws IOException {
    Pod pod = pod("one", 1);
    pod.getMetadata().setName("web");
    pod.getMetadata().setNamespace("default");
    assign(pod, Optional.empty());
    Path socket = folder.resolve("resources/kubelet.sock");
    CpuTopology topology = new CpuTopology(List.of(new CpuTopology.Cpu(0, 0, 0, 0, 0)));
    Cpus cpus = new Cpus(KubeletSettings.defaults(), topology, folder);
    try (var server =
            PodResourcesServer.start(socket, () -> List.of(pod), devices, cpus, noClaims());
        var channel = UnixChannel.to(socket)) {
      var told =
          new CriCalls(channel.channel())
              .ask(
                  "v1.PodResourcesLister/List",
                  ListPodResourcesRequest.getDefaultInstance(),
                  ListPodResourcesResponse.getDefaultInstance(),
                  Duration.ofSeconds(10));
      var container = told.getPodResources(0).getContainers(0);
      assertThat(told.getPodResources(0).getName()).isEqualTo("web");
      assertThat(container.getDevices(0).getResourceName()).isEqualTo(RESOURCE);
      assertThat(container.getDevices(0).getDeviceIdsList()).containsExactly("c");
      var all =
          new CriCalls(channel.channel())
              .ask(
                  "v1.PodResourcesLister/GetAllocatableResources",
                  AllocatableResourcesRequest.getDefaultInstance(),
                  AllocatableResourcesResponse.getDefaultInstance(),
                  Duration.ofSeconds(10));
      assertThat(all.getDevices(0).getDeviceIdsList()).containsExactly("a", "b", "c");
      assertThat(server).isNotNull();
    }
  }

  private ClaimDevices noClaims() {
    var cluster = new SimulatedCluster(() -> now);
    return new ClaimDevices(cluster, new DraDrivers(cluster, "node-1", () -> now), folder);
  }

  @Test
  void whatIsWrongWithARegistrationIsNamed() {
    assertThat(refusal("v9", "x.sock", RESOURCE)).contains("Supported version is [\"v1beta1\"]");
    assertThat(refusal("v1beta1", "x.sock", "toy")).contains("the ResourceName \"toy\" is invalid");
    assertThat(refusal("v1beta1", "../x.sock", RESOURCE)).contains("endpoint \"../x.sock\"");
  }

  private String refusal(String version, String endpoint, String resource) {
    try (UnixChannel agent = UnixChannel.to(folder.resolve("kubelet.sock"))) {
      new CriCalls(agent.channel())
          .ask(
              "v1beta1.Registration/Register",
              RegisterRequest.newBuilder()
                  .setVersion(version)
                  .setEndpoint(endpoint)
                  .setResourceName(resource)
                  .build(),
              Empty.getDefaultInstance(),
              Duration.ofSeconds(10));
      return "taken";
    } catch (CriException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
