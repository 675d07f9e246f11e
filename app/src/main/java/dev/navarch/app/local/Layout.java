package dev.navarch.app.local;

import java.nio.file.Path;
import java.util.List;

/// Where a cluster on this machine keeps what it keeps.
///
/// @param name the cluster's
/// @param data what survives a reboot
/// @param run what must not: sockets, namespaces, process ids
public record Layout(String name, Path data, Path run) {

  public static Layout of(String name, Path data) {
    return new Layout(name, data, isRoot() ? Path.of("/run/navarch", name) : data.resolve("run"));
  }

  /// The folder when the user names none.
  public static Path defaultData(String name) {
    return isRoot()
        ? Path.of("/var/lib/navarch", name)
        : Path.of(System.getProperty("user.home"), ".local/share/navarch", name);
  }

  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /// The control plane's own folder: store and certificates.
  public Path server() {
    return data.resolve("server");
  }

  public Path pki() {
    return server().resolve("pki");
  }

  public Path node(String node) {
    return data.resolve("nodes").resolve(node);
  }

  public Path nodeRun(String node) {
    return run.resolve(node);
  }

  public Path log(String component) {
    return data.resolve("logs").resolve(component + ".log");
  }

  public Path pid(String component) {
    return run.resolve(component + ".pid");
  }

  /// What `down` removes: never more than the cluster made, whatever else a user keeps in the
  /// folder.
  List<Path> owned() {
    return List.of(
        server(), data.resolve("nodes"), data.resolve("logs"), data.resolve("cluster.json"));
  }

  /// The control group below which every process of the cluster runs.
  public String cgroup() {
    return "/navarch/" + name;
  }
}
