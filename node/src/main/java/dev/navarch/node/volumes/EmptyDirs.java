package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Empty folders that live as long as their pod: on disk, in memory, in huge pages.
final class EmptyDirs {
  static final String PLUGIN = "empty-dir";

  private static final String HUGE_PAGES = "HugePages";
  private static final String HUGE_PREFIX = "hugepages-";
  private static final Path HUGE_POOLS = Path.of("/sys/kernel/mm/hugepages");

  private final PodFolders folders;
  private final Tmpfs tmpfs;

  EmptyDirs(PodFolders folders, Tmpfs tmpfs) {
    this.folders = folders;
    this.tmpfs = tmpfs;
  }

  Path mount(DownwardApi self, String name, EmptyDirVolumeSource source, GroupRule group)
      throws IOException {
    Pod pod = self.pod();
    Path dir = folders.volume(pod, PLUGIN, name);
    String medium = Objects.requireNonNullElse(source.getMedium(), "");
    Path mark = folders.readyMark(pod, PLUGIN, name);
    if (Files.exists(mark) && (medium.isEmpty() || Mounts.isMounted(dir))) {
      return dir;
    }
    Files.createDirectories(dir);
    if (!medium.isEmpty() && !Mounts.isMounted(dir)) {
      if (medium.equals("Memory")) {
        tmpfs.mount(dir, memory(self, Optional.ofNullable(source.getSizeLimit())));
      } else {
        long pageSize = pageSize(pod, medium);
        SystemCalls.mount("nodev", dir, "hugetlbfs", 0, "pagesize=" + pageSize);
      }
    }
    FileTrees.chmod(dir, 0777);
    group.apply(dir);
    Files.createDirectories(mark.resolveSibling("."));
    Files.write(mark, new byte[0]);
    return dir;
  }

  /// The least of the volume's limit, what all containers may use, and what the node has for pods.
  static Optional<Long> memory(DownwardApi self, Optional<Quantity> limit) {
    Stream<Optional<Quantity>> bounds =
        Stream.of(limit, Optional.ofNullable(self.allocatable().get("memory")));
    return Stream.concat(
            bounds.flatMap(Optional::stream).map(Quantity::getNumericalAmount),
            podMemory(self.pod()).stream())
        .filter(amount -> amount.signum() > 0)
        .min(BigDecimal::compareTo)
        .map(BigDecimal::longValue);
  }

  private static Optional<BigDecimal> podMemory(Pod pod) {
    BigDecimal sum = BigDecimal.ZERO;
    for (Container container : pod.getSpec().getContainers()) {
      Quantity limit = limits(container).get("memory");
      if (limit == null) {
        return Optional.empty();
      }
      sum = sum.add(limit.getNumericalAmount());
    }
    return Optional.of(sum);
  }

  /// `HugePages-2Mi` names its size; `HugePages` is the one size that the pod's containers ask for.
  private static long pageSize(Pod pod, String medium) {
    if (!medium.equals(HUGE_PAGES) && !medium.startsWith(HUGE_PAGES + "-")) {
      throw new VolumeException(
          "emptyDir medium \"%s\": expected \"\", Memory, HugePages or HugePages-<size>"
              .formatted(medium));
    }
    Set<String> asked = new TreeSet<>();
    Stream.concat(
            pod.getSpec().getContainers().stream(), pod.getSpec().getInitContainers().stream())
        .flatMap(container -> limits(container).keySet().stream())
        .filter(resource -> resource.startsWith(HUGE_PREFIX))
        .forEach(resource -> asked.add(resource.substring(HUGE_PREFIX.length())));
    String size;
    if (medium.equals(HUGE_PAGES)) {
      if (asked.size() != 1) {
        throw new VolumeException(
            "medium HugePages needs containers that ask for huge pages of one size, found "
                + (asked.isEmpty() ? "none" : String.join(", ", asked)));
      }
      size = asked.iterator().next();
    } else {
      size = medium.substring(HUGE_PAGES.length() + 1);
      if (!asked.contains(size)) {
        throw new VolumeException(
            "medium %s: no container asks for hugepages-%s".formatted(medium, size));
      }
    }
    long bytes = new Quantity(size).getNumericalAmount().longValue();
    Path pool = HUGE_POOLS.resolve("hugepages-%dkB".formatted(bytes / 1024));
    if (!Files.isDirectory(pool)) {
      throw new VolumeException("this node has no huge pages of size " + size);
    }
    return bytes;
  }

  private static Map<String, Quantity> limits(Container container) {
    var resources = container.getResources();
    return resources == null || resources.getLimits() == null ? Map.of() : resources.getLimits();
  }

  /// The first on disk that holds more than its size limit.
  Optional<String> overLimit(Pod pod) {
    for (var volume : pod.getSpec().getVolumes()) {
      EmptyDirVolumeSource empty = volume.getEmptyDir();
      if (empty == null
          || empty.getSizeLimit() == null
          || !Objects.requireNonNullElse(empty.getMedium(), "").isEmpty()) {
        continue;
      }
      var limit = empty.getSizeLimit();
      try {
        long size = FileTrees.size(folders.volume(pod, PLUGIN, volume.getName()));
        if (limit.getNumericalAmount().signum() > 0
            && size > limit.getNumericalAmount().longValue()) {
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
}
