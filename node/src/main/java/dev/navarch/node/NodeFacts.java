package dev.navarch.node;

import dev.navarch.node.eviction.Signal;
import dev.navarch.node.eviction.Threshold;
import dev.navarch.node.host.Filesystem;
import dev.navarch.node.settings.KubeletSettings;
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

  Map<String, Quantity> capacity(KubeletSettings settings) {
    Map<String, Quantity> capacity = new TreeMap<>();
    int processors = (int) processors();
    capacity.put("cpu", new Quantity(String.valueOf(processors)));
    capacity.put("memory", new Quantity(memory("MemTotal") / 1024 + "Ki"));
    capacity.put("pods", new Quantity(String.valueOf(settings.maxPods(processors))));
    capacity.put("ephemeral-storage", new Quantity(disk().capacity() / 1024 + "Ki"));
    hugePages().forEach((size, bytes) -> capacity.put("hugepages-" + size, amount(bytes)));
    return capacity;
  }

  /// What pods may have: the capacity without what is reserved for others, and without what is kept
  /// free so that the node stays alive.
  Map<String, Quantity> allocatable(KubeletSettings settings) {
    Map<String, Quantity> allocatable = new TreeMap<>(capacity(settings));
    long milli = processors() * 1000 - reservedMilli(settings);
    allocatable.put("cpu", new Quantity(milli % 1000 == 0 ? milli / 1000 + "" : milli + "m"));
    long memory = memory("MemTotal");
    long kept = Threshold.kept(settings, Signal.MEMORY, memory);
    allocatable.put("memory", new Quantity(positive(forPods(settings) - kept) / 1024 + "Ki"));
    long disk = disk().capacity();
    long freeDisk = Threshold.kept(settings, Signal.NODE_DISK, disk);
    allocatable.put(
        "ephemeral-storage",
        new Quantity(
            String.valueOf(positive(disk - settings.reserved("ephemeral-storage") - freeDisk))));
    return allocatable;
  }

  /// Bytes that all pods together are held to: what is not reserved, whether it is kept free or
  /// not.
  long forPods(KubeletSettings settings) {
    long huge = hugePages().values().stream().mapToLong(Long::longValue).sum();
    return positive(memory("MemTotal") - settings.reserved("memory") - huge);
  }

  /// Bytes of the whole machine.
  long memory() {
    return memory("MemTotal");
  }

  /// Bytes of swap space.
  long swap() {
    return memory("SwapTotal");
  }

  /// Millicores that all pods together are held to.
  long milliForPods(KubeletSettings settings) {
    return processors() * 1000 - reservedMilli(settings);
  }

  /// How many processes the machine takes.
  long processes() {
    return Long.parseLong(text("proc/sys/kernel/pid_max"));
  }

  private long reservedMilli(KubeletSettings settings) {
    long listed = settings.reservedCpus().size() * 1000L;
    return Math.min(processors() * 1000, listed > 0 ? listed : settings.reserved("cpu"));
  }

  private static long positive(long amount) {
    return Math.max(0, amount);
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

  private Filesystem disk() {
    try {
      return Filesystem.of(Files.createDirectories(dataDir));
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
