package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.NodeSelectors;
import dev.navarch.node.volumes.BoundClaims.Bound;
import io.fabric8.kubernetes.api.model.NFSVolumeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Makes storage that outlives pods ready for one: persistent volumes of the types hostPath, local,
/// NFS and CSI, and NFS that a pod names itself.
final class PersistentMounts {

  private final PodFolders folders;
  private final Cluster cluster;
  private final String nodeName;
  private final CsiVolumes csi;

  /// Which pods of this node use a volume, by its name.
  private final Map<String, Set<String>> users = new ConcurrentHashMap<>();

  PersistentMounts(PodFolders folders, Cluster cluster, String nodeName, CsiVolumes csi) {
    this.folders = folders;
    this.cluster = cluster;
    this.nodeName = nodeName;
    this.csi = csi;
  }

  Ready mount(Pod pod, Volume named, Bound bound, GroupRule group) throws IOException {
    PersistentVolume volume = bound.volume();
    PersistentVolumeSpec spec = volume.getSpec();
    String name = volume.getMetadata().getName();
    requireReach(volume);
    requireAlone(pod, volume);
    boolean readOnly =
        named.getPersistentVolumeClaim() != null
            && Boolean.TRUE.equals(named.getPersistentVolumeClaim().getReadOnly());
    if (spec.getCsi() != null) {
      return csi.mount(pod, volume, readOnly, group);
    }
    if (bound.isBlock() && spec.getLocal() == null) {
      throw new VolumeException("volumes of type %s cannot be block devices".formatted(type(spec)));
    }
    if (spec.getHostPath() != null) {
      String type = spec.getHostPath().getType();
      Path path = Path.of(spec.getHostPath().getPath());
      HostPaths.ensure(path, type == null ? "" : type);
      return new Ready.OnDisk(path, readOnly);
    }
    if (spec.getLocal() != null) {
      return local(pod, volume, bound.isBlock(), readOnly, group);
    }
    if (spec.getNfs() != null) {
      return nfs(pod, name, spec.getNfs(), readOnly, spec.getMountOptions());
    }
    throw new VolumeException(
        "volume type \"%s\" is not supported by this node".formatted(type(spec)));
  }

  Ready nfs(Pod pod, String name, NFSVolumeSource source, boolean readOnly, List<String> options)
      throws IOException {
    Path target = folders.volume(pod, "nfs", name);
    boolean only = readOnly || Boolean.TRUE.equals(source.getReadOnly());
    if (!Mounts.isMounted(target)) {
      Filesystems.mountNfs(source.getServer(), source.getPath(), target, only, options);
    }
    return new Ready.OnDisk(target, only);
  }

  /// The pod is gone from this node.
  void forget(String podUid) {
    users.values().forEach(pods -> pods.remove(podUid));
    users.values().removeIf(Set::isEmpty);
  }

  private Ready local(
      Pod pod, PersistentVolume volume, boolean block, boolean readOnly, GroupRule group)
      throws IOException {
    var source = volume.getSpec().getLocal();
    Path path = Path.of(source.getPath());
    if (!Files.exists(path)) {
      throw new VolumeException("path \"%s\" does not exist".formatted(path));
    }
    boolean device = Filesystems.isBlockDevice(path);
    if (block) {
      if (!device) {
        throw new VolumeException("%s is not a block device".formatted(path));
      }
      return new Ready.Device(path, readOnly);
    }
    Path target = folders.volume(pod, "local-volume", volume.getMetadata().getName());
    if (!Mounts.isMounted(target)) {
      if (device) {
        String type = source.getFsType() == null ? "" : source.getFsType();
        Filesystems.mountDevice(path, target, type, volume.getSpec().getMountOptions());
      } else {
        Mounts.bind(path, target);
      }
      if (!readOnly) {
        group.apply(target);
      }
    }
    return new Ready.OnDisk(target, readOnly);
  }

  private static boolean admits(NodeSelector selector, Node node) {
    var meta = node.getMetadata();
    Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
    return NodeSelectors.admits(selector, meta.getName(), labels);
  }

  private void requireReach(PersistentVolume volume) {
    var affinity = volume.getSpec().getNodeAffinity();
    if (affinity == null || affinity.getRequired() == null) {
      return;
    }
    Node node = cluster.find(Node.class, "", nodeName).orElse(null);
    if (node != null && !admits(affinity.getRequired(), node)) {
      throw new VolumeException(
          "storage node affinity check failed for volume \"%s\": no matching NodeSelectorTerms"
              .formatted(volume.getMetadata().getName()));
    }
  }

  private void requireAlone(Pod pod, PersistentVolume volume) {
    String uid = pod.getMetadata().getUid();
    Set<String> pods =
        users.computeIfAbsent(
            volume.getMetadata().getName(), name -> ConcurrentHashMap.newKeySet());
    synchronized (pods) {
      boolean alone = volume.getSpec().getAccessModes().contains("ReadWriteOncePod");
      if (alone && pods.stream().anyMatch(other -> !other.equals(uid))) {
        throw new VolumeException(
            "volume uses the ReadWriteOncePod access mode and is already in use by another pod");
      }
      pods.add(uid);
    }
  }

  private static String type(PersistentVolumeSpec spec) {
    return VolumeTypes.ofPersistent(spec);
  }
}
