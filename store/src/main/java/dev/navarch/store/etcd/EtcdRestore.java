package dev.navarch.store.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Snapshot;
import dev.navarch.store.Snapshot.Item;
import dev.navarch.store.Snapshot.Summary;
import dev.navarch.store.Store;
import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Fills an etcd with what a {@link Snapshot} holds. Revisions are raised first, so that none is
/// below what clients of the earlier store have seen.
public final class EtcdRestore {
  private static final int AT_ONCE = 64;

  private EtcdRestore() {}

  /// Fills an etcd that has none of the cluster's keys. After a crash the same restore goes on.
  public static Summary restore(Path file, EtcdStore store, InstantSource clock) {
    Summary summary = Snapshot.status(file);
    byte[] mark = summary.sha256().getBytes(UTF_8);
    Optional<Store.KeyValue> unfinished = store.get(Snapshot.UNFINISHED);
    boolean goesOn = unfinished.isPresent() && Arrays.equals(unfinished.get().value(), mark);
    if (!goesOn && (store.count("/registry/", "/registry0") > 0 || store.count("/", "0") > 0)) {
      throw new IllegalStateException(
          "etcd holds keys of a cluster under this prefix: restore under another --etcd-prefix, or delete them first");
    }
    store.put(Snapshot.UNFINISHED, mark, goesOn ? unfinished.get().modRevision() : 0, null);
    store.raise(summary.revision() + Snapshot.RAISED);
    putAll(file, store, clock.instant().getEpochSecond());
    long last = store.get(Snapshot.UNFINISHED).map(Store.KeyValue::modRevision).orElse(0L);
    store.delete(Snapshot.UNFINISHED, last);
    return summary;
  }

  private static void putAll(Path file, Store store, long now) {
    var permits = new Semaphore(AT_ONCE);
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Snapshot.read(
          file,
          item -> {
            permits.acquireUninterruptibly();
            threads.execute(
                () -> {
                  try {
                    if (failure.get() == null) {
                      put(item, store, now);
                    }
                  } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                  } finally {
                    permits.release();
                  }
                });
          });
    }
    RuntimeException why = failure.get();
    if (why != null) {
      throw new UnavailableException(
          "the restore is not finished: %s. Run it again".formatted(why.getMessage()), why);
    }
  }

  /// What an earlier try has written already, it passes over.
  private static void put(Item item, Store store, long now) {
    if (item.ends() != 0 && item.ends() <= now) {
      return;
    }
    Duration ttl = item.ends() == 0 ? null : Duration.ofSeconds(item.ends() - now);
    if (store.put(item.key(), item.value(), 0, ttl) instanceof Outcome.Mismatch other
        && !(other.current() != null && Arrays.equals(other.current().value(), item.value()))) {
      throw new IllegalStateException(item.key() + " was written by somebody else meanwhile");
    }
  }
}
