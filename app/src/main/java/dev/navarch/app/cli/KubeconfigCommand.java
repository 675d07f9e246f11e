package dev.navarch.app.cli;

import dev.navarch.app.local.Credentials;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "kubeconfig",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a kubeconfig for the cluster's administrator, or merges it into the user's own.",
      "With --node, prints the identity by which another machine joins: `navarch agent --kubeconfig`."
    })
final class KubeconfigCommand implements Callable<Integer> {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Option(names = "--merge", description = "Merge into ~/.kube/config (or $KUBECONFIG).")
  boolean merge;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "The identity of a node with this name.")
  @Nullable String node;

  @Option(
      names = "--node-ip",
      paramLabel = "ADDRESS",
      description = "With --node: the address by which the cluster reaches that machine.")
  @Nullable String nodeIp;

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

  @Override
  public Integer call() {
    Credentials credentials = credentials();
    if (merge) {
      System.out.println(credentials.mergeIntoUsersKubeconfig());
      return 0;
    }
    if (node != null && nodeIp == null) {
      throw new IllegalArgumentException(
          "--node needs --node-ip: the identity holds for one address only");
    }
    System.out.print(
        node == null || nodeIp == null
            ? credentials.adminKubeconfig()
            : credentials.nodeKubeconfig(node, nodeIp));
    return 0;
  }

  private Credentials credentials() {
    if (serverDir == null) {
      return new Credentials(cluster.existing(), cluster.layout());
    }
    if (server == null) {
      throw new IllegalArgumentException("--server-dir needs --server, as https://192.0.2.10:6443");
    }
    return new Credentials(cluster.name, serverDir.resolve("pki"), server);
  }
}
