package dev.navarch.store;

import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that writes. It takes what is waiting, decides all of it in order, commits the
/// result with one sync, and only then shows it: revision, watches, answers. So a write that was
/// answered is durable, and one that failed left nothing behind: after an error the disk itself is
/// asked what became of the batch. While the disk refuses writes they are refused at once, and it
/// is tried again every few seconds.
final class Committer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_EXPIRIES = 1000;
  private static final Duration EXPIRY_TICK = Duration.ofMillis(500);
  private static final Duration DISK_AGAIN = Duration.ofSeconds(2);

  private final Database database;
  private final Disk disk;
  private final Head head;
  private final DiskWarnings warnings;
  private final Feed feed;
  private final InstantSource clock;
  private final StoreMetrics metrics;
  private final BlockingQueue<Request> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private long nextExpiry;
  private long triedDisk = System.nanoTime();

  Committer(
      Database database,
      Disk disk,
      Head head,
      Feed feed,
      InstantSource clock,
      StoreMetrics metrics) {
    this.database = database;
    this.disk = disk;
    this.head = head;
    this.warnings = new DiskWarnings(database.path(), clock);
    this.feed = feed;
    this.clock = clock;
    this.metrics = metrics;
    this.thread = Thread.ofPlatform().name("store-committer").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Takes nothing, instead of starting.
  void refuse() {
    closed = true;
  }

  /// Makes a batch durable, whole or not at all.
  @FunctionalInterface
  interface Disk {
    void commit(WriteBatch batch) throws RocksDBException;
  }

  sealed interface Request {
    /// @param value null to delete
    record Write(
        String key,
        byte @Nullable [] value,
        long expected,
        long expires,
        CompletableFuture<Outcome> answer)
        implements Request {
      int size() {
        return key.length() + (value == null ? 0 : value.length);
      }
    }

    record Compact(long revision, CompletableFuture<Boolean> answer) implements Request {}

    record Stop() implements Request {}
  }

  void submit(Request request) {
    waiting.add(request);
    if (closed && waiting.remove(request)) {
      refuse(request, new UnavailableException("the store is closed", null));
    }
  }

  private void run() {
    try {
      boolean stop = false;
      while (!stop) {
        List<Request> batch = take();
        stop = batch.removeIf(request -> request instanceof Request.Stop);
        if (takesWrites()) {
          decide(batch);
        } else {
          batch.forEach(request -> refuse(request, readOnly()));
        }
        head.forceWhenDue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
      var why = new UnavailableException("the store is closed", null);
      for (Request left = waiting.poll(); left != null; left = waiting.poll()) {
        refuse(left, why);
      }
    }
  }

  private List<Request> take() throws InterruptedException {
    List<Request> batch = new ArrayList<>();
    Request next =
        nextExpiry == Long.MAX_VALUE && database.refusal().isEmpty()
            ? waiting.take()
            : waiting.poll(EXPIRY_TICK.toMillis(), TimeUnit.MILLISECONDS);
    for (int bytes = 0; next != null; next = bytes < MOST_BYTES ? waiting.poll() : null) {
      batch.add(next);
      bytes += next instanceof Request.Write write ? write.size() : 0;
    }
    return batch;
  }

  /// Looks at the disk again now and then when it has refused writes.
  private boolean takesWrites() {
    if (database.refusal().isEmpty()) {
      return true;
    }
    if (System.nanoTime() - triedDisk < DISK_AGAIN.toNanos()) {
      return false;
    }
    reopen();
    if (database.refusal().isPresent()) {
      return false;
    }
    LOG.atInfo().addKeyValue("path", database.path()).log("the disk takes writes again");
    return true;
  }

  private void reopen() {
    triedDisk = System.nanoTime();
    try {
      database.reopen();
    } catch (RocksDBException e) {
      LOG.atError().setCause(e).addKeyValue("path", database.path()).log("the store is lost");
    }
  }

  private void decide(List<Request> requests) {
    try (var batch = new Batch(database, feed.revision(), feed.compacted())) {
      long expiry = expire(batch);
      for (Request request : requests) {
        switch (request) {
          case Request.Write write -> {
            batch.write(write);
            expiry = write.expires == 0 ? expiry : Math.min(expiry, write.expires);
          }
          case Request.Compact compact ->
              batch.compacted = Math.max(batch.compacted, compact.revision);
          case Request.Stop _ -> {}
        }
      }
      batch.finish();
      commit(requests, batch);
      nextExpiry = expiry;
    } catch (RuntimeException | RocksDBException e) {
      fail(requests, e);
    }
  }

  private void commit(List<Request> requests, Batch batch) throws RocksDBException {
    if (batch.writes.count() > 0) {
      long started = System.nanoTime();
      try {
        disk.commit(batch.writes);
      } catch (RocksDBException e) {
        settle(batch, e);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      metrics.committed(batch.events.size(), batch.writes.getDataSize(), took);
      head.note(batch.revision, batch.compacted);
      warnings.committed(took);
    }
    feed.publish(batch.events, batch.revision, batch.compacted);
    answer(requests, batch.outcomes);
  }

  /// Finds out what became of a batch whose write failed; throws unless it is durable after all.
  private void settle(Batch batch, RocksDBException why) throws RocksDBException {
    LOG.atWarn().setCause(why).addKeyValue("path", database.path()).log("the disk refused a write");
    reopen();
    boolean there =
        database.number(Layout.REVISION, 1) == batch.revision
            && database.number(Layout.COMPACTED, 0) == batch.compacted;
    if (!there) {
      throw why;
    }
    if (database.refusal().isPresent()) {
      feed.publish(batch.events, batch.revision, batch.compacted);
      throw new UnavailableException(
          "the store cannot write to %s: %s; whether this was written is known when the disk takes writes again"
              .formatted(database.path(), why.getMessage()),
          why);
    }
  }

  private static void answer(List<Request> requests, List<Outcome> outcomes) {
    var next = outcomes.iterator();
    for (Request request : requests) {
      switch (request) {
        case Request.Write write -> write.answer.complete(next.next());
        case Request.Compact compact -> compact.answer.complete(true);
        case Request.Stop _ -> {}
      }
    }
  }

  /// Deletes what is due, and returns when the next one is.
  private long expire(Batch batch) throws RocksDBException {
    long now = clock.instant().getEpochSecond();
    if (now < nextExpiry) {
      return nextExpiry;
    }
    List<String> due = new ArrayList<>();
    long[] next = {Long.MAX_VALUE};
    database.leases(
        nextExpiry,
        (expires, key) -> {
          if (expires <= now && due.size() < MOST_EXPIRIES) {
            due.add(key);
            return true;
          }
          next[0] = expires;
          return false;
        });
    for (String key : due) {
      batch.expire(key);
    }
    return next[0];
  }

  private void fail(List<Request> requests, Exception why) {
    metrics.failed(requests.size());
    UnavailableException failure =
        why instanceof UnavailableException told ? told : cannotWrite(why.getMessage(), why);
    requests.forEach(request -> refuse(request, failure));
  }

  private UnavailableException readOnly() {
    return cannotWrite(
        database.refusal().map(Throwable::getMessage).orElse("it refused before"), null);
  }

  private UnavailableException cannotWrite(@Nullable String found, @Nullable Exception cause) {
    return new UnavailableException(
        "the store cannot write to %s: %s; nothing was changed. Free or repair the disk; writes go on when it takes them again"
            .formatted(database.path(), found),
        cause);
  }

  private static void refuse(Request request, UnavailableException why) {
    switch (request) {
      case Request.Write write -> write.answer.completeExceptionally(why);
      case Request.Compact compact -> compact.answer.completeExceptionally(why);
      case Request.Stop _ -> {}
    }
  }

  /// Finishes what is waiting, then ends.
  @Override
  public void close() {
    submit(new Request.Stop());
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
