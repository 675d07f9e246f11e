package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Entry;
import dev.navarch.store.Layout.Version;
import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// The one thread that writes. It takes what is waiting, decides all of it in order, commits the
/// result with one sync, and only then shows it: revision, watches, answers. So a write that was
/// answered is durable, and one that failed left nothing behind.
final class Committer implements AutoCloseable {
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_EXPIRIES = 1000;
  private static final Duration EXPIRY_TICK = Duration.ofMillis(500);

  private final Database database;
  private final Disk disk;
  private final Feed feed;
  private final InstantSource clock;
  private final StoreMetrics metrics;
  private final BlockingQueue<Request> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private long nextExpiry;

  Committer(Database database, Disk disk, Feed feed, InstantSource clock, StoreMetrics metrics) {
    this.database = database;
    this.disk = disk;
    this.feed = feed;
    this.clock = clock;
    this.metrics = metrics;
    this.thread = Thread.ofPlatform().name("store-committer").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
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
        try {
          commit(batch);
        } catch (RuntimeException | RocksDBException e) {
          fail(batch, e);
        }
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
        nextExpiry == Long.MAX_VALUE
            ? waiting.take()
            : waiting.poll(EXPIRY_TICK.toMillis(), TimeUnit.MILLISECONDS);
    for (int bytes = 0; next != null; next = bytes < MOST_BYTES ? waiting.poll() : null) {
      batch.add(next);
      bytes += next instanceof Request.Write write ? write.size() : 0;
    }
    return batch;
  }

  private void commit(List<Request> requests) throws RocksDBException {
    try (var batch = new Batch(feed.revision())) {
      long expiry = expire(batch);
      List<Outcome> outcomes = new ArrayList<>();
      long compacted = feed.compacted();
      for (Request request : requests) {
        switch (request) {
          case Request.Write write -> {
            outcomes.add(
                batch.write(write.key(), write.value(), write.expected(), write.expires()));
            expiry = write.expires == 0 ? expiry : Math.min(expiry, write.expires);
          }
          case Request.Compact compact -> compacted = Math.max(compacted, compact.revision);
          case Request.Stop _ -> {}
        }
      }
      batch.finish(compacted);
      if (batch.writes.count() > 0) {
        long started = System.nanoTime();
        disk.commit(batch.writes);
        metrics.committed(
            batch.events.size(),
            batch.writes.getDataSize(),
            Duration.ofNanos(System.nanoTime() - started));
      }
      nextExpiry = expiry;
      feed.publish(batch.events, batch.revision, compacted);
      answer(requests, outcomes);
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
  private long expire(Batch batch) {
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
    due.forEach(batch::delete);
    return next[0];
  }

  private void fail(List<Request> requests, Exception why) {
    metrics.failed(requests.size());
    var failure =
        new UnavailableException(
            "the store cannot write to %s: %s; nothing was changed. Free or repair the disk; writes go on when it takes them again"
                .formatted(database.path(), why.getMessage()),
            why);
    requests.forEach(request -> refuse(request, failure));
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

  /// What is decided but not yet durable: each decision sees those before it.
  private final class Batch implements AutoCloseable {
    private final WriteBatch writes = new WriteBatch();
    private final Map<String, Version> decided = new HashMap<>();
    private final List<Event> events = new ArrayList<>();
    private long revision;

    Batch(long revision) {
      this.revision = revision;
    }

    private @Nullable Version current(String key) {
      Version version = decided.get(key);
      return version == null
          ? database.newest(key).orElse(null)
          : version.deleted() ? null : version;
    }

    Outcome write(String key, byte @Nullable [] value, long expected, long expires)
        throws RocksDBException {
      Version current = current(key);
      if (expected != (current == null ? 0 : current.modified())) {
        return new Outcome.Mismatch(current == null ? null : current.of(key));
      }
      if (value == null && current == null) {
        return new Outcome.Mismatch(null);
      }
      append(key, value, expires, current);
      return new Outcome.Committed(revision);
    }

    void delete(String key) {
      Version current = current(key);
      if (current != null && current.expires() != 0) {
        try {
          append(key, null, 0, current);
        } catch (RocksDBException e) {
          throw new IllegalStateException("cannot build a batch", e);
        }
      }
    }

    private void append(
        String key, byte @Nullable [] value, long expires, @Nullable Version current)
        throws RocksDBException {
      revision++;
      boolean deleted = value == null;
      long created = current == null ? revision : current.created();
      var version =
          new Version(created, revision, expires, deleted, value == null ? new byte[0] : value);
      long previous = current == null ? 0 : current.modified();
      writes.put(Layout.version(key, revision), Layout.encode(version));
      writes.put(Layout.log(revision), Layout.encode(new Entry(revision, key, previous, deleted)));
      if (current != null && current.expires() != 0) {
        writes.delete(Layout.lease(current.expires(), current.modified()));
      }
      if (expires != 0) {
        writes.put(Layout.lease(expires, revision), key.getBytes(UTF_8));
      }
      decided.put(key, version);
      events.add(Feed.event(key, version, current));
    }

    void finish(long compacted) throws RocksDBException {
      if (!events.isEmpty()) {
        writes.put(Layout.REVISION, Layout.number(revision));
      }
      if (compacted > feed.compacted()) {
        writes.put(Layout.COMPACTED, Layout.number(compacted));
      }
    }

    @Override
    public void close() {
      writes.close();
    }
  }
}
