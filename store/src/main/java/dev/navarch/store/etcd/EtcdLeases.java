package dev.navarch.store.etcd;

import dev.navarch.store.Patience;
import dev.navarch.store.Store.LateException;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Leases for keys that go by themselves. Keys that are written close together share one, because a
/// lease costs etcd a write of its own: it lasts a little longer than was asked for.
final class EtcdLeases {
  private static final Duration SHARED = Duration.ofMinutes(1);
  private static final int SHARED_PERCENT = 5;
  private static final int MOST_KEYS = 1000;
  private static final Duration LONG = Duration.ofDays(1);

  private final EtcdConnection etcd;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Shared> shared = new HashMap<>();

  /// @param until no key may join it after this time
  private record Shared(long id, Instant until, int keys) {}

  EtcdLeases(EtcdConnection etcd, InstantSource clock) {
    this.etcd = etcd;
    this.clock = clock;
  }

  /// A lease that lasts at least this long from now on.
  long lease(Duration ttl) {
    lock();
    try {
      return shared(ttl);
    } finally {
      lock.unlock();
    }
  }

  private void lock() {
    try {
      if (!lock.tryLock(Patience.left(LONG).toNanos(), TimeUnit.NANOSECONDS)) {
        throw new LateException(false);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LateException(false);
    }
  }

  private long shared(Duration ttl) {
    long seconds = Math.max(1, ttl.plusMillis(999).toSeconds());
    Instant now = clock.instant();
    Shared last = shared.get(seconds);
    if (last == null || now.isAfter(last.until) || last.keys == MOST_KEYS) {
      long extra = Math.min(SHARED.toSeconds(), seconds * SHARED_PERCENT / 100);
      long id = grant(seconds + extra);
      last = new Shared(id, now.plusSeconds(extra), 0);
    }
    shared.put(seconds, new Shared(last.id, last.until, last.keys + 1));
    return last.id;
  }

  private long grant(long seconds) {
    var request = LeaseGrantRequest.newBuilder().setTTL(seconds).build();
    return etcd.read(LeaseGrpc::newBlockingStub, stub -> stub.leaseGrant(request)).getID();
  }

  /// The lease is gone in etcd.
  void forget(long id) {
    lock();
    try {
      shared.values().removeIf(lease -> lease.id == id);
    } finally {
      lock.unlock();
    }
  }

  /// When a lease ends.
  Instant end(long id) {
    var request = LeaseTimeToLiveRequest.newBuilder().setID(id).build();
    long left =
        etcd.read(LeaseGrpc::newBlockingStub, stub -> stub.leaseTimeToLive(request)).getTTL();
    return clock.instant().plusSeconds(Math.max(left, 1));
  }
}
