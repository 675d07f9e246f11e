package dev.navarch.app.cli;

import dev.navarch.store.EmbeddedRestore;
import dev.navarch.store.Snapshot;
import dev.navarch.store.Snapshot.Summary;
import dev.navarch.store.Store;
import dev.navarch.store.etcd.EtcdRestore;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Saves all objects to a file while servers go on, and restores them: also from the embedded"
            + " store into etcd, and back.")
final class SnapshotCommand {

  @Command(
      name = "save",
      mixinStandardHelpOptions = true,
      description = "Writes what is in the store now; servers may be running.")
  int save(
      @Mixin StoreOptions at,
      @Parameters(paramLabel = "FILE", description = "A file that is not there yet.") Path file) {
    return StoreOptions.told(
        () -> {
          try (Store store = at.reading()) {
            print(file, Snapshot.save(store, file, StoreOptions.CLOCK.instant()));
          }
        });
  }

  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description =
          "Makes a store out of a snapshot, in an empty place. Start servers with the same folder"
              + " pki as before; clients list again by themselves.")
  int restore(@Mixin StoreOptions at, @Parameters(paramLabel = "FILE") Path file) {
    return StoreOptions.told(
        () -> {
          if (at.etcd().isEmpty()) {
            print(file, EmbeddedRestore.restore(file, at.folder()));
            return;
          }
          try (var store = at.connected()) {
            print(file, EtcdRestore.restore(file, store, StoreOptions.CLOCK));
          }
        });
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Reads a snapshot through, and says what is in it.")
  int status(@Parameters(paramLabel = "FILE") Path file) {
    return StoreOptions.told(() -> print(file, Snapshot.status(file)));
  }

  private static void print(Path file, Summary summary) {
    System.out.printf(
        "%s: revision %d, %d keys, %d bytes, taken %s%nsha256 %s%n",
        file,
        summary.revision(),
        summary.keys(),
        summary.bytes(),
        summary.taken(),
        summary.sha256());
  }
}
