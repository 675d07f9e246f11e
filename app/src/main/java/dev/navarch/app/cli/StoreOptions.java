package dev.navarch.app.cli;

import dev.navarch.app.local.UserError;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which store a command is about: that of a server's data directory, or an etcd.
final class StoreOptions {
  @Option(
      names = "--data-dir",
      description = "The data directory of a server with the embedded store.")
  @Nullable Path dataDir;

  @Mixin DatastoreOptions datastore = new DatastoreOptions();

  Optional<EtcdConfig> etcd() {
    Optional<EtcdConfig> etcd = datastore.etcd();
    if (etcd.isPresent() == (dataDir != null)) {
      throw new UserError(
          "which store is not said, or said twice", "give either --data-dir or --etcd-servers");
    }
    return etcd;
  }

  /// The embedded store's own folder.
  Path folder() {
    return Objects.requireNonNull(dataDir).resolve("store");
  }

  /// Opens the store to be looked at, also when a server has it open.
  Store reading() {
    return etcd().isPresent() ? connected() : EmbeddedStore.reading(existing(), CLOCK);
  }

  /// Opens the store to be changed: an embedded one only when no server has it open.
  Store writing() {
    return etcd().isPresent()
        ? connected()
        : EmbeddedStore.open(existing(), CLOCK, StoreMetrics.NONE);
  }

  EtcdStore connected() {
    return EtcdStore.open(etcd().orElseThrow(), CLOCK);
  }

  Path existing() {
    Path folder = folder();
    if (!Files.exists(folder.resolve("VERSION"))) {
      throw new UserError(
          folder + " holds no store", "give the --data-dir that a server was started with");
    }
    return folder;
  }

  static final InstantSource CLOCK = InstantSource.system();

  /// Turns what the store says into a sentence for the user.
  static int told(Runnable work) {
    try {
      work.run();
      return 0;
    } catch (IllegalStateException | Store.UnavailableException e) {
      throw new UserError(String.valueOf(e.getMessage()), "put it right and try again");
    }
  }
}
