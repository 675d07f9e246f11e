package dev.navarch.app.cli;

import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.DebianImage;
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

  @Command(
      name = "build-test",
      hidden = true,
      mixinStandardHelpOptions = true,
      description = "Makes an image for tests from installed Debian packages.")
  int buildTest(
      @Parameters(paramLabel = "KIND", description = "busybox or nginx.") String kind,
      @Parameters(paramLabel = "NAME", description = "As navarch.test/busybox:1.") String name,
      @Parameters(paramLabel = "FILE.tar", description = "The archive to write.") Path archive) {
    switch (kind) {
      case "busybox" -> DebianImage.busybox(name).write(archive);
      case "nginx" -> DebianImage.nginx(name).write(archive);
      default ->
          throw new IllegalArgumentException(
              "KIND: '%s' is not known; there are busybox and nginx".formatted(kind));
    }
    return 0;
  }
}
