package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.node.csi.CsiDriver;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.v1.NodePublishVolumeRequest;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.csi.v1.NodeStageVolumeRequest;
import dev.navarch.node.csi.v1.VolumeCapability;
import dev.navarch.node.csi.v1.VolumeCapability.AccessMode.Mode;
import dev.navarch.node.plugins.PluginException;
import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.CSIVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretReference;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSIDriverSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Volumes of CSI drivers: staged once on the node, published to each pod that uses them, and taken
/// away in the opposite order by what stands on disk, so that an agent that starts anew can do it
/// as well.
public final class CsiVolumes {
  private final CsiDrivers drivers;
  private final CsiFolders folders;
  private final CsiRequests requests;
  private final Cluster cluster;

  /// One volume is staged, published and taken away by one pod at a time.
  private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

  /// What this agent has published, by pod and volume; another look at it is for free.
  private final Set<String> published = ConcurrentHashMap.newKeySet();

  CsiVolumes(CsiDrivers drivers, Path root, Cluster cluster, Tokens tokens, String nodeName) {
    this.drivers = drivers;
    this.folders = new CsiFolders(root);
    this.requests = new CsiRequests(cluster, tokens, nodeName);
    this.cluster = cluster;
  }

  Ready mount(Pod pod, PersistentVolume volume, boolean asksReadOnly, GroupRule rule)
      throws IOException {
    CSIPersistentVolumeSource source = volume.getSpec().getCsi();
    boolean block = "Block".equals(volume.getSpec().getVolumeMode());
    boolean readOnly = asksReadOnly || Boolean.TRUE.equals(source.getReadOnly());
    String uid = pod.getMetadata().getUid();
    var data =
        new CsiVolumeData(
            source.getDriver(),
            source.getVolumeHandle(),
            volume.getMetadata().getName(),
            "Persistent",
            block);
    @Nullable CSIDriverSpec spec = spec(source.getDriver());
    if (isPublished(uid, data) && !republishes(spec)) {
      return ready(uid, data, readOnly);
    }
    CsiDriver driver = driver(source.getDriver());
    VolumeCapability capability = CsiRequests.capability(driver, volume, block, rule.group());
    Map<String, String> context =
        source.getVolumeAttributes() == null ? Map.of() : source.getVolumeAttributes();
    Map<String, String> attachment =
        spec != null && Boolean.FALSE.equals(spec.getAttachRequired())
            ? Map.of()
            : requests.attachment(source.getDriver(), source.getVolumeHandle());
    exclusively(
        data,
        () -> {
          data.write(folders.ofPod(uid, data.volumeName(), block));
          if (driver.can(RPC.Type.STAGE_UNSTAGE_VOLUME)) {
            Path staging = folders.staging(data);
            data.write(folders.stagingData(data));
            Files.createDirectories(staging);
            driver.stage(
                NodeStageVolumeRequest.newBuilder()
                    .setVolumeId(data.handle())
                    .putAllPublishContext(attachment)
                    .setStagingTargetPath(staging.toString())
                    .setVolumeCapability(capability)
                    .putAllSecrets(secret(source.getNodeStageSecretRef()))
                    .putAllVolumeContext(context)
                    .build());
          }
          var request =
              NodePublishVolumeRequest.newBuilder()
                  .setVolumeId(data.handle())
                  .putAllPublishContext(attachment)
                  .setVolumeCapability(capability)
                  .setReadonly(readOnly)
                  .putAllVolumeContext(context)
                  .putAllSecrets(secret(source.getNodePublishSecretRef()));
          if (driver.can(RPC.Type.STAGE_UNSTAGE_VOLUME)) {
            request.setStagingTargetPath(folders.staging(data).toString());
          }
          publish(pod, driver, spec, data, request);
        });
    if (!block && !readOnly && givesGroup(driver, spec, volume)) {
      rule.apply(folders.target(uid, data));
    }
    return ready(uid, data, readOnly);
  }

  /// A volume that lives as long as its pod and stands in the pod itself.
  Ready mountInline(Pod pod, String name, CSIVolumeSource source, GroupRule rule)
      throws IOException {
    String uid = pod.getMetadata().getUid();
    @Nullable CSIDriverSpec spec = spec(source.getDriver());
    List<String> modes =
        spec == null || spec.getVolumeLifecycleModes().isEmpty()
            ? List.of("Persistent")
            : spec.getVolumeLifecycleModes();
    if (!modes.contains("Ephemeral")) {
      throw new VolumeException(
          "volume mode \"Ephemeral\" not supported by driver %s (only supports %s)"
              .formatted(source.getDriver(), modes));
    }
    String handle = "csi-" + CsiVolumeData.sha256(uid + name);
    var data = new CsiVolumeData(source.getDriver(), handle, name, "Ephemeral", false);
    boolean readOnly = Boolean.TRUE.equals(source.getReadOnly());
    if (isPublished(uid, data) && !republishes(spec)) {
      return ready(uid, data, readOnly);
    }
    CsiDriver driver = driver(source.getDriver());
    var reference = source.getNodePublishSecretRef();
    var request =
        NodePublishVolumeRequest.newBuilder()
            .setVolumeId(handle)
            .setReadonly(readOnly)
            .setVolumeCapability(
                CsiRequests.capability(
                    driver,
                    Mode.SINGLE_NODE_WRITER,
                    false,
                    source.getFsType(),
                    List.of(),
                    rule.group()))
            .putAllVolumeContext(
                source.getVolumeAttributes() == null ? Map.of() : source.getVolumeAttributes())
            .putAllSecrets(
                requests.secret(
                    pod.getMetadata().getNamespace(),
                    reference == null ? null : reference.getName()));
    exclusively(data, () -> publish(pod, driver, spec, data, request));
    boolean policy = spec != null && "File".equals(spec.getFsGroupPolicy());
    if (!readOnly && policy && !driver.can(RPC.Type.VOLUME_MOUNT_GROUP)) {
      rule.apply(folders.target(uid, data));
    }
    return ready(uid, data, readOnly);
  }

  private void publish(
      Pod pod,
      CsiDriver driver,
      @Nullable CSIDriverSpec spec,
      CsiVolumeData data,
      NodePublishVolumeRequest.Builder request)
      throws IOException {
    String uid = pod.getMetadata().getUid();
    Path target = folders.target(uid, data);
    boolean ephemeral = data.lifecycleMode().equals("Ephemeral");
    Map<String, String> tokens = requests.tokens(pod, spec);
    if (spec != null && Boolean.TRUE.equals(spec.getServiceAccountTokenInSecrets())) {
      request.putAllSecrets(tokens);
    } else {
      request.putAllVolumeContext(tokens);
    }
    request.putAllVolumeContext(requests.podInfo(pod, spec, ephemeral));
    data.write(folders.ofPod(uid, data.volumeName(), data.block()));
    Files.createDirectories(target.getParent());
    driver.publish(request.setTargetPath(target.toString()).build());
    published.add(uid + "/" + data.volumeName());
  }

  /// Takes every CSI volume of a pod away, and what no other pod uses off the node.
  void unmountAll(String podUid) throws IOException {
    for (boolean block : List.of(false, true)) {
      for (Path folder : children(folders.pods(podUid, block))) {
        Optional<CsiVolumeData> data = CsiVolumeData.read(folder);
        if (data.isPresent()) {
          unmount(podUid, data.get(), folder);
        }
      }
    }
  }

  private void unmount(String podUid, CsiVolumeData data, Path folder) throws IOException {
    CsiDriver driver = driver(data.driver());
    exclusively(
        data,
        () -> {
          Path target = folders.target(podUid, data);
          driver.unpublish(data.handle(), target);
          Mounts.release(target);
          FileTrees.delete(target);
          FileTrees.delete(folder);
          published.remove(podUid + "/" + data.volumeName());
          Path staging = folders.staging(data);
          boolean staged = CsiVolumeData.read(folders.stagingData(data)).isPresent();
          if (staged && usersOf(data).isEmpty()) {
            driver.unstage(data.handle(), staging);
            Mounts.release(staging);
            FileTrees.delete(folders.stagingData(data));
            if (data.block()) {
              Files.deleteIfExists(target.getParent());
            }
          }
        });
  }

  /// Pods that hold a volume, by what stands on disk.
  private List<String> usersOf(CsiVolumeData data) throws IOException {
    List<String> users = new ArrayList<>();
    for (Path pod : children(folders.root().resolve("pods"))) {
      String uid = pod.getFileName().toString();
      Path folder = folders.ofPod(uid, data.volumeName(), data.block());
      if (CsiVolumeData.read(folder).filter(data::equals).isPresent()) {
        users.add(uid);
      }
    }
    return users;
  }

  /// Where a volume is published and staged, to ask its driver about it.
  record Place(CsiVolumeData data, Path target, Path staging) {}

  Place place(String podUid, PersistentVolume volume) {
    var source = volume.getSpec().getCsi();
    var data =
        new CsiVolumeData(
            source.getDriver(),
            source.getVolumeHandle(),
            volume.getMetadata().getName(),
            "Persistent",
            "Block".equals(volume.getSpec().getVolumeMode()));
    return new Place(data, folders.target(podUid, data), folders.staging(data));
  }

  /// Fails with upstream's sentence when the driver is not registered.
  CsiDriver driver(String name) {
    return drivers
        .find(name)
        .orElseThrow(
            () ->
                new VolumeException(
                    "driver name %s not found in the list of registered CSI drivers"
                        .formatted(name)));
  }

  Map<String, String> secret(@Nullable SecretReference reference) {
    return reference == null
        ? Map.of()
        : requests.secret(reference.getNamespace(), reference.getName());
  }

  @Nullable CSIDriverSpec spec(String driver) {
    return cluster.find(CSIDriver.class, "", driver).map(CSIDriver::getSpec).orElse(null);
  }

  /// Whether somebody has to attach a driver's volumes to a node first.
  boolean attaches(String driver) {
    CSIDriverSpec spec = spec(driver);
    return spec == null || !Boolean.FALSE.equals(spec.getAttachRequired());
  }

  private static boolean republishes(@Nullable CSIDriverSpec spec) {
    return spec != null && Boolean.TRUE.equals(spec.getRequiresRepublish());
  }

  private boolean isPublished(String podUid, CsiVolumeData data) {
    return published.contains(podUid + "/" + data.volumeName());
  }

  private static boolean givesGroup(
      CsiDriver driver, @Nullable CSIDriverSpec spec, PersistentVolume volume) {
    if (driver.can(RPC.Type.VOLUME_MOUNT_GROUP)) {
      return false;
    }
    String policy = spec == null || spec.getFsGroupPolicy() == null ? "" : spec.getFsGroupPolicy();
    String type = volume.getSpec().getCsi().getFsType();
    List<String> modes = volume.getSpec().getAccessModes();
    return switch (policy) {
      case "None" -> false;
      case "File" -> true;
      default ->
          type != null
              && !type.isEmpty()
              && (modes.contains("ReadWriteOnce") || modes.contains("ReadWriteOncePod"));
    };
  }

  private Ready ready(String podUid, CsiVolumeData data, boolean readOnly) {
    Path target = folders.target(podUid, data);
    return data.block() ? new Ready.Device(target, readOnly) : new Ready.OnDisk(target, readOnly);
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void exclusively(CsiVolumeData data, Step step) throws IOException {
    ReentrantLock lock =
        locks.computeIfAbsent(data.driver() + "^" + data.handle(), key -> new ReentrantLock());
    lock.lock();
    try {
      step.run();
    } catch (PluginException e) {
      throw new VolumeException(String.valueOf(e.getMessage()));
    } finally {
      lock.unlock();
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(folder)) {
      return found.toList();
    }
  }
}
