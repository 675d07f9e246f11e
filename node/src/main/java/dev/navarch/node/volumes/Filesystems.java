package dev.navarch.node.volumes;

import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Mounts filesystems by the system's own programs: of block devices, which get one when they hold
/// nothing, and of NFS servers.
final class Filesystems {
  private static final List<Path> SBIN = List.of(Path.of("/sbin"), Path.of("/usr/sbin"));
  private static final int BLKID_FOUND_NOTHING = 2;

  private Filesystems() {}

  static boolean isBlockDevice(Path path) throws IOException {
    return Files.exists(path) && ((int) Files.getAttribute(path, "unix:mode") & 0170000) == 0060000;
  }

  /// Mounts a device; one without any content is formatted first.
  static void mountDevice(Path device, Path target, String type, List<String> options)
      throws IOException {
    String wanted = type.isEmpty() ? "ext4" : type;
    Commands.Outcome probe =
        Commands.outcome(
            "", "blkid", "-p", "-s", "TYPE", "-s", "PTTYPE", "-o", "value", device.toString());
    String found = probe.output().strip();
    if (probe.exit() == BLKID_FOUND_NOTHING && found.isEmpty()) {
      run("mkfs." + wanted, device, formatOptions(wanted));
    } else if (probe.exit() != 0) {
      throw new VolumeException(
          "blkid cannot tell what %s holds: %s".formatted(device, probe.errors()));
    } else if (!type.isEmpty() && !found.equals(type)) {
      throw new VolumeException(
          "%s holds %s, expected %s".formatted(device, found.replace('\n', ' '), type));
    }
    Files.createDirectories(target);
    mount(List.of("-t", probe.exit() == 0 ? found : wanted), options, device.toString(), target);
  }

  /// Without reserved blocks, and without asking.
  private static List<String> formatOptions(String type) {
    return switch (type) {
      case "ext2", "ext3", "ext4" -> List.of("-F", "-m0");
      case "xfs", "btrfs" -> List.of("-f");
      default -> List.of();
    };
  }

  private static void run(String program, Path device, List<String> options) {
    List<String> argv = new ArrayList<>(List.of(program));
    argv.addAll(options);
    argv.add(device.toString());
    Commands.Outcome made = Commands.outcome("", argv.toArray(String[]::new));
    if (made.exit() != 0) {
      throw new VolumeException("%s %s failed: %s".formatted(program, device, made.errors()));
    }
  }

  static void mountNfs(
      String server, String path, Path target, boolean readOnly, List<String> options)
      throws IOException {
    if (SBIN.stream().noneMatch(dir -> Files.isExecutable(dir.resolve("mount.nfs")))) {
      throw new VolumeException(
          "NFS volumes need the program mount.nfs on the node: install the package nfs-common");
    }
    Files.createDirectories(target);
    String host = server.contains(":") ? "[" + server + "]" : server;
    List<String> all =
        Stream.concat(options.stream(), readOnly ? Stream.of("ro") : Stream.empty()).toList();
    mount(List.of("-t", "nfs"), all, host + ":" + path, target);
  }

  private static void mount(List<String> type, List<String> options, String source, Path target) {
    List<String> argv = new ArrayList<>(List.of("mount"));
    argv.addAll(type);
    if (!options.isEmpty()) {
      argv.add("-o");
      argv.add(String.join(",", options));
    }
    argv.add(source);
    argv.add(target.toString());
    Commands.Outcome mounted = Commands.outcome("", argv.toArray(String[]::new));
    if (mounted.exit() != 0) {
      throw new VolumeException("mount of %s failed: %s".formatted(source, mounted.errors()));
    }
  }
}
