package dev.navarch.node.volumes;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes the volumes of pods ready below each pod's own folder, keeps their content fresh, and
/// takes them away again. Paths are upstream's: `volumes/kubernetes.io~configmap/<name>`.
public final class Volumes {
  private final Path pods;
  private final Sources sources;
  private final Tokens tokens;
  private final InstantSource clock;

  public Volumes(Path dataDir, Cluster cluster, InstantSource clock) {
    this.pods = dataDir.resolve("pods");
    this.tokens = new Tokens(cluster, clock);
    this.sources = new Sources(cluster, tokens);
    this.clock = clock;
  }

  /// Makes every volume of the pod ready, and says where each is. Calling it again refreshes what
  /// the agent writes itself and leaves the rest alone.
  public Map<String, Path> mount(DownwardApi self) {
    Map<String, Path> ready = new HashMap<>();
    for (Volume volume : self.pod().getSpec().getVolumes()) {
      try {
        ready.put(volume.getName(), mount(self, volume));
      } catch (VolumeException | ApiException | IOException e) {
        throw VolumeException.of(volume.getName(), String.valueOf(e.getMessage()));
      }
    }
    return ready;
  }

  /// Where a container's mount of one volume comes from: the volume, or a safe mount of a part.
  public Path source(
      Pod pod, String container, int index, VolumeMount mount, Path volume, String subPath) {
    if (subPath.isEmpty()) {
      return volume;
    }
    Path target =
        podDir(pod)
            .resolve("volume-subpaths")
            .resolve(mount.getName())
            .resolve(container)
            .resolve(String.valueOf(index));
    try {
      if (isMounted(target)) {
        SystemCalls.unmount(target);
      }
      FileTrees.delete(target);
      SubPaths.mount(volume, subPath, target);
    } catch (SystemCalls.Refused e) {
      throw new VolumeException(
          "failed to prepare subPath for volumeMount \"%s\" of container \"%s\": %s"
              .formatted(
                  mount.getName(),
                  container,
                  e.leavesItsFolder() ? "subPath leaves the volume" : e.getMessage()));
    } catch (IOException e) {
      throw new VolumeException(
          "failed to prepare subPath for volumeMount \"%s\" of container \"%s\": %s"
              .formatted(mount.getName(), container, e.getMessage()));
    }
    return target;
  }

  /// Unmounts and removes everything below the pod's folder.
  public void remove(String podUid) throws IOException {
    tokens.forget(podUid);
    Path dir = pods.resolve(podUid);
    for (Path mounted : mountsBelow(dir)) {
      SystemCalls.unmount(mounted);
    }
    FileTrees.delete(dir);
  }

  /// Pods that have a folder here, by uid.
  public List<String> present() throws IOException {
    if (!Files.isDirectory(pods)) {
      return List.of();
    }
    try (Stream<Path> dirs = Files.list(pods)) {
      return dirs.map(dir -> dir.getFileName().toString()).toList();
    }
  }

  /// The first emptyDir on disk that holds more than its size limit.
  public Optional<String> overLimit(Pod pod) {
    for (Volume volume : pod.getSpec().getVolumes()) {
      EmptyDirVolumeSource empty = volume.getEmptyDir();
      if (empty == null || empty.getSizeLimit() == null || "Memory".equals(empty.getMedium())) {
        continue;
      }
      Path dir = dir(pod, "empty-dir", volume.getName());
      var limit = empty.getSizeLimit();
      try {
        if (limit.getNumericalAmount().signum() > 0
            && FileTrees.size(dir) > limit.getNumericalAmount().longValue()) {
          return Optional.of(
              "Usage of EmptyDir volume \"%s\" exceeds the limit \"%s\". "
                  .formatted(volume.getName(), limit));
        }
      } catch (IOException gone) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private Path mount(DownwardApi self, Volume volume) throws IOException {
    Pod pod = self.pod();
    var security = pod.getSpec().getSecurityContext();
    Long group = security == null ? null : security.getFsGroup();
    if (Sources.writes(volume)) {
      Path dir = dir(pod, plugin(volume), volume.getName());
      new AtomicFolder(dir).write(sources.files(self, volume), group, clock.instant());
      return dir;
    }
    if (volume.getEmptyDir() != null) {
      boolean ifRootDiffers =
          security != null && "OnRootMismatch".equals(security.getFsGroupChangePolicy());
      return emptyDir(pod, volume.getName(), volume.getEmptyDir(), group, ifRootDiffers);
    }
    if (volume.getHostPath() != null) {
      Path path = Path.of(volume.getHostPath().getPath());
      String type = volume.getHostPath().getType();
      HostPaths.ensure(path, type == null ? "" : type);
      return path;
    }
    throw new VolumeException(
        "volume type \"%s\" is not supported by this node".formatted(VolumeTypes.of(volume)));
  }

  private Path emptyDir(
      Pod pod,
      String name,
      EmptyDirVolumeSource source,
      @Nullable Long group,
      boolean onlyIfRootDiffers)
      throws IOException {
    Path dir = dir(pod, "empty-dir", name);
    boolean inMemory = "Memory".equals(source.getMedium());
    Path mark = readyMark(pod, name);
    if (Files.exists(mark) && (!inMemory || isMounted(dir))) {
      return dir;
    }
    Files.createDirectories(dir);
    switch (source.getMedium() == null ? "" : source.getMedium()) {
      case "" -> {}
      case "Memory" -> {
        if (!isMounted(dir)) {
          String size =
              source.getSizeLimit() == null
                  ? ""
                  : "size=" + source.getSizeLimit().getNumericalAmount().longValue();
          SystemCalls.mount("tmpfs", dir, "tmpfs", SystemCalls.MS_NOSUID, size);
        }
      }
      default ->
          throw new VolumeException(
              "emptyDir medium \"%s\" is not supported by this node".formatted(source.getMedium()));
    }
    FileTrees.chmod(dir, 0777);
    if (group != null) {
      FileTrees.giveToGroup(dir, group, onlyIfRootDiffers);
    }
    Files.createDirectories(mark.resolveSibling("."));
    Files.write(mark, new byte[0]);
    return dir;
  }

  /// Marks an emptyDir that was set up before, so that it is not set up again over its content.
  private Path readyMark(Pod pod, String volume) {
    return podDir(pod)
        .resolve("plugins")
        .resolve("kubernetes.io~empty-dir")
        .resolve(volume)
        .resolve("ready");
  }

  private static String plugin(Volume volume) {
    if (volume.getConfigMap() != null) {
      return "configmap";
    }
    if (volume.getSecret() != null) {
      return "secret";
    }
    return volume.getDownwardAPI() != null ? "downward-api" : "projected";
  }

  private Path podDir(Pod pod) {
    return pods.resolve(pod.getMetadata().getUid());
  }

  private Path dir(Pod pod, String plugin, String volume) {
    return podDir(pod).resolve("volumes").resolve("kubernetes.io~" + plugin).resolve(volume);
  }

  private static boolean isMounted(Path path) throws IOException {
    return mountsBelow(path).contains(path);
  }

  /// Mount points at or below a folder, deepest first.
  private static List<Path> mountsBelow(Path dir) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return lines
          .map(line -> Path.of(unescape(line.split(" ")[4])))
          .filter(path -> path.startsWith(dir))
          .sorted(Comparator.comparingInt(Path::getNameCount).reversed())
          .toList();
    }
  }

  private static String unescape(String path) {
    return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }
}
