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
  @Mixin AdministratorOptions administrator = new AdministratorOptions();

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

  @Override
  public Integer call() {
    Credentials credentials = administrator.credentials();
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
}
