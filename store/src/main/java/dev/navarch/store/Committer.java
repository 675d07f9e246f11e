package dev.navarch.store;

import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
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
  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration DISK_AGAIN = Duration.ofSeconds(2);

  private final Database database;
  private final Head head;
  private final DiskWarnings warnings;
  private final Feed feed;
  private final InstantSource clock;
  private final Turns turns;
  private final StoreMetrics metrics;
  private final Queue<Request> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile boolean closed;
  private boolean ticking;
  private long nextExpiry;
  private long triedDisk;

  Committer(
      Database database,
      Head head,
      DiskWarnings warnings,
      Feed feed,
      InstantSource clock,
      Turns turns,
      StoreMetrics metrics) {
    this.database = database;
    this.head = head;
    this.warnings = warnings;
    this.feed = feed;
    this.clock = clock;
    this.turns = turns;
    this.metrics = metrics;
    this.triedDisk = turns.nanos();
  }

  void start() {
    wake();
  }

  /// Takes nothing, instead of starting.
  void refuse() {
    closed = true;
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
    if (closed) {
      refuseAll();
    } else {
      wake();
    }
  }

  /// Takes back what has not begun; false when it has.
  boolean withdraw(Request request) {
    return waiting.remove(request);
  }

  private void wake() {
    if (woken.compareAndSet(false, true)) {
      turns.commit(this::turn);
    }
  }

  /// Does what is waiting.
  private void turn() {
    woken.set(false);
    if (closed) {
      refuseAll();
      return;
    }
    List<Request> batch = take();
    closed = batch.removeIf(request -> request instanceof Request.Stop);
    if (takesWrites()) {
      decide(batch);
    } else {
      batch.forEach(request -> refuse(request, readOnly()));
    }
    head.forceWhenDue();
    if (closed) {
      refuseAll();
    } else if (!waiting.isEmpty()) {
      wake();
    } else {
      tickWhenNeeded();
    }
  }

  private void refuseAll() {
    var why = new UnavailableException("the store is closed", null);
    for (Request left = waiting.poll(); left != null; left = waiting.poll()) {
      refuse(left, why);
    }
  }

  private List<Request> take() {
    List<Request> batch = new ArrayList<>();
    Request next = waiting.poll();
    for (int bytes = 0; next != null; next = bytes < MOST_BYTES ? waiting.poll() : null) {
      batch.add(next);
      bytes += next instanceof Request.Write write ? write.size() : 0;
    }
    return batch;
  }

  /// Comes back for what falls due when nobody asks for anything.
  private void tickWhenNeeded() {
    boolean needed =
        nextExpiry != Long.MAX_VALUE || database.refusal().isPresent() || head.isDirty();
    if (needed && !ticking) {
      ticking = true;
      turns.commit(
          TICK,
          () -> {
            ticking = false;
            wake();
          });
    }
  }

  /// Looks at the disk again now and then when it has refused writes.
  private boolean takesWrites() {
    if (database.refusal().isEmpty()) {
      return true;
    }
    if (turns.nanos() - triedDisk < DISK_AGAIN.toNanos()) {
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
    triedDisk = turns.nanos();
    try {
      database.reopen();
    } catch (IOException e) {
      LOG.atError().setCause(e).addKeyValue("path", database.path()).log("the store is lost");
    }
  }

  private void decide(List<Request> requests) {
    try {
      var batch = new Batch(database, feed.revision(), feed.compacted());
      batch.lookUp(keys(requests));
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
    } catch (RuntimeException | IOException e) {
      fail(requests, e);
    }
  }

  private static Set<String> keys(List<Request> requests) {
    Set<String> keys = new HashSet<>();
    for (Request request : requests) {
      if (request instanceof Request.Write write) {
        keys.add(write.key);
      }
    }
    return keys;
  }

  private void commit(List<Request> requests, Batch batch) throws IOException {
    if (batch.changes.count() > 0) {
      long started = turns.nanos();
      try {
        database.commit(batch.changes);
      } catch (IOException e) {
        settle(batch, e);
      }
      Duration took = Duration.ofNanos(turns.nanos() - started);
      metrics.committed(batch.events.size(), batch.changes.bytes(), took);
      head.note(batch.revision, batch.compacted);
      warnings.committed(took);
    }
    feed.publish(batch.events, batch.revision, batch.compacted);
    answer(requests, batch.outcomes);
  }

  /// Finds out what became of a batch whose write failed; throws unless it is durable after all.
  private void settle(Batch batch, IOException why) throws IOException {
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
    for (String key : due) {
      batch.expire(key);
    }
    return next[0];
  }

  private void fail(List<Request> requests, Exception why) {
    metrics.failed(requests.size());
    nextExpiry = 0;
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
    turns.close();
  }
}
