package dev.navarch.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.app.Printable;
import dev.navarch.app.local.UserError;
import dev.navarch.store.Fsck;
import dev.navarch.store.Store;
import dev.navarch.store.Store.KeyValue;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Looks into the store of objects, and looks after it.")
final class StoreCommand {
  private static final int PAGE = 1_000;

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Prints revisions, size, and how many objects of each resource there are.")
  int status(@Mixin StoreOptions at) {
    return StoreOptions.told(
        () -> {
          try (Store store = at.reading()) {
            System.out.printf("revision   %d%n", store.revision());
            System.out.printf("compacted  %d%n", store.compactedRevision());
            System.out.printf("size       %.1f MB%n", store.size() / 1e6);
            counts(store)
                .forEach(
                    (resource, count) ->
                        System.out.printf("%10d %s%n", count, Printable.of(resource)));
          }
        });
  }

  private static Map<String, Long> counts(Store store) {
    Map<String, Long> counts = new TreeMap<>();
    String from = "/registry/";
    boolean more = true;
    while (more) {
      Store.Page page = store.range(from, "/registry0", 0, PAGE);
      page.items()
          .forEach(
              item -> counts.merge(StorageKeys.resource(item.key()).toString(), 1L, Long::sum));
      more = page.more();
      from = more ? page.items().getLast().key() + '\0' : from;
    }
    return counts;
  }

  @Command(
      name = "compact",
      mixinStandardHelpOptions = true,
      description =
          "Forgets all history: open watches and lists in pages have to begin again. Servers do so"
              + " by themselves every five minutes.")
  int compact(@Mixin StoreOptions at) {
    return StoreOptions.told(
        () -> {
          try (Store store = at.writing()) {
            store.compact(store.revision());
            System.out.printf("compacted up to revision %d%n", store.compactedRevision());
          }
        });
  }

  @Command(
      name = "fsck",
      mixinStandardHelpOptions = true,
      description = "Looks through an embedded store that no server has open.")
  int fsck(
      @Mixin StoreOptions at,
      @Option(
              names = "--accept-loss",
              description =
                  "Goes on without what is damaged. Keep a copy of the directory, and use it only"
                      + " when there is no snapshot.")
          boolean acceptLoss) {
    if (at.etcd().isPresent()) {
      throw new UserError(
          "fsck is for the embedded store", "look at etcd with 'etcdctl endpoint status'");
    }
    return StoreOptions.told(
        () -> {
          List<String> found = Fsck.check(at.existing());
          if (found.isEmpty()) {
            System.out.println(at.folder() + " is sound");
          } else if (acceptLoss) {
            found.forEach(System.out::println);
            System.out.printf(
                "goes on; everything up to revision %d was kept%n", Fsck.acceptLoss(at.folder()));
          } else {
            throw new UserError(
                String.join("; ", found),
                "restore a snapshot into an empty directory (navarch snapshot restore), or go on"
                    + " without what is lost (--accept-loss)");
          }
        });
  }

  @Command(
      name = "dump",
      mixinStandardHelpOptions = true,
      description = "Prints a key's value, or the keys below one that ends in a slash.")
  int dump(
      @Mixin StoreOptions at,
      @Parameters(paramLabel = "KEY", description = "As /registry/pods/default/web.") String key) {
    return StoreOptions.told(
        () -> {
          try (Store store = at.reading()) {
            if (key.endsWith("/")) {
              String end = key.substring(0, key.length() - 1) + '0';
              store
                  .range(key, end, 0, 0)
                  .items()
                  .forEach(item -> System.out.println(Printable.of(item.key())));
              return;
            }
            KeyValue found =
                store
                    .get(key)
                    .orElseThrow(
                        () ->
                            new UserError(key + " is not there", "list keys: end KEY in a slash"));
            System.out.println(Printable.lines(new String(found.value(), UTF_8)));
            System.err.printf(
                "created at revision %d, changed at %d%n",
                found.createRevision(), found.modRevision());
          }
        });
  }
}
