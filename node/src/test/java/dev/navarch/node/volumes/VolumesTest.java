package dev.navarch.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.CsiNodeObject;
import dev.navarch.node.events.PodStory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What stands in a pod's volumes, and what is said when it cannot be made to.
class VolumesTest {
  private final Path dir;
  private final SimulatedCluster cluster = new SimulatedCluster(InstantSource.system());
  private final Volumes volumes;
  private final Map<String, Optional<Long>> inMemory = new ConcurrentHashMap<>();
  private final Set<String> refreshed = ConcurrentHashMap.newKeySet();

  VolumesTest(@TempDir Path dir) {
    this.dir = dir;
    this.volumes = volumes(cluster);
    volumes.onChange(refreshed::add);
  }

  private Volumes volumes(Cluster api) {
    return new Volumes(
        dir,
        "node-1",
        api,
        new CsiDrivers(new CsiNodeObject(cluster, "node-1")),
        new PodStory(EventRecorder.SILENT),
        InstantSource.system(),
        (folder, bytes) -> inMemory.put(dir.relativize(folder).toString(), bytes));
  }

  @AfterEach
  void close() {
    volumes.close();
  }

  @Test
  void aChangedConfigMapReachesItsPodsAtOnce() throws IOException {
    ConfigMap map = cluster.create(configMap("settings", "green"));
    Pod pod = pod("user", configMapVolume("settings"));
    Path file = path(pod).resolve("colour");
    assertThat(file).hasContent("green");

    await()
        .untilAsserted(
            () -> {
              ConfigMap changed =
                  Objects.copy(cluster.find(ConfigMap.class, "default", "settings").orElseThrow());
              changed.setData(Map.of("colour", "blue"));
              cluster.update(changed);
              assertThat(refreshed).contains("uid-user");
            });
    path(pod);
    assertThat(file).hasContent("blue");
    refreshed.clear();
    cluster.delete(map);
    await().until(() -> refreshed.contains("uid-user"));
    assertThatThrownBy(() -> path(pod)).hasMessageContaining("configmap \"settings\" not found");
    assertThat(file).hasContent("blue");

    volumes.remove("uid-user");
    refreshed.clear();
    cluster.create(configMap("settings", "red"));
    assertThat(refreshed).isEmpty();
    assertThat(dir.resolve("pods/uid-user")).doesNotExist();
  }

  @Test
  void anObjectThatComesLaterWakesItsPod() {
    Pod pod = pod("user", configMapVolume("late"));
    assertThatThrownBy(() -> path(pod))
        .isInstanceOf(VolumeException.class)
        .hasMessage("MountVolume.SetUp failed for volume \"v\" : configmap \"late\" not found");
    cluster.create(configMap("late", "green"));
    await().until(() -> refreshed.contains("uid-user"));
    assertThat(path(pod).resolve("colour")).hasContent("green");
  }

  @Test
  void whatMayBeSecretIsKeptInMemory() {
    cluster.create(configMap("settings", "green"));
    Pod pod =
        pod(
            "user",
            configMapVolume("settings"),
            new VolumeBuilder()
                .withName("s")
                .withNewSecret()
                .withOptional(true)
                .withSecretName("none")
                .endSecret()
                .build(),
            new VolumeBuilder().withName("d").withNewDownwardAPI().endDownwardAPI().build(),
            new VolumeBuilder().withName("p").withNewProjected().endProjected().build());
    var self = new DownwardApi(pod, List.of(), List.of(), Map.of("memory", new Quantity("64Mi")));
    volumes.mount(self);
    String own = "pods/uid-user/volumes/kubernetes.io~";
    assertThat(inMemory)
        .containsOnlyKeys(own + "secret/s", own + "downward-api/d", own + "projected/p")
        .containsValue(Optional.of(64L << 20));
  }

  @Test
  void whatCannotChangeIsNotFollowed() {
    ConfigMap fixed = configMap("settings", "green");
    fixed.setImmutable(true);
    cluster.create(fixed);
    Pod pod = pod("user", configMapVolume("settings"));
    assertThat(path(pod).resolve("colour")).hasContent("green");
    cluster.fail("get", "configmaps", new ApiError.Unavailable("away"));
    assertThat(path(pod).resolve("colour")).hasContent("green");
  }

  @Test
  void whatAVolumeShowsIsAskedForAtTheSameTime() {
    cluster.create(configMap("one", "green"));
    cluster.create(configMap("two", "blue"));
    var both = new CyclicBarrier(2);
    Cluster slow =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("find")) {
                    both.await(10, TimeUnit.SECONDS);
                  }
                  return method.invoke(cluster, arguments);
                });
    try (var asking = volumes(slow)) {
      var ready =
          asking.mount(
              new DownwardApi(
                  pod("user", configMapVolume("v", "one"), configMapVolume("w", "two")),
                  List.of(),
                  List.of(),
                  Map.of()));
      assertThat(ready).containsOnlyKeys("v", "w");
    }
  }

  @Test
  void aSandboxNeedNotWaitForWhatEveryPodHas() {
    var everyPodHas =
        new VolumeBuilder()
            .withName("kube-api-access")
            .withNewProjected()
            .addNewSource()
            .withNewServiceAccountToken()
            .withPath("token")
            .endServiceAccountToken()
            .endSource()
            .addNewSource()
            .withNewConfigMap()
            .withName("kube-root-ca.crt")
            .addNewItem()
            .withKey("ca.crt")
            .withPath("ca.crt")
            .endItem()
            .endConfigMap()
            .endSource()
            .endProjected()
            .build();
    assertThat(Volumes.needNobody(pod("user"))).isTrue();
    assertThat(Volumes.needNobody(pod("user", everyPodHas))).isTrue();
    assertThat(Volumes.needNobody(pod("user", everyPodHas, configMapVolume("settings")))).isFalse();
    assertThat(Volumes.needNobody(pod("user", claimVolume("disk")))).isFalse();
  }

  @Test
  void trustBundlesComeByNameAndBySigner() throws IOException {
    bundle("one", "example.com/a", "AAAA");
    bundle("two", "example.com/a", "BBBB");
    bundle("three", "example.com/b", "CCCC");
    Pod pod =
        pod(
            "user",
            projected(
                """
                [{"clusterTrustBundle": {"name": "three", "path": "named.pem"}},
                 {"clusterTrustBundle": {"signerName": "example.com/a", "labelSelector": {}, "path": "all.pem"}},
                 {"clusterTrustBundle": {"name": "none", "optional": true, "path": "none.pem"}}]
                """));
    Path path = path(pod);
    assertThat(path.resolve("named.pem"))
        .hasContent("-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n");
    assertThat(Files.readString(path.resolve("all.pem")))
        .contains("AAAA", "BBBB")
        .doesNotContain("CCCC", "comment");
    assertThat(path.resolve("none.pem")).isEmptyFile();
    Pod missing =
        pod("other", projected("[{\"clusterTrustBundle\": {\"name\": \"x\", \"path\": \"x\"}}]"));
    assertThatThrownBy(() -> path(missing))
        .hasMessageContaining("clustertrustbundle \"x\" not found");
  }

  @Test
  void aClaimIsFollowedToItsVolume() throws IOException {
    Path data = Files.createDirectories(dir.resolve("data"));
    Pod pod = pod("user", claimVolume("data"));
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining(
            "error processing PVC default/data: persistentvolumeclaim \"data\" not found");
    PersistentVolumeClaim claim = cluster.given(claim("data", "Pending"));
    assertThatThrownBy(() -> volumes.mount(self(pod))).hasMessageContaining("PVC is not bound");
    PersistentVolumeClaim bound = Objects.copy(claim);
    bound.getStatus().setPhase("Bound");
    cluster.updateStatus(bound);
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining("persistentvolume \"pv-data\" not found");
    cluster.given(hostPath("pv-data", data, claim.getMetadata().getUid(), "node-1"));
    assertThat(volumes.mount(self(pod))).containsEntry("v", new Ready.OnDisk(data, false));
    cluster.delete(claim);
    assertThat(volumes.mount(self(pod))).containsEntry("v", new Ready.OnDisk(data, false));
  }

  @Test
  void aVolumeOfAnotherClaimOrNodeIsRefused() throws IOException {
    cluster.given(
        new NodeBuilder()
            .withNewMetadata()
            .withName("node-1")
            .addToLabels("kubernetes.io/hostname", "node-1")
            .endMetadata()
            .build());
    PersistentVolumeClaim claim = cluster.given(claim("data", "Bound"));
    PersistentVolume foreign = cluster.given(hostPath("pv-data", dir, "other-uid", "node-1"));
    Pod pod = pod("user", claimVolume("data"));
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining("PV pv-data is bound to another claim");
    cluster.delete(foreign);
    cluster.given(hostPath("pv-data", dir, claim.getMetadata().getUid(), "node-2"));
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining("storage node affinity check failed");
  }

  @Test
  void aVolumeForOnePodServesOneOnly() {
    PersistentVolumeClaim claim = cluster.given(claim("data", "Bound"));
    PersistentVolume volume = hostPath("pv-data", dir, claim.getMetadata().getUid(), "");
    volume.getSpec().setAccessModes(List.of("ReadWriteOncePod"));
    cluster.given(volume);
    volumes.mount(self(pod("first", claimVolume("data"))));
    Pod second = pod("second", claimVolume("data"));
    assertThatThrownBy(() -> volumes.mount(self(second)))
        .hasMessageContaining("ReadWriteOncePod access mode and is already in use by another pod");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Directory | file | is not a directory",
        "DirectoryOrCreate | file | is not a directory",
        "File | folder | is not a file",
        "FileOrCreate | folder | is not a file",
        "Socket | file | is not a socket file",
        "CharDevice | file | is not a character device",
        "BlockDevice | file | is not a block device",
        "Directory | missing | is not a directory"
      })
  void aHostPathIsWhatItsTypeSays(String type, String name, String message) throws IOException {
    Files.createDirectories(dir.resolve("folder"));
    Files.writeString(dir.resolve("file"), "");
    Path path = dir.resolve(name);
    Volume volume =
        new VolumeBuilder().withName("v").withNewHostPath(path.toString(), type).build();
    assertThatThrownBy(() -> volumes.mount(self(pod("user", volume))))
        .hasMessageEndingWith("hostPath type check failed: " + path + " " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Paper | expected \"\", Memory, HugePages or HugePages-<size>",
        "HugePages | huge pages of one size, found none",
        "HugePages-2Mi | no container asks for hugepages-2Mi"
      })
  void anUnknownMediumIsNamed(String medium, String message) {
    Volume volume =
        new VolumeBuilder()
            .withName("v")
            .withNewEmptyDir()
            .withMedium(medium)
            .endEmptyDir()
            .build();
    assertThatThrownBy(() -> volumes.mount(self(pod("user", volume))))
        .hasMessageContaining(message);
  }

  @Test
  void blockAndFilesystemAreNotMistakenForEachOther() {
    PersistentVolumeClaim claim = cluster.given(claim("data", "Bound"));
    PersistentVolume volume = hostPath("pv-data", dir, claim.getMetadata().getUid(), "");
    cluster.given(volume);
    Pod pod =
        new PodBuilder(pod("user", claimVolume("data")))
            .editSpec()
            .addNewContainer()
            .withName("main")
            .addNewVolumeDevice("/dev/x", "v")
            .endContainer()
            .endSpec()
            .build();
    assertThatThrownBy(() -> volumes.mount(self(pod)))
        .hasMessageContaining(
            "volume v has volumeMode Filesystem, but is specified in volumeDevices");
  }

  @Test
  void nfsWithoutItsProgramSaysWhatToInstall() {
    if (Files.exists(Path.of("/sbin/mount.nfs"))) {
      return;
    }
    Volume volume =
        new VolumeBuilder().withName("v").withNewNfs("/export", false, "server").build();
    assertThatThrownBy(() -> volumes.mount(self(pod("user", volume))))
        .hasMessageContaining("install the package nfs-common");
  }

  private Path path(Pod pod) {
    return volumes.mount(self(pod)).get("v") instanceof Ready.OnDisk(Path path, _)
        ? path
        : Path.of("/none");
  }

  private static DownwardApi self(Pod pod) {
    return new DownwardApi(pod, List.of(), List.of(), Map.of());
  }

  private static Pod pod(String name, Volume... volumes) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .withUid("uid-" + name)
        .endMetadata()
        .withNewSpec()
        .withVolumes(volumes)
        .endSpec()
        .build();
  }

  private static Volume configMapVolume(String name) {
    return configMapVolume("v", name);
  }

  private static Volume configMapVolume(String volume, String name) {
    return new VolumeBuilder()
        .withName(volume)
        .withNewConfigMap()
        .withName(name)
        .endConfigMap()
        .build();
  }

  private static Volume claimVolume(String claim) {
    return new VolumeBuilder().withName("v").withNewPersistentVolumeClaim(claim, false).build();
  }

  private static Volume projected(String sources) {
    var tree =
        Objects.document(
            ("{\"name\": \"v\", \"projected\": {\"sources\": " + sources + "}}")
                .getBytes(StandardCharsets.UTF_8));
    return Objects.convert(tree, Volume.class);
  }

  private static ConfigMap configMap(String name, String colour) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .addToData("colour", colour)
        .build();
  }

  private void bundle(String name, String signer, String body) {
    var bundle = new GenericKubernetesResource();
    bundle.setApiVersion("certificates.k8s.io/v1beta1");
    bundle.setKind("ClusterTrustBundle");
    bundle.setMetadata(new ObjectMetaBuilder().withName(name).build());
    bundle.setAdditionalProperty(
        "spec",
        Map.of(
            "signerName",
            signer,
            "trustBundle",
            "comment\n-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                .formatted(body)));
    cluster.create(
        Resource.generic(
            "certificates.k8s.io", "v1beta1", "ClusterTrustBundle", "clustertrustbundles", false),
        bundle);
  }

  private static PersistentVolumeClaim claim(String name, String phase) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withVolumeName("pv-" + name)
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  private static PersistentVolume hostPath(String name, Path path, String claimUid, String node) {
    var spec =
        new PersistentVolumeBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .addToCapacity("storage", new Quantity("1Gi"))
            .withAccessModes("ReadWriteOnce")
            .withNewHostPath(path.toString(), "")
            .withNewClaimRef()
            .withNamespace("default")
            .withName("data")
            .withUid(claimUid)
            .endClaimRef();
    if (!node.isEmpty()) {
      spec =
          spec.withNewNodeAffinity()
              .withNewRequired()
              .addNewNodeSelectorTerm()
              .addNewMatchExpression()
              .withKey("kubernetes.io/hostname")
              .withOperator("In")
              .withValues(node)
              .endMatchExpression()
              .endNodeSelectorTerm()
              .endRequired()
              .endNodeAffinity();
    }
    return spec.endSpec().build();
  }
}
