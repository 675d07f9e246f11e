package dev.navarch.node.dra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Objects;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.cri.v1.CDIDevice;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.dra.v1.Claim;
import dev.navarch.node.dra.v1.Device;
import dev.navarch.node.dra.v1.NodePrepareResourceResponse;
import dev.navarch.node.plugins.v1.PluginInfo;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What drivers are asked for pods' claims, and what containers get of it.
class ClaimDevicesTest {
  private static final String DRIVER = "gpu.example.com";

  private final SimulatedCluster cluster = new SimulatedCluster(Instant::now);
  private final Path folder;
  private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final DraDrivers drivers = new DraDrivers(cluster, "node-1", () -> now);
  private final FakeDraDriver driver;
  private ClaimDevices claims;

  ClaimDevicesTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.driver = new FakeDraDriver(DRIVER, folder, ClaimDevicesTest::devices);
    this.claims = new ClaimDevices(cluster, drivers, folder);
  }

  @AfterEach
  void stop() {
    drivers.close();
    driver.close();
  }

  @Test
  void aClaimIsMadeReadyOnceAndTakenBackAfterTheLastPod() throws InterruptedException {
    drivers.register(driver.info(), driver.socket());
    Pod first = pod("first", "");
    Pod second = pod("second", "");
    claim(first, second);
    claims.prepare(first);
    claims.prepare(second);
    claims.prepare(first);
    assertThat(driver.calls()).containsExactly("prepare shared");

    claims = new ClaimDevices(cluster, drivers, folder);
    claims.prepare(first);
    assertThat(claims.pods()).containsExactlyInAnyOrder("first", "second");
    claims.unprepare("first");
    assertThat(driver.calls()).containsExactly("prepare shared");
    claims.unprepare("second");
    claims.unprepare("second");

    assertThat(driver.calls()).containsExactly("prepare shared", "unprepare shared");
    assertThat(new ClaimDevices(cluster, drivers, folder).pods()).isEmpty();
  }

  @Test
  void aContainerGetsTheDevicesOfTheRequestThatItNames() throws InterruptedException {
    drivers.register(driver.info(), driver.socket());
    Pod pod = pod("first", "small");
    claim(pod);
    claims.prepare(pod);

    assertThat(cdi(pod, 0)).containsExactly("gpu.example.com/gpu=small");
    assertThat(cdi(pod, 1)).isEmpty();
    Pod all = pod("first", "");
    assertThat(cdi(all, 0)).containsExactly("gpu.example.com/gpu=small", "gpu.example.com/gpu=big");
    assertThat(claims.held(all, all.getSpec().getContainers().getFirst()))
        .extracting(ClaimDevices.Held::device)
        .containsExactly("small", "big");
  }

  @Test
  void whatIsInTheWayIsNamed() throws InterruptedException {
    Pod pod = pod("first", "");
    assertThat(why(pod)).contains("claim default/shared: ", "not found");
    cluster.given(unallocated());
    assertThat(why(pod)).isEqualTo("claim default/shared is not allocated");
    cluster.delete(cluster.find(ResourceClaim.class, "default", "shared").orElseThrow());
    claim();
    assertThat(why(pod)).isEqualTo("claim default/shared is not reserved for pod default/first");
    cluster.delete(cluster.find(ResourceClaim.class, "default", "shared").orElseThrow());
    claim(pod);
    assertThat(why(pod)).isEqualTo("DRA driver gpu.example.com is not registered");
    claims.unprepare("first");
    drivers.register(driver.info(), driver.socket());
    driver.fail("out of order");
    assertThat(why(pod))
        .isEqualTo(
            "NodePrepareResources of DRA driver gpu.example.com failed for claim default/shared: out of order");
    assertThatThrownBy(() -> claims.unprepare("first")).hasMessageContaining("out of order");
    driver.fail("");
    claims.unprepare("first");
    assertThat(claims.pods()).isEmpty();
  }

  @Test
  void slicesGoWhenTheirDriverDoesNotComeBack() {
    slice("mine", "node-1", DRIVER);
    slice("others", "node-2", DRIVER);
    drivers.begin();
    assertThat(slices()).containsExactly("others");

    slice("mine", "node-1", DRIVER);
    drivers.register(driver.info(), driver.socket());
    drivers.gone(DRIVER, driver.socket());
    drivers.register(driver.info(), driver.socket());
    now = now.plus(Duration.ofMinutes(1));
    drivers.tidy();
    assertThat(slices()).containsExactlyInAnyOrder("mine", "others");

    drivers.gone(DRIVER, driver.socket());
    drivers.tidy();
    assertThat(slices()).containsExactlyInAnyOrder("mine", "others");
    now = now.plus(Duration.ofSeconds(31));
    drivers.tidy();
    assertThat(slices()).containsExactly("others");
  }

  @Test
  void aDriverThatIsReplacedStaysRegistered() throws InterruptedException {
    Path old = folder.resolve("old.sock");
    drivers.register(driver.info(), old);
    drivers.register(driver.info(), driver.socket());
    drivers.gone(DRIVER, old);
    Pod pod = pod("first", "");
    claim(pod);
    claims.prepare(pod);

    assertThat(driver.calls()).containsExactly("prepare shared");
  }

  @Test
  void aDriverThatSpeaksNothingKnownIsRefused() {
    PluginInfo strange = driver.info().toBuilder().clearSupportedVersions().build();

    assertThatThrownBy(() -> drivers.register(strange, driver.socket()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one of [v1.DRAPlugin, v1beta1.DRAPlugin]");
  }

  private String why(Pod pod) throws InterruptedException {
    try {
      claims.prepare(pod);
      return "";
    } catch (DraException e) {
      return e.why();
    }
  }

  private List<String> cdi(Pod pod, int container) {
    Container of = pod.getSpec().getContainers().get(container);
    var config = ContainerConfig.newBuilder();
    claims.addTo(pod, of, config);
    return config.getCDIDevicesList().stream().map(CDIDevice::getName).toList();
  }

  static NodePrepareResourceResponse devices(Claim claim) {
    var devices = NodePrepareResourceResponse.newBuilder();
    for (String name : List.of("small", "big")) {
      devices.addDevices(
          Device.newBuilder()
              .addRequestNames(name)
              .setPoolName("node-1")
              .setDeviceName(name)
              .addCdiDeviceIds("gpu.example.com/gpu=" + name));
    }
    return devices.build();
  }

  private static Pod pod(String name, String request) {
    return read(
        """
        {'metadata':{'namespace':'default','name':'%s','uid':'%s'},'spec':{
          'resourceClaims':[{'name':'gpu','resourceClaimName':'shared'}],
          'containers':[{'name':'one','resources':{'claims':[{'name':'gpu','request':'%s'}]}},
            {'name':'two'}]}}
        """
            .formatted(name, name, request),
        Pod.class);
  }

  private static ResourceClaim unallocated() {
    return read(
        """
        {'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim',
          'metadata':{'namespace':'default','name':'shared','uid':'claim-1'},'spec':{}}
        """,
        ResourceClaim.class);
  }

  private void claim(Pod... users) {
    ResourceClaim claim =
        read(
            """
            {'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim',
              'metadata':{'namespace':'default','name':'shared','uid':'claim-1'},'spec':{},
              'status':{'allocation':{'devices':{'results':[
                {'request':'small','driver':'gpu.example.com','pool':'node-1','device':'small'},
                {'request':'big','driver':'gpu.example.com','pool':'node-1','device':'big'}]}}}}
            """,
            ResourceClaim.class);
    claim
        .getStatus()
        .setReservedFor(List.of(users).stream().map(ResourceClaims::consumer).toList());
    cluster.given(claim);
  }

  private void slice(String name, String node, String driver) {
    cluster.given(
        read(
            """
            {'apiVersion':'resource.k8s.io/v1','kind':'ResourceSlice','metadata':{'name':'%s'},
              'spec':{'driver':'%s','nodeName':'%s','pool':{'name':'%s','generation':1,'resourceSliceCount':1}}}
            """
                .formatted(name, driver, node, node),
            ResourceSlice.class));
  }

  private List<String> slices() {
    return cluster.all(ResourceSlice.class).stream()
        .map(slice -> slice.getMetadata().getName())
        .toList();
  }

  private static <T> T read(String json, Class<T> type) {
    return Objects.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), type);
  }
}
