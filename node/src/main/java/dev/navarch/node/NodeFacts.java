package dev.navarch.node;

import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.NodeSystemInfoBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the machine is and has, read where Linux shows it.
///
/// @param root `/`, or a copy of the files below it
/// @param dataDir whose filesystem counts as the pods' storage
public record NodeFacts(Path root, Path dataDir) {
  public static final String KUBELET_VERSION = "v1.36.4+navarch-0.1.0";
  private static final long MEMORY_KEPT_FREE = 100L << 20;
  private static final int DISK_KEPT_FREE_PERCENT = 10;

  Map<String, Quantity> capacity(int maxPods) {
    Map<String, Quantity> capacity = new TreeMap<>();
    capacity.put("cpu", new Quantity(String.valueOf(processors())));
    capacity.put("memory", new Quantity(memory("MemTotal") / 1024 + "Ki"));
    capacity.put("pods", new Quantity(String.valueOf(maxPods)));
    capacity.put("ephemeral-storage", new Quantity(disk().total() / 1024 + "Ki"));
    hugePages().forEach((size, bytes) -> capacity.put("hugepages-" + size, amount(bytes)));
    return capacity;
  }

  /// What pods may have: the capacity without what is kept free so that the node stays alive.
  Map<String, Quantity> allocatable(int maxPods) {
    Map<String, Quantity> allocatable = new TreeMap<>(capacity(maxPods));
    long huge = hugePages().values().stream().mapToLong(Long::longValue).sum();
    long memory = memory("MemTotal") - MEMORY_KEPT_FREE - huge;
    allocatable.put("memory", new Quantity(memory / 1024 + "Ki"));
    long disk = disk().total() / 100 * (100 - DISK_KEPT_FREE_PERCENT);
    allocatable.put("ephemeral-storage", new Quantity(String.valueOf(disk)));
    return allocatable;
  }

  boolean isShortOfMemory() {
    return memory("MemAvailable") < MEMORY_KEPT_FREE;
  }

  boolean isShortOfDisk() {
    Disk disk = disk();
    return disk.free() < disk.total() / 100 * DISK_KEPT_FREE_PERCENT;
  }

  NodeSystemInfo systemInfo(String runtimeVersion) {
    return new NodeSystemInfoBuilder()
        .withMachineID(text("etc/machine-id"))
        .withSystemUUID(text("sys/class/dmi/id/product_uuid"))
        .withBootID(text("proc/sys/kernel/random/boot_id"))
        .withKernelVersion(text("proc/sys/kernel/osrelease"))
        .withOsImage(osImage())
        .withContainerRuntimeVersion(runtimeVersion)
        .withKubeletVersion(KUBELET_VERSION)
        .withKubeProxyVersion("")
        .withOperatingSystem("linux")
        .withArchitecture(architecture())
        .build();
  }

  public static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  private long processors() {
    return lines("proc/cpuinfo").stream().filter(line -> line.startsWith("processor")).count();
  }

  private long memory(String which) {
    return lines("proc/meminfo").stream()
        .filter(line -> line.startsWith(which + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("/proc/meminfo has no line " + which));
  }

  /// Bytes by page size, as `2Mi`.
  private Map<String, Long> hugePages() {
    Map<String, Long> pages = new TreeMap<>();
    Path sizes = root.resolve("sys/kernel/mm/hugepages");
    if (!Files.isDirectory(sizes)) {
      return pages;
    }
    try (Stream<Path> dirs = Files.list(sizes)) {
      for (Path dir : dirs.toList()) {
        long kilobytes = Long.parseLong(dir.getFileName().toString().replaceAll("\\D", ""));
        long count = Long.parseLong(Files.readString(dir.resolve("nr_hugepages")).strip());
        String size = kilobytes >= 1 << 20 ? (kilobytes >> 20) + "Gi" : (kilobytes >> 10) + "Mi";
        pages.put(size, kilobytes * 1024 * count);
      }
      return pages;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Disk(long total, long free) {}

  private Disk disk() {
    try {
      var store = Files.getFileStore(Files.createDirectories(dataDir));
      return new Disk(store.getTotalSpace(), store.getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String osImage() {
    return lines("etc/os-release").stream()
        .filter(line -> line.startsWith("PRETTY_NAME="))
        .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
        .findFirst()
        .orElse("Linux");
  }

  private String text(String path) {
    return String.join("\n", lines(path)).strip();
  }

  private List<String> lines(String path) {
    Path file = root.resolve(path);
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  private static Quantity amount(long bytes) {
    return new Quantity(bytes == 0 ? "0" : (bytes >> 20) + "Mi");
  }
}
