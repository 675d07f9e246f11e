package dev.navarch.app.cli;

import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.UserError;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which cluster of this machine a command means.
final class ClusterOptions {
  private static final String NAME_FORM = "[a-z][a-z0-9-]{0,30}";

  @Option(
      names = "--name",
      defaultValue = "navarch",
      description = "The cluster's name (default: ${DEFAULT-VALUE}).")
  String name = "navarch";

  @Option(
      names = {"--data-dir", "-d"},
      description = "The cluster's folder (default: /var/lib/navarch/NAME as root).")
  @Nullable Path dataDir;

  Layout layout() {
    if (!name.matches(NAME_FORM)) {
      throw new IllegalArgumentException(
          "--name: '%s' is no cluster name; expected lower-case letters, digits and '-', beginning with a letter, at most 31 characters"
              .formatted(name));
    }
    return Layout.of(
        name, dataDir == null ? Layout.defaultData(name) : dataDir.toAbsolutePath().normalize());
  }

  /// The cluster as it was brought up.
  ClusterSpec existing() {
    Layout layout = layout();
    return ClusterSpec.load(layout.data())
        .orElseThrow(
            () ->
                new UserError(
                    "there is no cluster '%s' in %s".formatted(name, layout.data()),
                    "start one with `navarch up`"));
  }
}
