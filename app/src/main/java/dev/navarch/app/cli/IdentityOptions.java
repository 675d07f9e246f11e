package dev.navarch.app.cli;

import dev.navarch.app.join.Join;
import dev.navarch.app.local.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Who a node is: by a kubeconfig that somebody made for it, by what it kept when it joined, or by
/// a token with which it joins now.
final class IdentityOptions {
  @Option(
      names = "--kubeconfig",
      description = "The node's identity, from `navarch kubeconfig --node NAME`.")
  @Nullable Path kubeconfig;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The cluster to join, as https://192.0.2.10:6443.")
  @Nullable URI server;

  @Option(
      names = "--token",
      description =
          "From `navarch token create`; not needed any more once the node has joined (or NAVARCH_TOKEN in the environment).")
  @Nullable String token;

  @Option(
      names = "--ca-cert-hash",
      paramLabel = "sha256:HEX",
      description = "What the cluster's authority must be, from the same place.")
  @Nullable String hash;

  @Option(
      names = {"--node-name", "--hostname-override"},
      description = "The node's name (default: this machine's).")
  @Nullable String nodeName;

  @Option(
      names = "--node-ip",
      description =
          "The address by which the cluster reaches this machine (default: the one from which it"
              + " reaches the server).")
  @Nullable String nodeIp;

  /// The file with the node's identity; joins first if there is none that holds.
  Path kubeconfig(Path dataDir) throws InterruptedException {
    if (kubeconfig != null) {
      return kubeconfig;
    }
    Path kept = dataDir.resolve("kubeconfig");
    if (Join.holds(kept, name(), Optional.ofNullable(server))) {
      return kept;
    }
    String shown = token == null ? System.getenv("NAVARCH_TOKEN") : token;
    if (server == null || shown == null) {
      throw new UserError(
          "this machine has no identity in a cluster, or one that is over",
          "give --server and --token: `navarch token create` on the master prints them");
    }
    Join.join(server, shown, Optional.ofNullable(hash), name(), Join.SECONDS, kept);
    return kept;
  }

  String name() {
    if (nodeName != null) {
      return nodeName;
    }
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException e) {
      throw new UserError("this machine does not know its name", "give one with --node-name");
    }
  }

  InetAddress address(URI reaching) {
    try {
      if (nodeIp != null) {
        return InetAddress.getByName(nodeIp);
      }
    } catch (UnknownHostException e) {
      throw new UserError(
          "--node-ip: '%s' is no address".formatted(nodeIp), "give one of this machine's own");
    }
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(reaching.getHost(), 443));
      return socket.getLocalAddress();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(
          "no address of this machine leads to " + reaching, "give one with --node-ip");
    }
  }
}
