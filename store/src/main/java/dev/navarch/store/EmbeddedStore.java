package dev.navarch.store;

import dev.navarch.store.Committer.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A {@link Store} in a folder of this machine, on RocksDB. Writes go through one {@link
/// Committer}; reads go straight to RocksDB, which keeps every version of a key until {@link
/// #compact}, and are never held up by writes or by a disk that refuses them.
public final class EmbeddedStore implements Store {
  private static final int BACKLOG = 16_384;
  private static final int REPLAY = 500;
  private static final int SWEEP = 2_000;

  private final Database database;
  private final InstantSource clock;
  private final Turns turns;
  private final Feed feed;
  private final Head head;
  private final Committer committer;
  private final ReentrantLock sweeping = new ReentrantLock();
  private final int backlog;
  private long unswept;

  private EmbeddedStore(
      Database database,
      Head head,
      DiskWarnings warnings,
      InstantSource clock,
      Turns turns,
      StoreMetrics metrics,
      int backlog) {
    this.head = head;
    this.database = database;
    this.clock = clock;
    this.turns = turns;
    this.backlog = backlog;
    this.feed = new Feed(database.number(Layout.REVISION, 1), database.number(Layout.COMPACTED, 0));
    this.committer = new Committer(database, head, warnings, feed, clock, turns, metrics);
  }

  /// Opens the store in a folder, or makes one there.
  ///
  /// @throws IllegalStateException when the folder is in use, damaged, of another format or not
  ///   ours
  public static EmbeddedStore open(Path folder, InstantSource clock, StoreMetrics metrics) {
    return open(DataDirectory.claim(folder), clock, new Threads(), metrics, BACKLOG);
  }

  /// @param backlog how many changes a listener may be behind
  static EmbeddedStore open(
      Disk disk, InstantSource clock, Turns turns, StoreMetrics metrics, int backlog) {
    Database database = Database.open(disk, false);
    var warnings = new DiskWarnings(disk.path(), disk.room(), clock);
    var store =
        new EmbeddedStore(database, disk.openHead(turns), warnings, clock, turns, metrics, backlog);
    store.committer.start();
    return store;
  }

  /// Opens a store to be looked at, as it is now, also while a server has it open. It takes no
  /// writes.
  public static EmbeddedStore reading(Path folder, InstantSource clock) {
    Disk disk = DataDirectory.claim(folder);
    var warnings = new DiskWarnings(disk.path(), disk.room(), clock);
    var store =
        new EmbeddedStore(
            Database.open(disk, true),
            Head.none(),
            warnings,
            clock,
            new Threads(),
            StoreMetrics.NONE,
            BACKLOG);
    store.committer.refuse();
    return store;
  }

  @Override
  public long revision() {
    return feed.revision();
  }

  @Override
  public long revision(String family) {
    return feed.revision(family);
  }

  @Override
  public long compactedRevision() {
    return feed.compacted();
  }

  @Override
  public Optional<Instant> end(KeyValue of) {
    return of.lease() == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(of.lease()));
  }

  /// Bytes on disk and in write buffers, about.
  @Override
  public long size() {
    return database.size();
  }

  @Override
  public Optional<KeyValue> get(String key) {
    Layout.checkKey(key);
    return database.newest(key).map(version -> version.of(key));
  }

  @Override
  public Page range(String from, String to, long revision, int limit) {
    List<KeyValue> items = new ArrayList<>();
    boolean[] more = {false};
    long read =
        scan(
            from,
            to,
            revision,
            (key, version) -> {
              more[0] = limit > 0 && items.size() == limit;
              return !more[0] && items.add(version.get().of(key));
            });
    return new Page(items, read, more[0]);
  }

  @Override
  public long count(String from, String to) {
    long[] count = {0};
    scan(from, to, 0, (_, _) -> ++count[0] > 0);
    return count[0];
  }

  /// @return the revision that was read
  private long scan(String from, String to, long revision, Database.Visitor visitor) {
    long newest = feed.revision();
    if (revision > newest) {
      throw new FutureRevisionException(revision, newest);
    }
    if (revision > 0) {
      if (!database.scan(from, to, revision, at -> at >= feed.compacted(), visitor)) {
        throw new CompactedException(revision, feed.compacted());
      }
      return revision;
    }
    while (!database.scan(from, to, newest, at -> at >= feed.compacted(), visitor)) {
      newest = feed.revision();
    }
    return newest;
  }

  @Override
  public Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl) {
    return write(key, value, expected, ttl == null ? 0 : expiry(ttl));
  }

  @Override
  public Outcome delete(String key, long expected) {
    return write(key, null, expected, 0);
  }

  private Outcome write(String key, byte @Nullable [] value, long expected, long expires) {
    Layout.checkKey(key);
    var answer = new CompletableFuture<Outcome>();
    return answer(new Request.Write(key, value, expected, expires, answer), answer);
  }

  /// Asks for a write without waiting.
  ///
  /// @param value null to delete
  /// @param expires in seconds since 1970; 0 for never
  CompletableFuture<Outcome> submit(
      String key, byte @Nullable [] value, long expected, long expires) {
    var answer = new CompletableFuture<Outcome>();
    committer.submit(new Request.Write(key, value, expected, expires, answer));
    return answer;
  }

  private long expiry(Duration ttl) {
    Instant end = clock.instant().plus(ttl);
    return end.getEpochSecond() + (end.getNano() > 0 ? 1 : 0);
  }

  /// Asks the committer, and waits. A request that nobody waits for any more is taken back, unless
  /// it is being written.
  private <T> T answer(Request request, CompletableFuture<T> answer) {
    committer.submit(request);
    try {
      return turns.await(answer);
    } catch (TimeoutException e) {
      throw new LateException(!committer.withdraw(request));
    } catch (CompletionException e) {
      if (e.getCause() instanceof UnavailableException refused) {
        throw new UnavailableException(String.valueOf(refused.getMessage()), refused);
      }
      throw e;
    }
  }

  @Override
  public Watch watch(String prefix, long revision, Listener listener) {
    var watcher = new Watcher(prefix, revision, listener, backlog, turns, this::read);
    long start = feed.join(watcher);
    if (revision < feed.compacted()) {
      feed.leave(watcher);
      throw new CompactedException(revision, feed.compacted());
    }
    watcher.start(start);
    return watcher;
  }

  private Watcher.History.Part read(String prefix, long after, long upTo) {
    List<Event> events = new ArrayList<>();
    boolean there =
        database.log(
            after,
            upTo,
            prefix,
            at -> at >= feed.compacted(),
            (entry, now, previous) -> {
              events.add(Feed.event(entry.key(), now, previous));
              return events.size() < REPLAY;
            });
    if (!there) {
      throw new CompactedException(after, feed.compacted());
    }
    return new Watcher.History.Part(
        events, events.size() < REPLAY ? upTo : events.getLast().revision());
  }

  @Override
  public void compact(long revision) {
    long newest = feed.revision();
    if (revision > newest) {
      throw new FutureRevisionException(revision, newest);
    }
    if (revision > feed.compacted()) {
      var answer = new CompletableFuture<Boolean>();
      answer(new Request.Compact(revision, answer), answer);
    }
    sweep();
  }

  /// Removes what compaction has given up; also what an earlier process left half done.
  private void sweep() {
    sweeping.lock();
    try {
      while (unswept <= feed.compacted()) {
        unswept = database.sweep(unswept, feed.compacted(), SWEEP);
      }
    } finally {
      sweeping.unlock();
    }
  }

  @Override
  public void close() {
    committer.close();
    feed.endAll(new UnavailableException("the store is closed", null));
    database.close();
    head.close();
  }
}
