package dev.navarch.store;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An etcd under a store with writers is killed, or loses its leader, over and over.
@Tag("faults")
@Tag("nodes")
class EtcdFaultsTest {
  /// After so many faults all is judged, and history begins anew.
  private static final int ROUND = 10;

  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path folder;

  /// What is done to an etcd.
  private interface Fault {
    void make(List<EtcdMember> members) throws Exception;
  }

  private void underWriters(FaultRow row, int count, int times, Fault fault) throws Exception {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    List<EtcdMember> members = EtcdMember.start(folder, count, List.of());
    String[] endpoints = members.stream().map(EtcdMember::endpoint).toArray(String[]::new);
    try (Store store = EtcdStore.open(EtcdConfig.plain(endpoints), CLOCK)) {
      for (int done = 0; done < times; done += ROUND) {
        round(row, store, Math.min(ROUND, times - done), () -> fault.make(members));
      }
    } finally {
      members.forEach(EtcdMember::close);
    }
    row.end();
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void round(FaultRow row, Store store, int faults, Step fault) throws Exception {
    var history = new History();
    var acknowledged = new AtomicInteger();
    var stop = new AtomicBoolean();
    var writers =
        new Workload(
            store,
            row.random().nextLong(1L << 40),
            operation -> {
              history.add(operation);
              if (operation.answer() == History.Answer.ACKNOWLEDGED) {
                acknowledged.incrementAndGet();
              }
            });
    Thread writing = Thread.ofPlatform().start(() -> writers.run(Integer.MAX_VALUE, stop::get));
    for (int i = 0; i < faults; i++) {
      int before = acknowledged.get();
      Waits.REAL.until(() -> acknowledged.get() > before);
      LockSupport.parkNanos(Duration.ofMillis(row.random().nextInt(100)).toNanos());
      fault.run();
      row.killed();
    }
    stop.set(true);
    writing.join();
    row.judge(store, history);
    store.compact(store.revision());
  }

  @Test
  void killed() throws Exception {
    var row = new FaultRow("kill -9 of etcd under writes, started again");
    underWriters(
        row,
        1,
        FaultRow.times(10, 200),
        members -> {
          members.getFirst().kill();
          members.getFirst().startAgain();
        });
  }

  @Test
  void withoutItsLeader() throws Exception {
    var row = new FaultRow("etcd's leader of three killed or stopped for a while");
    underWriters(
        row,
        3,
        FaultRow.times(5, 100),
        members -> {
          EtcdMember leader = EtcdMember.leader(members);
          if (row.random().nextBoolean()) {
            leader.kill();
            LockSupport.parkNanos(Duration.ofMillis(row.random().nextInt(800)).toNanos());
            leader.startAgain();
          } else {
            leader.signal("STOP");
            LockSupport.parkNanos(Duration.ofMillis(500 + row.random().nextInt(800)).toNanos());
            leader.signal("CONT");
          }
        });
  }
}
