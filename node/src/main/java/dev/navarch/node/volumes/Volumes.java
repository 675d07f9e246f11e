package dev.navarch.node.volumes;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Parallel;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.host.Commands;
import dev.navarch.node.volumes.BoundClaims.Bound;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Makes the volumes of pods ready, keeps their content fresh, and takes them away again.
public final class Volumes implements AutoCloseable {
  private final PodFolders folders;
  private final Tmpfs tmpfs;
  private final EmptyDirs emptyDirs;
  private final WatchedObjects objects;
  private final Sources sources;
  private final Tokens tokens;
  private final BoundClaims claims;
  private final CsiVolumes csi;
  private final CsiExpansion expansion;
  private final PersistentMounts persistent;
  private final InstantSource clock;

  /// What is ready of persistent storage, by pod and volume: a claim that is gone by now takes
  /// nothing from a pod that runs.
  private final Map<String, Map<String, Held>> held = new ConcurrentHashMap<>();

  private record Held(Bound bound, Ready ready) {}

  public Volumes(
      Path dataDir,
      String nodeName,
      Cluster cluster,
      CsiDrivers drivers,
      PodStory story,
      InstantSource clock) {
    this(dataDir, nodeName, cluster, drivers, story, clock, Tmpfs.KERNEL);
  }

  Volumes(
      Path dataDir,
      String nodeName,
      Cluster cluster,
      CsiDrivers drivers,
      PodStory story,
      InstantSource clock,
      Tmpfs tmpfs) {
    this.folders = new PodFolders(dataDir);
    this.tmpfs = tmpfs;
    this.emptyDirs = new EmptyDirs(folders, tmpfs);
    this.tokens = new Tokens(cluster, clock);
    this.objects = new WatchedObjects(cluster);
    this.sources = new Sources(objects, new TrustBundles(cluster, objects), tokens);
    this.claims = new BoundClaims(cluster);
    this.csi = new CsiVolumes(drivers, dataDir, cluster, tokens, nodeName);
    this.expansion = new CsiExpansion(csi, cluster, story);
    this.persistent = new PersistentMounts(folders, cluster, nodeName, csi);
    this.clock = clock;
  }

  /// @param pods is given the uid of each pod whose volumes should be mounted again, because an
  ///   object that they show has changed
  public void onChange(Consumer<String> pods) {
    objects.onChange(pods);
  }

  /// Makes every volume of the pod ready, and says what each is. Calling it again refreshes what
  /// the agent writes itself and leaves the rest alone.
  public Map<String, Ready> mount(DownwardApi self) {
    Map<String, Ready> ready = new ConcurrentHashMap<>();
    List<Volume> volumes = self.pod().getSpec().getVolumes();
    Parallel.together(
        volumes.stream().filter(Sources::writes).toList(),
        volume -> ready.put(volume.getName(), mountOrSay(self, volume)));
    volumes.stream()
        .filter(volume -> !Sources.writes(volume))
        .forEach(volume -> ready.put(volume.getName(), mountOrSay(self, volume)));
    return ready;
  }

  /// Whether all of the pod's volumes can be mounted without anything that a user has to make.
  public static boolean needNobody(Pod pod) {
    return pod.getSpec().getVolumes().stream().allMatch(Sources::needsNobody);
  }

  private Ready mountOrSay(DownwardApi self, Volume volume) {
    try {
      return mount(self, volume);
    } catch (VolumeException
        | ApiException
        | Commands.CommandException
        | IOException
        | UncheckedIOException e) {
      throw VolumeException.of(volume.getName(), String.valueOf(e.getMessage()));
    }
  }

  private Ready mount(DownwardApi self, Volume volume) throws IOException {
    Pod pod = self.pod();
    GroupRule group = GroupRule.of(pod);
    if (Sources.writes(volume)) {
      Path dir = folders.volume(pod, Sources.plugin(volume), volume.getName());
      if (Sources.inMemory(volume)) {
        keepInMemory(self, dir);
      }
      new AtomicFolder(dir).write(sources.files(self, volume), group.group(), clock.instant());
      return new Ready.OnDisk(dir, true);
    }
    if (volume.getEmptyDir() != null) {
      Path dir = emptyDirs.mount(self, volume.getName(), volume.getEmptyDir(), group);
      return new Ready.OnDisk(dir, false);
    }
    if (volume.getHostPath() != null) {
      Path path = Path.of(volume.getHostPath().getPath());
      String type = volume.getHostPath().getType();
      HostPaths.ensure(path, type == null ? "" : type);
      return new Ready.OnDisk(path, false);
    }
    if (BoundClaims.isClaim(volume)) {
      return mountClaim(pod, volume, group);
    }
    if (volume.getCsi() != null) {
      return csi.mountInline(pod, volume.getName(), volume.getCsi(), group);
    }
    if (volume.getNfs() != null) {
      return persistent.nfs(pod, volume.getName(), volume.getNfs(), false, List.of());
    }
    if (volume.getImage() != null) {
      return new Ready.InImage(volume.getImage());
    }
    throw new VolumeException(
        "volume type \"%s\" is not supported by this node".formatted(VolumeTypes.of(volume)));
  }

  private void keepInMemory(DownwardApi self, Path dir) throws IOException {
    if (!Mounts.isOtherFilesystem(dir)) {
      Files.createDirectories(dir);
      tmpfs.mount(dir, EmptyDirs.memory(self, Optional.empty()));
    }
  }

  private Ready mountClaim(Pod pod, Volume volume, GroupRule group) throws IOException {
    Map<String, Held> ofPod =
        held.computeIfAbsent(pod.getMetadata().getUid(), uid -> new ConcurrentHashMap<>());
    Held before = ofPod.get(volume.getName());
    if (before != null && before.bound().volume().getSpec().getCsi() == null) {
      return before.ready();
    }
    Bound bound;
    try {
      bound = claims.find(pod, volume);
    } catch (VolumeException e) {
      if (before != null) {
        return before.ready();
      }
      throw e;
    }
    Uses.require(pod, volume.getName(), bound.isBlock());
    Ready ready = persistent.mount(pod, volume, bound, group);
    ofPod.put(volume.getName(), new Held(bound, ready));
    if (bound.volume().getSpec().getCsi() != null) {
      expansion.apply(pod, bound);
    }
    return ready;
  }

  /// Where a container's mount of one volume comes from: the volume, or a safe mount of a part.
  public Path source(
      Pod pod, String container, int index, VolumeMount mount, Path volume, String subPath) {
    if (subPath.isEmpty()) {
      return volume;
    }
    Path target = folders.subPath(pod, mount.getName(), container, index);
    try {
      Mounts.release(target);
      Files.deleteIfExists(target);
      SubPaths.mount(volume, subPath, target);
    } catch (SystemCalls.Refused e) {
      throw badSubPath(
          mount,
          container,
          e.leavesItsFolder() ? "subPath leaves the volume" : String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw badSubPath(mount, container, String.valueOf(e.getMessage()));
    }
    return target;
  }

  private static VolumeException badSubPath(VolumeMount mount, String container, String why) {
    return new VolumeException(
        "failed to prepare subPath for volumeMount \"%s\" of container \"%s\": %s"
            .formatted(mount.getName(), container, why));
  }

  /// Takes away what the pod's containers used; its own small files stay until {@link #remove}.
  public void unmount(String podUid) throws IOException {
    Path dir = folders.of(podUid);
    Mounts.release(dir.resolve("volume-subpaths"));
    csi.unmountAll(podUid);
    Mounts.release(dir.resolve("volumes"));
    Mounts.release(dir.resolve("volumeDevices"));
    for (String part : List.of("volume-subpaths", "volumes", "volumeDevices", "plugins")) {
      FileTrees.delete(dir.resolve(part));
    }
    held.remove(podUid);
    persistent.forget(podUid);
    objects.forget(podUid);
    tokens.forget(podUid);
  }

  /// Unmounts and removes everything below the pod's folder.
  public void remove(String podUid) throws IOException {
    unmount(podUid);
    Path dir = folders.of(podUid);
    Mounts.release(dir);
    FileTrees.delete(dir);
  }

  /// Pods that have a folder here, by uid.
  public List<String> present() throws IOException {
    return folders.present();
  }

  /// The first emptyDir on disk that holds more than its size limit.
  public Optional<String> overLimit(Pod pod) {
    return emptyDirs.overLimit(pod);
  }

  /// How full a pod's persistent volume is; empty when nobody can tell.
  public Optional<VolumeUsage> usage(Pod pod, String volume) {
    String uid = pod.getMetadata().getUid();
    return Optional.ofNullable(held.getOrDefault(uid, Map.of()).get(volume))
        .flatMap(one -> VolumeStats.of(uid, one.bound(), one.ready(), csi));
  }

  /// The volumes that must not be detached from this node, by their names in the Node's status.
  public List<String> inUse() {
    return held.values().stream()
        .flatMap(ofPod -> ofPod.values().stream())
        .map(one -> one.bound().volume().getSpec().getCsi())
        .flatMap(source -> Optional.ofNullable(source).stream())
        .filter(source -> csi.attaches(source.getDriver()))
        .map(
            source ->
                "kubernetes.io/csi/%s^%s".formatted(source.getDriver(), source.getVolumeHandle()))
        .distinct()
        .sorted()
        .toList();
  }

  @Override
  public void close() {
    objects.close();
  }
}
