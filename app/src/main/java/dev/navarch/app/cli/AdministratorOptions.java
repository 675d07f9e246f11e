package dev.navarch.app.cli;

import dev.navarch.app.local.Credentials;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which control plane of this machine a command has an administrator's rights over: that of a
/// cluster, or one that was started by hand.
final class AdministratorOptions {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--server-dir",
      paramLabel = "DIR",
      description = "The data folder of a `navarch server` that was started by hand.")
  @Nullable Path serverDir;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "With --server-dir: the URL by which clients reach it.")
  @Nullable URI server;

  Credentials credentials() {
    if (serverDir == null) {
      return new Credentials(cluster.existing(), cluster.layout());
    }
    if (server == null) {
      throw new IllegalArgumentException("--server-dir needs --server, as https://192.0.2.10:6443");
    }
    return new Credentials(cluster.name, serverDir.resolve("pki"), server);
  }
}
