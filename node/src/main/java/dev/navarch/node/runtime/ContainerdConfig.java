package dev.navarch.node.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a node's containerd is told, after a look at the machine: where the CNI plugins are,
/// whether OOM scores may be lowered, whether AppArmor and overlayfs are there.
record ContainerdConfig(
    Path root,
    Path state,
    Path socket,
    Path cniPlugins,
    Path cniConfigurations,
    Path registryHosts,
    boolean restrictOomScore,
    boolean appArmor,
    String snapshotter) {
  private static final int CAP_SYS_RESOURCE = 24;
  private static final List<Path> PLUGIN_FOLDERS =
      List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"), Path.of("/usr/libexec/cni"));

  static ContainerdConfig detect(
      Path data, Path state, Path socket, Path cniConfigurations, Path registryHosts) {
    return new ContainerdConfig(
        data.resolve("root"),
        state.resolve("state"),
        socket,
        cniPluginFolder(),
        cniConfigurations,
        registryHosts,
        !hasCapability(CAP_SYS_RESOURCE),
        Files.isDirectory(Path.of("/sys/kernel/security/apparmor"))
            && Files.isExecutable(Path.of("/sbin/apparmor_parser")),
        lines("/proc/filesystems").stream().anyMatch(line -> line.endsWith("\toverlay"))
            ? "overlayfs"
            : "native");
  }

  String toToml(String pauseImage, String credentials) {
    return """
    version = 2
    root = "%s"
    state = "%s"
    oom_score = 0
    disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", \
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", \
    "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]

    [grpc]
      address = "%s"

    [plugins."io.containerd.internal.v1.opt"]
      path = "%s"

    [plugins."io.containerd.grpc.v1.cri"]
      sandbox_image = "%s"
      stream_server_address = "127.0.0.1"
      stream_server_port = "0"
      restrict_oom_score_adj = %s
      disable_apparmor = %s
      enable_unprivileged_ports = true
      enable_unprivileged_icmp = true
      [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "%s"
        conf_dir = "%s"
        max_conf_num = 1
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "%s"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            SystemdCgroup = false
      [plugins."io.containerd.grpc.v1.cri".registry]
        config_path = "%s"
    %s"""
        .formatted(
            root,
            state,
            socket,
            root.resolveSibling("opt"),
            pauseImage,
            restrictOomScore,
            !appArmor,
            cniPlugins,
            cniConfigurations,
            snapshotter,
            registryHosts,
            credentials);
  }

  private static Path cniPluginFolder() {
    return PLUGIN_FOLDERS.stream()
        .filter(folder -> Files.isExecutable(folder.resolve("bridge")))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no CNI plugins found in %s: install containernetworking-plugins"
                        .formatted(PLUGIN_FOLDERS)));
  }

  private static boolean hasCapability(int number) {
    return lines("/proc/self/status").stream()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
        .anyMatch(mask -> (mask >>> number & 1) == 1);
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
