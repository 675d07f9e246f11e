package dev.navarch.node.volumes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.EventRecorder;
import dev.navarch.client.Objects;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.CsiNodeObject;
import dev.navarch.node.csi.FolderDriver;
import dev.navarch.node.csi.v1.NodeExpandVolumeRequest;
import dev.navarch.node.csi.v1.NodePublishVolumeRequest;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.csi.v1.NodeStageVolumeRequest;
import dev.navarch.node.csi.v1.NodeUnpublishVolumeRequest;
import dev.navarch.node.csi.v1.VolumeCapability.AccessMode.Mode;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.plugins.PluginSockets;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriverBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriverSpec;
import io.fabric8.kubernetes.api.model.storage.CSIDriverSpecBuilder;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent with a storage driver on a real socket: what the driver is asked, and in which order.
class CsiVolumesTest {
  private static final String DRIVER = "folders.example.com";

  private final Path dir;
  private final SimulatedCluster cluster = new SimulatedCluster(InstantSource.system());
  private final CsiDrivers drivers = new CsiDrivers(new CsiNodeObject(cluster, "node-1"));
  private final PluginSockets sockets;
  private final FolderDriver driver;
  private Volumes volumes;

  CsiVolumesTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    cluster.given(new NodeBuilder().withNewMetadata().withName("node-1").endMetadata().build());
    this.sockets =
        PluginSockets.watch(dir.resolve("plugins_registry"), Map.of(CsiDrivers.TYPE, drivers));
    this.driver =
        new FolderDriver(
            DRIVER,
            dir,
            dir.resolve("store"),
            new Copies(),
            EnumSet.of(
                RPC.Type.STAGE_UNSTAGE_VOLUME,
                RPC.Type.EXPAND_VOLUME,
                RPC.Type.GET_VOLUME_STATS,
                RPC.Type.SINGLE_NODE_MULTI_WRITER),
            Map.of("example.com/rack", "r1"));
    this.volumes = agent();
  }

  private final Volumes agent() {
    return new Volumes(
        dir,
        "node-1",
        cluster,
        drivers,
        new PodStory(EventRecorder.SILENT),
        InstantSource.system(),
        (folder, bytes) -> {});
  }

  /// Without rights to mount, a folder that is shown is an empty one.
  private record Copies() implements FolderDriver.Mounter {
    @Override
    public void show(Path folder, Path target, boolean readOnly) {
      try {
        Files.createDirectories(target);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void hide(Path target) {
      try {
        Files.deleteIfExists(target);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @BeforeEach
  void awaitRegistration() {
    await().until(() -> !driver.registrations().isEmpty());
    assertThat(driver.registrations().getFirst().getPluginRegistered()).isTrue();
  }

  @AfterEach
  void close() {
    sockets.close();
    driver.close();
    drivers.close();
    volumes.close();
  }

  @Test
  void aDriverIsShownWhileItIsThere() {
    var shown = cluster.find(CSINode.class, "", "node-1").orElseThrow().getSpec().getDrivers();
    assertThat(shown)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.getName()).isEqualTo(DRIVER);
              assertThat(one.getNodeID()).isEqualTo("node-of-" + DRIVER);
              assertThat(one.getTopologyKeys()).containsExactly("example.com/rack");
              assertThat(one.getAllocatable().getCount()).isEqualTo(7);
            });
    Node node = cluster.find(Node.class, "", "node-1").orElseThrow();
    assertThat(node.getMetadata().getLabels()).containsEntry("example.com/rack", "r1");
    assertThat(node.getMetadata().getAnnotations())
        .containsEntry(
            "csi.volume.kubernetes.io/nodeid", "{\"%1$s\":\"node-of-%1$s\"}".formatted(DRIVER));
    driver.close();
    await()
        .untilAsserted(
            () ->
                assertThat(
                        cluster
                            .find(CSINode.class, "", "node-1")
                            .orElseThrow()
                            .getSpec()
                            .getDrivers())
                    .isEmpty());
    assertThat(drivers.find(DRIVER)).isEmpty();
  }

  @Test
  void aVolumeIsStagedOnceAndPublishedToEachPod() throws IOException {
    describe(
        new CSIDriverSpecBuilder()
            .withAttachRequired(false)
            .withPodInfoOnMount(true)
            .addNewTokenRequest("vault", 600L)
            .build());
    cluster.create(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("storage")
            .withName("key")
            .endMetadata()
            .addToData(
                "password",
                Base64.getEncoder().encodeToString("p4ss".getBytes(StandardCharsets.UTF_8)))
            .build());
    boundVolume("Filesystem");
    Pod first = pod("first", claimVolume());
    Pod second = pod("second", claimVolume());
    Ready ready = volumes.mount(self(first)).get("v");
    volumes.mount(self(second));
    volumes.mount(self(second));

    Path target = dir.resolve("pods/uid-first/volumes/kubernetes.io~csi/pv-1/mount");
    assertThat(ready).isEqualTo(new Ready.OnDisk(target, false));
    assertThat(driver.calls())
        .filteredOn(call -> call.matches("Node(Stage|Publish)Volume"))
        .containsExactly(
            "NodeStageVolume", "NodePublishVolume", "NodeStageVolume", "NodePublishVolume");
    var stage = driver.requests(NodeStageVolumeRequest.class).getFirst();
    assertThat(stage.getVolumeId()).isEqualTo("handle-1");
    assertThat(stage.getSecretsMap()).containsEntry("password", "p4ss");
    assertThat(stage.getVolumeContextMap()).containsExactly(Map.entry("kind", "fast"));
    assertThat(stage.getVolumeCapability().getMount().getFsType()).isEqualTo("ext4");
    assertThat(stage.getVolumeCapability().getAccessMode().getMode())
        .isEqualTo(Mode.SINGLE_NODE_MULTI_WRITER);
    assertThat(stage.getStagingTargetPath())
        .matches(".*/plugins/kubernetes.io/csi/" + DRIVER + "/[0-9a-f]{64}/globalmount");
    var publish = driver.requests(NodePublishVolumeRequest.class).getFirst();
    assertThat(publish.getTargetPath()).isEqualTo(target.toString());
    assertThat(publish.getStagingTargetPath()).isEqualTo(stage.getStagingTargetPath());
    assertThat(publish.getVolumeContextMap())
        .containsEntry("csi.storage.k8s.io/pod.name", "first")
        .containsEntry("csi.storage.k8s.io/pod.namespace", "default")
        .containsEntry("csi.storage.k8s.io/pod.uid", "uid-first")
        .containsEntry("csi.storage.k8s.io/serviceAccount.name", "robot")
        .containsEntry("csi.storage.k8s.io/ephemeral", "false");
    assertThat(publish.getVolumeContextMap().get("csi.storage.k8s.io/serviceAccount.tokens"))
        .startsWith("{\"vault\":{");

    volumes.remove("uid-first");
    assertThat(driver.calls()).contains("NodeUnpublishVolume").doesNotContain("NodeUnstageVolume");
    volumes.remove("uid-second");
    assertThat(driver.calls()).endsWith("NodeUnpublishVolume", "NodeUnstageVolume");
    assertThat(dir.resolve("plugins/kubernetes.io/csi").resolve(DRIVER)).isEmptyDirectory();
    assertThat(dir.resolve("pods")).isEmptyDirectory();
  }

  @Test
  void anAgentThatStartsAnewTakesAwayWhatTheLastOneMounted() throws IOException {
    describe(new CSIDriverSpecBuilder().withAttachRequired(false).build());
    boundVolume("Block");
    Ready ready = volumes.mount(self(pod("user", claimVolume()))).get("v");
    Path device =
        dir.resolve("plugins/kubernetes.io/csi/volumeDevices/publish/pv-1").resolve("uid-user");
    assertThat(ready).isEqualTo(new Ready.Device(device, false));
    assertThat(
            driver
                .requests(NodePublishVolumeRequest.class)
                .getFirst()
                .getVolumeCapability()
                .hasBlock())
        .isTrue();
    volumes.close();
    volumes = agent();
    volumes.remove("uid-user");
    assertThat(driver.requests(NodeUnpublishVolumeRequest.class).getFirst().getTargetPath())
        .isEqualTo(device.toString());
    assertThat(driver.calls()).endsWith("NodeUnpublishVolume", "NodeUnstageVolume");
    assertThat(device.getParent()).doesNotExist();
    assertThat(dir.resolve("plugins/kubernetes.io/csi/volumeDevices/staging")).isEmptyDirectory();
  }

  @Test
  void aVolumeThatHasToBeAttachedWaitsForIt() {
    boundVolume("Filesystem");
    Pod pod = pod("user", claimVolume());
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining("volume handle-1 is not attached to this node yet");
    cluster.given(
        new VolumeAttachmentBuilder()
            .withNewMetadata()
            .withName("csi-" + CsiVolumeData.sha256("handle-1" + DRIVER + "node-1"))
            .endMetadata()
            .withNewStatus()
            .withAttached(true)
            .addToAttachmentMetadata("device", "sdz")
            .endStatus()
            .build());
    secret();
    volumes.mount(self(pod));
    assertThat(driver.requests(NodeStageVolumeRequest.class).getFirst().getPublishContextMap())
        .containsExactly(Map.entry("device", "sdz"));
    assertThat(volumes.inUse()).containsExactly("kubernetes.io/csi/" + DRIVER + "^handle-1");
  }

  @Test
  void aPodsOwnVolumeNeedsADriverThatOffersIt() throws IOException {
    Volume own =
        new VolumeBuilder()
            .withName("scratch")
            .withNewCsi()
            .withDriver(DRIVER)
            .withFsType("xfs")
            .withReadOnly(true)
            .addToVolumeAttributes("size", "1")
            .withNewNodePublishSecretRef("own-key")
            .endCsi()
            .build();
    Pod pod = pod("user", own);
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining(
            "volume mode \"Ephemeral\" not supported by driver %s (only supports [Persistent])"
                .formatted(DRIVER));
    describe(
        new CSIDriverSpecBuilder()
            .withPodInfoOnMount(true)
            .withVolumeLifecycleModes("Persistent", "Ephemeral")
            .build());
    assertThatThrownBy(() -> volumes.mount(self(pod))).hasMessageContaining("own-key");
    cluster.create(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("own-key")
            .endMetadata()
            .addToData("word", Base64.getEncoder().encodeToString("open".getBytes(UTF_8)))
            .build());
    Map<String, Ready> ready = volumes.mount(self(pod));
    assertThat(ready.get("scratch"))
        .isInstanceOfSatisfying(Ready.OnDisk.class, disk -> assertThat(disk.readOnly()).isTrue());
    var publish = driver.requests(NodePublishVolumeRequest.class).getFirst();
    assertThat(publish.getVolumeId()).matches("csi-[0-9a-f]{64}");
    assertThat(publish.getVolumeContextMap())
        .containsEntry("size", "1")
        .containsEntry("csi.storage.k8s.io/ephemeral", "true");
    assertThat(publish.getSecretsMap()).containsExactly(Map.entry("word", "open"));
    assertThat(publish.getReadonly()).isTrue();
    assertThat(publish.getVolumeCapability().getMount().getFsType()).isEqualTo("xfs");
    assertThat(publish.getStagingTargetPath()).isEmpty();
    volumes.remove("uid-user");
    assertThat(driver.calls()).endsWith("NodeUnpublishVolume");
  }

  @Test
  void aVolumeThatGrewIsGrownInside() {
    describe(new CSIDriverSpecBuilder().withAttachRequired(false).build());
    secret();
    boundVolume("Filesystem");
    Pod pod = pod("user", claimVolume());
    volumes.mount(self(pod));
    assertThat(driver.requests(NodeExpandVolumeRequest.class)).isEmpty();
    PersistentVolume grown =
        Objects.copy(cluster.find(PersistentVolume.class, "", "pv-1").orElseThrow());
    grown.getSpec().getCapacity().put("storage", new Quantity("2Gi"));
    cluster.update(grown);
    volumes.mount(self(pod));
    assertThat(driver.requests(NodeExpandVolumeRequest.class))
        .singleElement()
        .satisfies(
            asked -> assertThat(asked.getCapacityRange().getRequiredBytes()).isEqualTo(2L << 30));
    PersistentVolumeClaim claim =
        cluster.find(PersistentVolumeClaim.class, "default", "data").orElseThrow();
    assertThat(claim.getStatus().getCapacity()).containsEntry("storage", new Quantity("2Gi"));
    assertThat(claim.getStatus().getConditions()).isEmpty();
    assertThat(volumes.usage(pod, "v")).contains(new VolumeUsage("data", 600, 1000, 400, 10, 6, 4));
  }

  @Test
  void aDriverThatWantsToIsAskedAgainAndAgain() {
    describe(
        new CSIDriverSpecBuilder().withAttachRequired(false).withRequiresRepublish(true).build());
    secret();
    boundVolume("Filesystem");
    Pod pod = pod("user", claimVolume());
    volumes.mount(self(pod));
    volumes.mount(self(pod));
    assertThat(driver.requests(NodePublishVolumeRequest.class)).hasSize(2);
  }

  @Test
  void aMissingDriverIsNamed() {
    describe(new CSIDriverSpecBuilder().withAttachRequired(false).build());
    boundVolume("Filesystem");
    drivers.gone(DRIVER, Path.of("/none"));
    Pod pod = pod("user", claimVolume());
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining(
            "driver name %s not found in the list of registered CSI drivers".formatted(DRIVER));
  }

  private void describe(CSIDriverSpec spec) {
    cluster.create(
        new CSIDriverBuilder()
            .withNewMetadata()
            .withName(DRIVER)
            .endMetadata()
            .withSpec(spec)
            .build());
  }

  private void secret() {
    cluster.create(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("storage")
            .withName("key")
            .endMetadata()
            .build());
  }

  private void boundVolume(String mode) {
    if (mode.equals("Block")) {
      secret();
    }
    PersistentVolumeClaim claim =
        cluster.given(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("data")
                .endMetadata()
                .withNewSpec()
                .withVolumeName("pv-1")
                .endSpec()
                .withNewStatus()
                .withPhase("Bound")
                .addToCapacity("storage", new Quantity("1Gi"))
                .addNewCondition()
                .withType("FileSystemResizePending")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
    cluster.given(
        new PersistentVolumeBuilder()
            .withNewMetadata()
            .withName("pv-1")
            .endMetadata()
            .withNewSpec()
            .addToCapacity("storage", new Quantity("1Gi"))
            .withAccessModes("ReadWriteOnce")
            .withVolumeMode(mode)
            .withNewCsi()
            .withDriver(DRIVER)
            .withVolumeHandle("handle-1")
            .withFsType("ext4")
            .addToVolumeAttributes("kind", "fast")
            .withNewNodeStageSecretRef("key", "storage")
            .endCsi()
            .withNewClaimRef()
            .withNamespace("default")
            .withName("data")
            .withUid(claim.getMetadata().getUid())
            .endClaimRef()
            .endSpec()
            .build());
  }

  private static Volume claimVolume() {
    return new VolumeBuilder().withName("v").withNewPersistentVolumeClaim("data", false).build();
  }

  private static Pod pod(String name, Volume volume) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .withUid("uid-" + name)
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName("robot")
        .withVolumes(volume)
        .endSpec()
        .build();
  }

  private static DownwardApi self(Pod pod) {
    return new DownwardApi(pod, List.of(), List.of(), Map.of());
  }
}
