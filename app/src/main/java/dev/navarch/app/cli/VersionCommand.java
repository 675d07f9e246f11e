package dev.navarch.app.cli;

import dev.navarch.app.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Prints the versions of Navarch and of the Kubernetes API that it serves.")
final class VersionCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    System.out.println(text());
    return 0;
  }

  static String text() {
    return "navarch %s, Kubernetes API %s, Java %s"
        .formatted(Version.NAVARCH, Version.KUBERNETES, Runtime.version());
  }
}
