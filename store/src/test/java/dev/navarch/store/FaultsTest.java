package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.slf4j.LoggerFactory;

/// The fault harness: stores under writers are killed, starved and misled, and judged by what they
/// had acknowledged. A failure prints its seed; `-Dnavarch.faults.seed=N` runs it again, and
/// `-Dnavarch.faults=long` runs each fault as often as promised.
@Tag("faults")
@Tag("slow")
class FaultsTest {
  private static final boolean LONG = "long".equals(System.getProperty("navarch.faults"));
  private static final long SEED = Long.getLong("navarch.faults.seed", System.nanoTime() & 0xffff);
  private static final InstantSource CLOCK = InstantSource.system();
  private static final List<String> TABLE = new ArrayList<>();

  @TempDir private Path folder;

  private final Random random = new Random(SEED);
  private int runs;
  private int kills;
  private long operations;
  private final List<String> violations = new ArrayList<>();

  @AfterAll
  static void print() {
    System.out.printf("%nfaults, seed %d%n", SEED);
    System.out.printf(
        "%-44s %6s %6s %10s %10s%n", "fault", "runs", "kills", "operations", "violations");
    TABLE.forEach(System.out::println);
  }

  private static int times(int inShort, int inLong) {
    return LONG ? inLong : inShort;
  }

  private void judge(Store store, History history) {
    runs++;
    operations += history.size();
    Verdict.on(store, history, random)
        .violations()
        .forEach(each -> violations.add("run %d: %s".formatted(runs, each)));
  }

  private void end(String fault) {
    TABLE.add(
        "%-44s %6d %6d %10d %10d".formatted(fault, runs, kills, operations, violations.size()));
    assertThat(violations).as("seed %d", SEED).isEmpty();
  }

  @Test
  void killedWhileItWritesAndCompacts() throws Exception {
    Path data = folder.resolve("data");
    for (int i = 0; i < times(15, 2_000); i++) {
      var history = new History();
      kill(data, "write", history);
      try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
        judge(store, history);
        store.compact(store.revision());
      }
    }
    end("kill -9 under writes and compaction, embedded");
  }

  @Test
  void killedWhileItSavesAndRestores() throws Exception {
    Path data = folder.resolve("data");
    for (int i = 0; i < times(8, 500); i++) {
      var history = new History();
      kill(data, "snapshot", history);
      try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
        judge(store, history);
        store.compact(store.revision());
      }
      judgeSnapshots();
    }
    end("kill -9 under snapshot and restore");
  }

  private void judgeSnapshots() throws IOException {
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
          }
        } catch (IllegalStateException e) {
          violations.add(e.getMessage());
        }
      }
    }
  }

  /// Runs a child until it has answered, and a moment longer.
  private void kill(Path data, String work, History history) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                FaultChild.class.getName(),
                data.toString(),
                Long.toString(random.nextLong(1L << 40)),
                work)
            .redirectError(folder.resolve("child.log").toFile())
            .start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertThat(line).as("child: %s", Files.readString(folder.resolve("child.log"))).isNotNull();
      long end = System.nanoTime() + Duration.ofMillis(20 + random.nextInt(500)).toNanos();
      boolean dead = false;
      while (line != null) {
        history.add(FaultChild.operation(line));
        if (!dead && System.nanoTime() > end) {
          child.toHandle().destroyForcibly();
          dead = true;
        }
        line = lines.readLine();
        if (line != null && line.split(" ", -1).length < 5) {
          line = null;
        }
      }
    } finally {
      child.destroyForcibly();
      child.onExit().join();
    }
    kills++;
  }

  private static String classPath() {
    return Stream.of(FaultChild.class, EmbeddedStore.class, RocksDB.class, LoggerFactory.class)
        .map(each -> Path.of(URI.create(source(each))).toString())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String source(Class<?> of) {
    return of.getProtectionDomain().getCodeSource().getLocation().toString();
  }

  @Test
  void aDiskThatFailsAtAnyWrite() {
    for (int i = 0; i < times(40, 500); i++) {
      int at = 1 + i % 60;
      boolean done = i % 2 == 0;
      var writes = new AtomicInteger();
      FailingDisk.Failure failing =
          (records, changes) -> {
            boolean fails = writes.incrementAndGet() == at;
            if (!fails || done) {
              records.commit(changes);
            }
            if (fails) {
              throw new IOException(done ? "Input/output error" : "No space left on device");
            }
          };
      Path data = folder.resolve("disk-" + i);
      var history = new History();
      Disk disk = new FailingDisk(DataDirectory.claim(data), failing);
      try (Store store =
          EmbeddedStore.open(disk, CLOCK, new Threads(), StoreMetrics.NONE, 100_000)) {
        new Workload(store, random.nextLong(1L << 40), history::add).run(30, () -> false);
        judge(store, history);
      }
      try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
        judge(store, history);
      }
    }
    end("write or sync error, at every write");
  }

  @Test
  void aFullDisk() throws Exception {
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount().toString()))
        .as("a file system of its own can be mounted (root)")
        .isTrue();
    try {
      for (int i = 0; i < times(5, 500); i++) {
        fillAndFree(mount().resolve("data-" + i));
      }
    } finally {
      run("umount", "-l", mount().toString());
    }
    end("disk full, then free again");
  }

  private Path mount() throws IOException {
    return Files.createDirectories(folder.resolve("disk"));
  }

  private void fillAndFree(Path data) throws Exception {
    var history = new History();
    Path ballast = mount().resolve("ballast");
    try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
      var stop = new AtomicBoolean();
      Thread writing = workload(store, history, stop::get);
      fill(ballast);
      LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
      store.range("/registry/", "/registry0", 0, 0);
      Files.delete(ballast);
      LockSupport.parkNanos(Duration.ofMillis(2_500).toNanos());
      stop.set(true);
      writing.join();
      judge(store, history);
    }
    fill(ballast);
    try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
      judge(store, history);
    }
    Files.delete(ballast);
    DeadStore.remove(data);
  }

  private static void fill(Path ballast) throws IOException {
    byte[] block = new byte[64 << 10];
    try (var out = Files.newOutputStream(ballast)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("space")) {
        throw e;
      }
    }
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  @Test
  void aClockThatJumps() {
    var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    for (int i = 0; i < times(10, 50); i++) {
      var history = new History();
      try (Store store =
          EmbeddedStore.open(folder.resolve("clock-" + i), now::get, StoreMetrics.NONE)) {
        store.put("/registry/events/e", new byte[0], 0, Duration.ofMinutes(30));
        var workload =
            new Workload(
                store,
                random.nextLong(1L << 40),
                operation -> {
                  history.add(operation);
                  now.updateAndGet(t -> t.plus(Duration.ofHours(random.nextInt(3) - 1)));
                });
        workload.run(60, () -> false);
        judge(store, history);
      }
    }
    end("clock jumps by an hour, both ways");
  }

  @Test
  void etcdMembersThatDie() throws Exception {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    List<EtcdMember> members = EtcdMember.start(folder, 3, List.of());
    String[] endpoints = members.stream().map(EtcdMember::endpoint).toArray(String[]::new);
    var history = new History();
    try (Store store = EtcdStore.open(EtcdConfig.plain(endpoints), CLOCK)) {
      var stop = new AtomicBoolean();
      var live = new WatchCheck(1);
      store.watch("/registry/faults/", 1, live);
      Thread writing = workload(store, history, stop::get);
      for (int i = 0; i < times(6, 200); i++) {
        EtcdMember victim = members.get(random.nextInt(3));
        if (random.nextBoolean()) {
          victim.kill();
          LockSupport.parkNanos(Duration.ofMillis(random.nextInt(800)).toNanos());
          victim.startAgain();
        } else {
          victim.signal("STOP");
          LockSupport.parkNanos(Duration.ofMillis(500 + random.nextInt(1_000)).toNanos());
          victim.signal("CONT");
        }
        kills++;
        LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
      }
      stop.set(true);
      writing.join();
      judge(store, history);
    } finally {
      members.forEach(EtcdMember::close);
    }
    end("etcd members killed or stopped, leader lost");
  }

  private Thread workload(Store store, History history, BooleanSupplier stop) {
    long seed = random.nextLong(1L << 40);
    return Thread.ofPlatform()
        .start(() -> new Workload(store, seed, history::add).run(Integer.MAX_VALUE, stop));
  }
}
