package dev.navarch.app.local;

import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.Sysctl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Looks at the machine before a cluster is started on it, and says what to do about what it finds.
public final class Doctor {
  private static final long GIB = 1L << 30;
  private static final int INOTIFY_INSTANCES = 1024;

  private Doctor() {}

  /// @param spec the cluster to be started
  public static List<Check> examine(ClusterSpec spec, Layout layout) {
    List<Check> checks = new ArrayList<>();
    checks.add(java());
    checks.add(disk(layout));
    if (!spec.hasMachines()) {
      checks.add(apiPort(spec));
      return checks;
    }
    checks.add(root());
    if (!Layout.isRoot()) {
      return checks;
    }
    checks.add(packages());
    checks.add(cgroups());
    checks.add(filesystem());
    checks.add(packetFilter());
    checks.add(inotify());
    boolean ours = ClusterSpec.load(layout.data()).isPresent();
    boolean canTell = Packages.missing().stream().noneMatch(Packages.Need::isIproute);
    if (canTell && !ours) {
      checks.addAll(ranges(spec));
    }
    return checks;
  }

  private static Check java() {
    return Check.ok("java", Runtime.version().toString());
  }

  private static Check root() {
    return Layout.isRoot()
        ? Check.ok("root", "yes")
        : Check.failure(
            "root",
            "running as " + System.getProperty("user.name") + "; real nodes need root",
            "use sudo, or `up --nodes 0 --simulated-nodes 3` to try the API without containers");
  }

  private static Check packages() {
    List<Packages.Need> missing = Packages.missing();
    if (missing.isEmpty()) {
      return Check.ok("packages", "all there");
    }
    String names = String.join(" ", missing.stream().map(Packages.Need::debianPackage).toList());
    return Check.warning("packages", "missing: " + names, "`up` installs them by apt");
  }

  private static Check cgroups() {
    if (Cgroup.isUnified()) {
      return Check.ok("cgroups", "version 2");
    }
    return Files.isDirectory(Path.of("/sys/fs/cgroup/memory"))
            && Files.isDirectory(Path.of("/sys/fs/cgroup/pids"))
        ? Check.ok("cgroups", "version 1")
        : Check.failure(
            "cgroups",
            "neither version 2 nor the memory and pids hierarchies of version 1 at /sys/fs/cgroup",
            "mount them, or boot with systemd.unified_cgroup_hierarchy=1");
  }

  private static Check filesystem() {
    try {
      boolean overlay =
          Files.readAllLines(Path.of("/proc/filesystems")).stream()
              .anyMatch(line -> line.endsWith("\toverlay"));
      return overlay || Commands.succeeds("modprobe", "overlay")
          ? Check.ok("overlayfs", "yes")
          : Check.warning(
              "overlayfs",
              "the kernel has none: images are copied for each container",
              "load the kernel module overlay");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Check packetFilter() {
    if (!Files.isExecutable(Path.of("/usr/sbin/nft"))) {
      return Check.ok("nftables", "comes with the missing packages");
    }
    Commands.Outcome outcome = Commands.outcome("", "nft", "list", "tables");
    return outcome.exit() == 0
        ? Check.ok("nftables", "yes")
        : Check.failure(
            "nftables", "the kernel says: " + outcome.errors(), "load the kernel module nf_tables");
  }

  private static Check inotify() {
    String name = "fs.inotify.max_user_instances";
    int instances = Sysctl.get(name).map(Integer::parseInt).orElse(INOTIFY_INSTANCES);
    if (instances >= INOTIFY_INSTANCES) {
      return Check.ok("inotify", name + " = " + instances);
    }
    return Check.warning(
        "inotify",
        "%s = %d is little for many pods".formatted(name, instances),
        "`sysctl -w %s=%d`".formatted(name, INOTIFY_INSTANCES));
  }

  private static Check disk(Layout layout) {
    Path folder =
        Stream.iterate(layout.data().toAbsolutePath(), Path::getParent)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      String found = "%.1f GiB free at %s".formatted((double) free / GIB, folder);
      if (free < GIB / 2) {
        return Check.failure("disk", found, "make room, or choose another --data-dir");
      }
      return free < 4 * GIB
          ? Check.warning("disk", found, "images and containers may need more")
          : Check.ok("disk", found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Check apiPort(ClusterSpec spec) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), spec.apiPort()));
      return Check.ok("API port", spec.apiPort() + " is free");
    } catch (IOException e) {
      return Check.failure(
          "API port",
          "port %d of 127.0.0.1 is in use".formatted(spec.apiPort()),
          "choose another with --api-port");
    }
  }

  private static List<Check> ranges(ClusterSpec spec) {
    List<Check> checks = new ArrayList<>();
    for (String[] range :
        List.of(
            new String[] {"--node-cidr", spec.nodeRange()},
            new String[] {"--pod-cidr", spec.podRange()},
            new String[] {"--service-cidr", spec.serviceRange()})) {
      checks.add(
          conflictingRoute(Cidr.parse(range[1]))
              .map(
                  route ->
                      Check.failure(
                          "range " + range[1],
                          "the machine already has a route into it: " + route,
                          "choose another with " + range[0]))
              .orElseGet(() -> Check.ok("range " + range[1], "free")));
    }
    return checks;
  }

  private static Optional<Cidr> conflictingRoute(Cidr range) {
    return RangeChoice.taken().stream().filter(range::overlaps).findFirst();
  }
}
