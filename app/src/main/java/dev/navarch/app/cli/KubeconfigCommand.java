package dev.navarch.app.cli;

import dev.navarch.app.local.Credentials;
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

  @Override
  public Integer call() {
    Credentials credentials = new Credentials(cluster.existing(), cluster.layout());
    if (merge) {
      System.out.println(credentials.mergeIntoUsersKubeconfig());
    } else {
      System.out.print(
          node == null ? credentials.adminKubeconfig() : credentials.nodeKubeconfig(node));
    }
    return 0;
  }
}
