package dev.navarch.app.cli;

import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.Images;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Puts container images on the cluster's nodes.")
final class Image {

  @Command(
      name = "load",
      mixinStandardHelpOptions = true,
      description = "Puts the images of an archive (OCI or docker) on every node.")
  int load(
      @Mixin ClusterOptions cluster,
      @Parameters(paramLabel = "FILE.tar", description = "The archive.") Path archive) {
    ClusterSpec spec = cluster.existing();
    Images.load(spec, cluster.layout(), archive, System.out::println);
    return 0;
  }
}
