package dev.navarch.store.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import dev.navarch.store.etcd.EtcdConnection.Member;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A {@link Store} over etcd, which several API servers share. Every read asks the leader's newest
/// state, every write is a transaction on the key's revision. Revisions are etcd's, raised by an
/// offset that a restored snapshot leaves behind, so that none is given out twice.
public final class EtcdStore implements Store {
  private static final int PAGE = 5_000;
  private static final ByteString TURN = ByteString.copyFromUtf8("compact_rev_key");
  private static final String OFFSET = "/revision-offset";

  private final EtcdConnection etcd;
  private final KeySpace keys;
  private final EtcdLeases leases;
  private final EtcdRequests requests;
  private final SharedRead newest = new SharedRead(this::readRevision);
  private final AtomicLong compacted = new AtomicLong();
  private final List<EtcdWatch> watches = new ArrayList<>();
  private long offset;
  private long turn;

  private EtcdStore(EtcdConfig config, InstantSource clock, StoreMetrics metrics) {
    this.etcd = new EtcdConnection(config);
    this.requests = new EtcdRequests(etcd, metrics);
    this.keys = new KeySpace(config.prefix());
    this.leases = new EtcdLeases(etcd, clock);
  }

  /// Connects, and returns when etcd has answered.
  ///
  /// @throws IllegalStateException when it does not, or is too old
  public static EtcdStore open(EtcdConfig config, InstantSource clock) {
    return open(config, clock, StoreMetrics.NONE);
  }

  /// @param metrics is told of each write, which is a batch of its own here
  public static EtcdStore open(EtcdConfig config, InstantSource clock, StoreMetrics metrics) {
    var store = new EtcdStore(config, clock, metrics);
    try {
      store.greet();
      return store;
    } catch (UnavailableException e) {
      store.close();
      throw new IllegalStateException(e.getMessage(), e);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void greet() {
    String version = requests.status().getVersion();
    if (!version.matches("3\\.([4-9]|\\d\\d+)\\..*")) {
      throw new IllegalStateException(
          "etcd at %s is version %s, expected 3.4 or later"
              .formatted(etcd.member().endpoint(), version));
    }
    offset = requests.number(keys.outer(OFFSET)).value();
    EtcdRequests.Counter last = requests.number(TURN);
    turn = last.version();
    compacted.set(last.value());
  }

  @Override
  public long revision() {
    return newest.ask() + offset;
  }

  private long readRevision() {
    return requests
        .range(RangeRequest.newBuilder().setKey(TURN).setCountOnly(true).build())
        .getHeader()
        .getRevision();
  }

  @Override
  public long compactedRevision() {
    return compacted.get() + offset;
  }

  @Override
  public Optional<KeyValue> get(String key) {
    checkKey(key);
    RangeResponse found = requests.range(RangeRequest.newBuilder().setKey(keys.outer(key)).build());
    return found.getKvsList().stream().findFirst().map(this::keyValue);
  }

  @Override
  public Page range(String from, String to, long revision, int limit) {
    List<KeyValue> items = new ArrayList<>();
    ByteString start = keys.outer(from);
    long read = revision - (revision == 0 ? 0 : offset);
    checkKept(revision);
    while (true) {
      int most = limit == 0 ? PAGE : Math.min(PAGE, limit - items.size());
      RangeResponse part = history(request(start, to, read).setLimit(most).build(), revision);
      part.getKvsList().forEach(found -> items.add(keyValue(found)));
      read = read == 0 ? part.getHeader().getRevision() : read;
      if (!part.getMore() || items.size() == limit) {
        return new Page(items, read + offset, part.getMore());
      }
      start = part.getKvs(part.getKvsCount() - 1).getKey().concat(KeySpace.ALL);
    }
  }

  @Override
  public long count(String from, String to) {
    return requests.range(request(keys.outer(from), to, 0).setCountOnly(true).build()).getCount();
  }

  private RangeRequest.Builder request(ByteString from, String to, long revision) {
    return RangeRequest.newBuilder().setKey(from).setRangeEnd(keys.outer(to)).setRevision(revision);
  }

  private RangeResponse history(RangeRequest request, long asked) {
    try {
      return requests.range(request);
    } catch (StatusRuntimeException e) {
      if (EtcdFailures.isCompacted(e.getStatus())) {
        throw new CompactedException(asked, Math.max(asked + 1, compactedRevision()));
      }
      throw EtcdFailures.isFuture(e.getStatus())
          ? new FutureRevisionException(asked, revision())
          : e;
    }
  }

  private void checkKept(long revision) {
    if (revision != 0 && revision < compactedRevision()) {
      throw new CompactedException(revision, compactedRevision());
    }
  }

  private KeyValue keyValue(io.etcd.jetcd.api.KeyValue found) {
    return keys.keyValue(found, offset);
  }

  @Override
  public Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl) {
    checkKey(key);
    long lease = ttl == null ? 0 : leases.lease(ttl);
    try {
      return put(key, value, expected, lease);
    } catch (StatusRuntimeException e) {
      if (ttl == null || !EtcdFailures.isLeaseGone(e.getStatus())) {
        throw e;
      }
      leases.forget(lease);
      return put(key, value, expected, leases.lease(ttl));
    }
  }

  private Outcome put(String key, byte[] value, long expected, long lease) {
    var put =
        PutRequest.newBuilder()
            .setKey(keys.outer(key))
            .setValue(ByteString.copyFrom(value))
            .setLease(lease);
    return write(key, expected, RequestOp.newBuilder().setRequestPut(put).build());
  }

  @Override
  public Outcome delete(String key, long expected) {
    checkKey(key);
    if (expected == 0) {
      return new Outcome.Mismatch(get(key).orElse(null));
    }
    var delete = DeleteRangeRequest.newBuilder().setKey(keys.outer(key));
    return write(key, expected, RequestOp.newBuilder().setRequestDeleteRange(delete).build());
  }

  /// A revision from before the offset is never the key's.
  private Outcome write(String key, long expected, RequestOp operation) {
    long inEtcd = expected == 0 ? 0 : expected > offset ? expected - offset : -1;
    ByteString outer = keys.outer(key);
    TxnResponse answer = requests.ifRevision(outer, inEtcd, operation);
    if (answer.getSucceeded()) {
      return new Outcome.Committed(answer.getHeader().getRevision() + offset);
    }
    var found = answer.getResponses(0).getResponseRange().getKvsList();
    return new Outcome.Mismatch(found.isEmpty() ? null : keyValue(found.getFirst()));
  }

  @Override
  public Watch watch(String prefix, long revision, Listener listener) {
    etcd.checkNotLost();
    if (revision < compactedRevision()) {
      throw new CompactedException(revision, compactedRevision());
    }
    var watch = new EtcdWatch(etcd, keys, prefix, revision, offset, listener);
    synchronized (watches) {
      watches.removeIf(EtcdWatch::hasEnded);
      watches.add(watch);
    }
    watch.start();
    return watch;
  }

  @Override
  public void compact(long revision) {
    long current = revision();
    if (revision > current) {
      throw new FutureRevisionException(revision, current);
    }
    long upTo = revision - offset;
    if (upTo <= compacted.get()) {
      return;
    }
    try {
      CompactionRequest request = CompactionRequest.newBuilder().setRevision(upTo).build();
      etcd.read(KVGrpc::newBlockingStub, stub -> stub.compact(request));
    } catch (StatusRuntimeException e) {
      if (!EtcdFailures.isCompacted(e.getStatus())) {
        throw e;
      }
    }
    compacted.accumulateAndGet(upTo, Math::max);
  }

  /// As upstream's API servers agree on it: whoever finds the key as it was at the last turn has
  /// this one.
  @Override
  public synchronized void compactInTurn(long revision) {
    var put =
        PutRequest.newBuilder()
            .setKey(TURN)
            .setValue(ByteString.copyFromUtf8(Long.toString(revision - offset)));
    TxnResponse answer =
        requests.ifVersion(TURN, turn, RequestOp.newBuilder().setRequestPut(put).build());
    if (answer.getSucceeded()) {
      turn++;
      compact(revision);
      return;
    }
    var last = answer.getResponses(0).getResponseRange().getKvs(0);
    turn = last.getVersion();
    compacted.accumulateAndGet(Long.parseLong(last.getValue().toString(UTF_8)), Math::max);
  }

  @Override
  public Optional<Instant> end(KeyValue of) {
    return of.lease() == 0 ? Optional.empty() : Optional.of(leases.end(of.lease()));
  }

  /// Bytes that etcd takes on disk.
  @Override
  public long size() {
    return requests.status().getDbSize();
  }

  /// Raises every revision from now on, so that none is below this one.
  public void raise(long revision) {
    long now = revision();
    if (now < revision) {
      long raised = offset + revision - now;
      var put =
          PutRequest.newBuilder()
              .setKey(keys.outer(OFFSET))
              .setValue(ByteString.copyFromUtf8(Long.toString(raised)))
              .build();
      etcd.write(KVGrpc::newBlockingStub, stub -> stub.put(put));
      offset = raised;
    }
  }

  private static void checkKey(String key) {
    if (key.isEmpty() || key.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a key must not be empty or hold a NUL: \"" + key + "\"");
    }
  }

  /// How each member is: for people.
  public List<String> members() {
    return etcd.members().stream().map(Member::endpoint).toList();
  }

  @Override
  public void close() {
    List<EtcdWatch> open;
    synchronized (watches) {
      open = List.copyOf(watches);
    }
    open.forEach(watch -> watch.stop(new UnavailableException("the store is closed", null)));
    etcd.close();
  }
}
