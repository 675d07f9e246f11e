package dev.navarch.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process with an embedded store in it is killed, at any moment, over and over.
@Tag("faults")
class KillFaultsTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path folder;

  @Test
  void killedWhileItWritesAndCompacts() throws Exception {
    var row = new FaultRow("kill -9 under writes and compaction, embedded");
    var process = new FaultProcess(folder, row.random());
    Path data = folder.resolve("data");
    for (int i = 0; i < FaultRow.times(40, 2_000); i++) {
      killAndJudge(row, process, data, "write");
    }
    row.end();
  }

  private static void killAndJudge(FaultRow row, FaultProcess process, Path data, String work)
      throws IOException {
    var history = new History();
    process.kill(data, work, history);
    row.killed();
    try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
      row.judge(store, history);
      store.compact(store.revision());
    }
  }

  @Test
  void killedWhileItSavesAndRestores() throws Exception {
    var row = new FaultRow("kill -9 under snapshot and restore");
    var process = new FaultProcess(folder, row.random());
    Path data = folder.resolve("data");
    for (int i = 0; i < FaultRow.times(20, 500); i++) {
      killAndJudge(row, process, data, "snapshot");
      judgeSnapshots(row);
    }
    row.end();
  }

  private void judgeSnapshots(FaultRow row) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        String name = each.getFileName().toString();
        try {
          if (name.startsWith("snapshot-") && !name.endsWith(".part")) {
            Snapshot.status(each);
            Files.delete(each);
          } else if (name.startsWith("restored-")) {
            EmbeddedStore.open(each, CLOCK, StoreMetrics.NONE).close();
            DeadStore.remove(each);
          } else if (name.startsWith(".restored-") || name.endsWith(".part")) {
            DeadStore.remove(each);
          }
        } catch (IllegalStateException e) {
          row.violated(String.valueOf(e.getMessage()));
        }
      }
    }
  }
}
