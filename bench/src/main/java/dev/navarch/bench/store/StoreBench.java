package dev.navarch.bench.store;

import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The embedded store and etcd under the same writes, reads and amounts of data, beside the rate at
/// which the disk syncs. It works in a folder of its own, which is removed.
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    description = "Rates, times and memory of the embedded store and of etcd, side by side.")
public final class StoreBench implements Callable<Integer> {
  static final String EMBEDDED = "embedded";
  static final String ETCD = "etcd";

  private static final InstantSource CLOCK = InstantSource.system();
  private static final Duration LASTING = Duration.ofSeconds(5);
  private static final String MEMORY = "memory after that (embedded: beside the heap)";
  private static final int SYNCS = 500;
  private static final int RANGE = 10_000;
  private static final int LARGE = 10_000;

  @Option(names = "--json", description = "Also writes the figures to this file.")
  @Nullable Path json;

  @Option(
      names = "--megabytes",
      defaultValue = "1000",
      description = "How much data a store starts with (default: ${DEFAULT-VALUE}).")
  int megabytes = 1000;

  private final Figures figures = new Figures();
  private double sync;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("navarch-bench");
    try {
      sync = syncMillis(folder.resolve("sync"));
      figures.add("a synced write of 1 KB to a file, median", " ms", "", EMBEDDED, sync);
      embedded(folder.resolve(EMBEDDED));
      etcd(folder.resolve(ETCD));
    } finally {
      remove(folder);
    }
    figures.print();
    if (json != null) {
      figures.write(json);
    }
    return 0;
  }

  private static double syncMillis(Path file) throws IOException {
    double[] times = new double[SYNCS];
    byte[] block = new byte[1024];
    try (FileChannel to =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < SYNCS; i++) {
        long start = System.nanoTime();
        to.write(ByteBuffer.wrap(block));
        to.force(false);
        times[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(times);
    return times[SYNCS / 2];
  }

  private void embedded(Path folder) throws Exception {
    double before = outsideHeapMegabytes();
    try (Store store = openEmbedded(folder)) {
      load(store, EMBEDDED);
      double grown = Math.max(0, outsideHeapMegabytes() - before);
      figures.add(MEMORY, " MB", "64 MB", EMBEDDED, grown);
      fill(store);
    }
    long start = System.nanoTime();
    openEmbedded(folder).close();
    started(EMBEDDED, start);
  }

  private static Store openEmbedded(Path folder) {
    return EmbeddedStore.open(folder, CLOCK, StoreMetrics.NONE);
  }

  private void etcd(Path folder) throws Exception {
    Optional<EtcdProcess> found = EtcdProcess.start(folder);
    if (found.isEmpty()) {
      System.err.println("etcd is not installed (apt install etcd-server): it is left out");
      return;
    }
    try (EtcdProcess etcd = found.get();
        Store store = EtcdStore.open(EtcdConfig.plain(etcd.endpoint()), CLOCK)) {
      load(store, ETCD);
      double resident = residentMegabytes(etcd.process().pid());
      figures.add(MEMORY, " MB", "64 MB", ETCD, resident);
      fill(store);
    }
    long start = System.nanoTime();
    try (EtcdProcess again = EtcdProcess.start(folder).orElseThrow();
        Store store = EtcdStore.open(EtcdConfig.plain(again.endpoint()), CLOCK)) {
      store.revision();
      started(ETCD, start);
    }
  }

  private void started(String name, long start) {
    String work = "start with %,d MB of data".formatted(megabytes);
    figures.add(work, " s", "5 s", name, (System.nanoTime() - start) / 1e9);
  }

  private void load(Store store, String name) {
    new Clients(store, "warm", 64, 1024).run(Duration.ofSeconds(2));
    Clients one = new Clients(store, "one", 1, 1024).run(LASTING);
    figures.add("synced writes of 1 KB, 1 client", "/s", "the disk's", name, one.rate());
    figures.add("the same, p99 in syncs of the disk", "", "4", name, one.millis(99) / sync);
    Clients many = new Clients(store, "many", 64, 1024).run(LASTING);
    figures.add("synced writes of 1 KB, 64 clients", "/s", "20 × 1 client", name, many.rate());
    figures.add("the same, beside 1 client", " ×", "20 ×", name, many.rate() / one.rate());
    figures.add("the same, p99 in syncs of the disk ", "", "4", name, many.millis(99) / sync);
    String from = "/registry/bench/many/";
    double best = Double.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      long start = System.nanoTime();
      store.range(from, "/registry/bench/many0", 0, RANGE);
      best = Math.min(best, (System.nanoTime() - start) / 1e6);
    }
    figures.add("range of %,d keys".formatted(RANGE), " ms", "20 ms", name, best);
  }

  private void fill(Store store) {
    new Clients(store, "fill", 64, LARGE).run(megabytes * 1_000_000L / LARGE);
  }

  private static double outsideHeapMegabytes() throws IOException {
    double heap = Runtime.getRuntime().totalMemory() / (double) (1 << 20);
    return residentMegabytes(ProcessHandle.current().pid()) - heap;
  }

  private static double residentMegabytes(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum()
        / 1024.0;
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Bytes that no compression makes smaller.
  static byte[] value(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }
}
