package dev.navarch.app.local;

import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The system packages that real nodes need: what is missing, why it is needed, and its
/// installation by apt.
public final class Packages {

  /// @param evidence files any of which shows that the package (or an equal) is there
  public record Need(String debianPackage, String why, List<Path> evidence) {
    boolean isIproute() {
      return debianPackage.equals("iproute2");
    }
  }

  private static final List<Need> NEEDS =
      List.of(
          command("containerd", "runs the containers", "containerd"),
          command("runc", "starts a container's processes", "runc"),
          new Need(
              "containernetworking-plugins",
              "plugs pods into the node's network",
              List.of(
                  Path.of("/usr/lib/cni/bridge"),
                  Path.of("/opt/cni/bin/bridge"),
                  Path.of("/usr/libexec/cni/bridge"))),
          command("nftables", "spreads a Service's connections over its pods", "nft"),
          command("conntrack", "forgets connections to pods that are gone", "conntrack"),
          command("iproute2", "makes the nodes' network", "ip"),
          command("util-linux", "enters the nodes' namespaces", "nsenter"));

  private Packages() {}

  public static List<Need> missing() {
    return NEEDS.stream()
        .filter(need -> need.evidence.stream().noneMatch(Files::isExecutable))
        .toList();
  }

  /// Installs by apt, as root, and says what and why. A service that a package starts on its own
  /// (Debian's containerd) is stopped again: nodes run their own.
  public static void install(List<Need> needs, Consumer<String> say) {
    if (needs.isEmpty()) {
      return;
    }
    for (Need need : needs) {
      say.accept("installing %s: %s".formatted(need.debianPackage, need.why));
    }
    if (!Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      throw new UserError(
          "packages are missing and this machine has no apt: " + names(needs),
          "install their equals with the machine's package manager");
    }
    boolean containerdRan = isServiceRunning();
    List<String> argv =
        new ArrayList<>(List.of("apt-get", "install", "-y", "-q", "--no-install-recommends"));
    needs.forEach(need -> argv.add(need.debianPackage));
    if (!apt(argv)) {
      apt(List.of("apt-get", "update", "-q"));
      if (!apt(argv)) {
        throw new UserError(
            "apt could not install " + names(needs),
            "look at what `%s` says".formatted(String.join(" ", argv)));
      }
    }
    if (!containerdRan && isServiceRunning()) {
      Commands.run("systemctl", "disable", "--now", "containerd");
    }
  }

  private static boolean apt(List<String> argv) {
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start().waitFor() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean isServiceRunning() {
    return Commands.outcome("", "systemctl", "is-active", "--quiet", "containerd").exit() == 0;
  }

  private static String names(List<Need> needs) {
    return String.join(" ", needs.stream().map(Need::debianPackage).toList());
  }

  private static Need command(String debianPackage, String why, String command) {
    return new Need(
        debianPackage,
        why,
        List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin")
            .stream()
            .map(folder -> Path.of(folder, command))
            .toList());
  }
}
