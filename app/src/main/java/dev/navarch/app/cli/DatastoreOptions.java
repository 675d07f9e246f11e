package dev.navarch.app.cli;

import dev.navarch.store.etcd.EtcdConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where objects are kept: in the data directory, or in an etcd. With Kubernetes' own names.
final class DatastoreOptions {
  enum Engine {
    EMBEDDED,
    ETCD
  }

  @Option(
      names = "--datastore",
      description =
          "Where objects are kept: embedded (in the data directory) or etcd (default: etcd with"
              + " --etcd-servers, else embedded).")
  @Nullable Engine engine;

  @Option(
      names = "--etcd-servers",
      split = ",",
      description = "etcd's addresses, as https://10.0.0.1:2379.")
  List<URI> servers = List.of();

  @Option(names = "--etcd-cafile", description = "What etcd's certificate is signed by.")
  @Nullable Path ca;

  @Option(names = "--etcd-certfile", description = "The certificate shown to etcd.")
  @Nullable Path certificate;

  @Option(names = "--etcd-keyfile", description = "The key of that certificate.")
  @Nullable Path key;

  @Option(
      names = "--etcd-prefix",
      defaultValue = EtcdConfig.PREFIX,
      description = "What keys in etcd begin with (default: ${DEFAULT-VALUE}).")
  String prefix = EtcdConfig.PREFIX;

  /// Empty for the embedded store.
  Optional<EtcdConfig> etcd() {
    if (engine == Engine.ETCD && servers.isEmpty()) {
      throw new IllegalArgumentException("--datastore etcd: --etcd-servers is missing");
    }
    if (engine == Engine.EMBEDDED && !servers.isEmpty()) {
      throw new IllegalArgumentException(
          "--datastore embedded and --etcd-servers exclude each other: give one");
    }
    return servers.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new EtcdConfig(
                servers,
                prefix,
                Optional.ofNullable(ca),
                Optional.ofNullable(certificate),
                Optional.ofNullable(key)));
  }
}
