package dev.navarch.store;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;

/// The process that the harness kills: an embedded store under writers and compaction, which tells
/// every operation before it is asked and when it is answered, a line each.
final class FaultChild {
  /// Of a line.
  static final int PARTS = 5;

  private static final int TRAINING = 200;

  private FaultChild() {}

  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    var out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    Store store = EmbeddedStore.open(folder, InstantSource.system(), StoreMetrics.NONE);
    boolean snapshots = arguments[2].equals("snapshot");
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              if (snapshots) {
                saveAndRestore(store, folder);
              } else {
                compact(store);
              }
            });
    var workload =
        new Workload(
            store,
            seed,
            operation -> {
              synchronized (out) {
                out.println(line(operation));
                if (out.checkError()) {
                  // Nobody listens any more: the test has ended before it could kill this.
                  Runtime.getRuntime().halt(1);
                }
              }
            });
    workload.run(arguments[2].equals("train") ? TRAINING : Integer.MAX_VALUE, () -> false);
  }

  private static void compact(Store store) {
    while (true) {
      store.compact(Math.max(1, store.revision() - 200));
    }
  }

  private static void saveAndRestore(Store store, Path folder) {
    for (int i = 0; true; i++) {
      String name = i + "-" + ProcessHandle.current().pid();
      Path file = folder.resolveSibling("snapshot-" + name);
      Snapshot.save(store, file, InstantSource.system().instant());
      EmbeddedRestore.restore(file, folder.resolveSibling("restored-" + name));
    }
  }

  static String line(History.Operation of) {
    return String.join(
        " ",
        of.key(),
        of.value(),
        Boolean.toString(of.delete()),
        of.answer().name(),
        Long.toString(of.revision()));
  }

  static History.Operation operation(String line) {
    String[] parts = line.split(" ", -1);
    return new History.Operation(
        parts[0],
        parts[1],
        Boolean.parseBoolean(parts[2]),
        History.Answer.valueOf(parts[3]),
        Long.parseLong(parts[4]));
  }
}
