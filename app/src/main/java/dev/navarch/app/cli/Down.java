package dev.navarch.app.cli;

import dev.navarch.app.local.ClusterDown;
import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.Progress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Removes a cluster from this machine without a trace, also after a crash.")
final class Down implements Callable<Integer> {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--keep-data",
      description = "Keep objects, images and volumes: a later `up` brings the same cluster back.")
  boolean keepData;

  @Override
  public Integer call() {
    Layout layout = cluster.layout();
    ClusterSpec spec = cluster.existing();
    Progress progress = Progress.onStandardOutput();
    new ClusterDown(spec, layout, progress).run(keepData);
    if (!keepData) {
      new Credentials(spec, layout).removeFromUsersKubeconfig();
    }
    progress.say("cluster '%s' is %s".formatted(spec.name(), keepData ? "stopped" : "gone"));
    return 0;
  }
}
